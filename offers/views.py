"""The overview: finding offers, one offer, and the organisations behind them."""

from urllib.parse import quote

from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.html import format_html
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from contacts.models import ContactPerson
from contacts.timetable import (
    Slot,
    days_in_words,
    end_of_day,
    hours_in_words,
    timetable_context,
)
from languages.models import attach_states
from programme.site import site_of

from .calendar import calendar_of, has_calendar
from .filters import Filters
from .models import HelpNumber, Offer, Place, TargetGroup, Topic
from .overview import overview
from .searchterms import count_without_result
from .structured_data import service

PAGE_SIZE = 20


def page_number(parameters, total):
    """Return the number of the page that is asked for; 404 for one that does not exist."""
    given = parameters.get("seite", "1")
    if not (given.isascii() and given.isdecimal() and len(given) < 6):
        raise Http404
    if not 1 <= int(given) <= max(1, -(-total // PAGE_SIZE)):
        raise Http404
    return int(given)


def offers_for_list(ids):
    """Return these offers in this order, with what a list shows of them."""
    places = Prefetch("places", Place.objects.select_related("municipality"))
    found = (
        Offer.objects.for_reader()
        .select_related("organisation")
        .prefetch_related(places)
        .in_bulk(ids)
    )
    return [found[pk] for pk in ids if pk in found]


@require_safe
def offer_list(request):
    current = overview()
    filters = Filters(request.GET, current)
    masks = filters.ordered
    total = sum(mask.bit_count() for mask in masks)
    page = page_number(request.GET, total)
    ids = current.ids_of(masks, (page - 1) * PAGE_SIZE, page * PAGE_SIZE)
    topics, groups = list(Topic.objects.all()), list(TargetGroup.objects.all())
    offers = offers_for_list(ids)
    topic = next((t for t in topics if t.slug == filters.chosen.get("thema")), None)
    if filters.query and not filters.found.mask and request.method == "GET":
        count_without_result(filters.query, request.language.code)
    shows_help = filters.is_empty or bool(topic and topic.shows_help_numbers)
    numbers = list(HelpNumber.objects.for_reader()) if shows_help else []
    guide = guide_of(topic) if topic or not offers else None
    attach_states(*topics, *groups, *offers, *numbers, *filter(None, [guide]))
    facets, flags = filters.facets(topics, groups), filters.flags()
    request.kept_query = filters.url(seite=str(page) if page > 1 else "").removeprefix("?")
    context = {
        "filters": filters,
        "facets": facets,
        "flags": flags,
        "active": filters.active(facets, flags),
        "topics": [(t, (current.masks.get(("thema", t.slug), 0)).bit_count()) for t in topics],
        "topic": topic,
        "total": total,
        "offers": offers,
        "is_front": filters.is_empty and "seite" not in request.GET,
        "page": Paginator(range(total), PAGE_SIZE).page(page),
        "previous": filters.url(seite=str(page - 1) if page > 2 else ""),
        "following": filters.url(seite=str(page + 1)),
        "guide": guide,
        "help_numbers": numbers,
        "is_indexed": page == 1 and not (set(filters.chosen) - {"thema"} or filters.query),
        "translated": topic.translated_into() if topic else None,
    }
    response = render(request, "offers/list.html", context)
    response.headers["Expires"] = http_date(current.next_change(timezone.now()).timestamp())
    if not filters.is_common:
        patch_cache_control(response, private=True, max_age=0)
    return response


def guide_of(topic):
    """Return the contact person who advises on a topic."""
    contacts = ContactPerson.objects.published().prefetch_related("spoken_languages")
    chosen = topic and topic.contact_id and contacts.filter(pk=topic.contact_id).first()
    return chosen or ContactPerson.objects.guide()


def public_offers():
    return Offer.objects.published().select_related("organisation", "area", "contact")


@require_safe
def offer(request, slug):
    return offer_page(request, get_object_or_404(public_offers(), slug=slug))


def offer_page(request, offer):
    """Show one offer; the admin shows one that is not public yet in the same way."""
    topics, groups = list(offer.topics.all()), list(offer.target_groups.all())
    places = [] if offer.confidential_address else list(offer.places.select_related("municipality"))
    people = people_of(offer)
    shows_help = any(topic.shows_help_numbers for topic in topics)
    numbers = list(HelpNumber.objects.filter(on_violence=True)) if shows_help else []
    attach_states(offer, *topics, *groups, *people, *numbers)
    towns = [town.name for town in offer.municipalities.all()]
    dates = list(offer.dates.filter(ends__gte=timezone.now()))
    context = {
        "offer": offer,
        "topics": topics,
        "groups": groups,
        "places": [(place, map_links(place)) for place in places],
        "towns": towns,
        "people": people,
        "phone": offer.phone or (not people and offer.organisation.phone) or "",
        "email": offer.email or (not people and offer.organisation.email) or "",
        "times": times_of(offer),
        "dates": [occasion(date) for date in dates],
        "has_calendar": has_calendar(offer),
        "help_numbers": numbers,
        "quick_exit": any(topic.quick_exit for topic in topics),
        "translated": offer.translated_into(),
        "json_ld": service(offer, site_of(request).programme.district, places, towns),
    }
    response = render(request, "offers/detail.html", context)
    response.headers["Expires"] = http_date(next_change(context["times"], dates).timestamp())
    return response


def next_change(times, dates):
    """Return the moment at which the page of an offer says something else."""
    usual = times["next_change"] if times else end_of_day(timezone.now())
    return min([usual, *(date.ends for date in dates)])


def people_of(offer):
    """Return the site's own contact persons for an offer: its contact, else those of its area."""
    contacts = ContactPerson.objects.published().prefetch_related("spoken_languages")
    if offer.contact_id:
        return list(contacts.filter(pk=offer.contact_id))
    return list(contacts.filter(areas=offer.area_id)) if offer.area_id else []


def times_of(offer):
    return timetable_context(
        list(offer.hours.all()),
        list(offer.exceptions.all()),
        on_holidays=offer.on_holidays,
        by_appointment=offer.by_appointment,
        now=timezone.now(),
    )


def occasion(date):
    """Return one appointment in words."""
    starts, ends = timezone.localtime(date.starts), timezone.localtime(date.ends)
    hours = hours_in_words([Slot(starts.time(), ends.time())])
    return format_html("{}: {}", days_in_words(starts.date(), ends.date()), hours)


def map_links(place):
    """Return where a map app, and where a map in the browser shows the address; "" for none."""
    if not place.street:
        return {}
    address = quote(place.address)
    return {
        "geo": f"geo:0,0?q={address}",
        "web": f"https://www.openstreetmap.org/search?query={address}",
    }


@require_safe
def offer_calendar(request, slug):
    found = get_object_or_404(public_offers(), slug=slug)
    if not has_calendar(found):
        raise Http404
    url = request.build_absolute_uri(found.get_absolute_url())
    response = HttpResponse(calendar_of(found, url), content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{found.slug}.ics"'
    return response
