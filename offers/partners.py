"""The network: who is there, by kind and by municipality, and what each of them offers."""

from collections import Counter
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from languages.readers import attach_states
from programme.site import version_of

from .filters import LONGEST_VALUE
from .models import Kind, Offer, Organisation
from .overview import overview
from .sortings import sortings_of
from .views import PAGE_SIZE, offers_for_list, page_number


@require_safe
def partner_list(request):
    current = overview(version_of(request))
    chosen = {
        name: request.GET.get(name, "").replace("\0", "")[:LONGEST_VALUE] for name in ("art", "ort")
    }
    here = [row for row in current.partners if chosen["ort"] in ("", row[2])]
    numbers = Counter(kind for _pk, kind, _town in here)
    found = [pk for pk, kind, _town in here if chosen["art"] in ("", kind)]
    page = page_number(request.GET, len(found))
    ids = found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    shown = Organisation.objects.for_reader().select_related("municipality").in_bulk(ids)
    partners = [shown[pk] for pk in ids if pk in shown]
    attach_states(*partners)
    request.kept_query = address(chosen, page)
    context = {
        "partners": partners,
        "total": len(found),
        "towns": current.towns,
        "chosen": chosen,
        "kinds": [
            (value, label, numbers[value], "?" + address(chosen | {"art": value}))
            for value, label in Kind.choices
            if numbers[value] or value == chosen["art"]
        ],
        "page": Paginator(range(len(found)), PAGE_SIZE).page(page),
        "previous": "?" + address(chosen, page - 1),
        "following": "?" + address(chosen, page + 1),
        "is_indexed": not request.kept_query,
    }
    response = render(request, "offers/partners.html", context)
    if chosen["art"] not in ("", *Kind.values) or chosen["ort"] not in ("", *dict(current.towns)):
        patch_cache_control(response, private=True, max_age=0)
    return response


def address(chosen, page=1):
    """Return the query string of a page of the list."""
    values = {name: value for name, value in chosen.items() if value}
    return urlencode(values | ({"seite": page} if page > 1 else {}))


def shows_street(organisation):
    """A secret offer may be in the same house as its organisation."""
    return (
        organisation.street and not organisation.offers.filter(confidential_address=True).exists()
    )


@require_safe
def partner(request, slug):
    organisations = Organisation.objects.published().for_reader().select_related("municipality")
    found = get_object_or_404(organisations, slug=slug)
    current = overview(version_of(request))
    own = Offer.objects.published().filter(organisation=found).order_by()
    own, sortings = list(own.values_list("pk", flat=True)), sortings_of(request)
    topics, mask = sortings.topics_of(current, own), current.mask(own)
    shows_help = any(topic.shows_help_numbers for topic in topics)
    total = mask.bit_count()
    page = page_number(request.GET, total)
    ids = current.ids_of([mask], (page - 1) * PAGE_SIZE, page * PAGE_SIZE)
    offers = offers_for_list(ids)
    attach_states(*offers, subject=found)
    request.kept_query = address({}, page)
    context = {
        "organisation": found,
        "shows_street": shows_street(found),
        "offers": offers,
        "help_numbers": [n for n in sortings.numbers if n.on_violence] if shows_help else [],
        "quick_exit": any(topic.quick_exit for topic in topics),
        "page": Paginator(range(total), PAGE_SIZE).page(page),
        "previous": "?" + address({}, page - 1),
        "following": "?" + address({}, page + 1),
        "translated": found.translated_into(),
        "is_indexed": page == 1,
    }
    return render(request, "offers/partner.html", context)
