"""The overview: finding offers, one offer, and the organisations behind them."""

from collections import defaultdict
from functools import partial
from urllib.parse import quote

from django.core.paginator import Paginator
from django.db.models import Prefetch, prefetch_related_objects
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.html import format_html
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from contacts.presence import presence_of
from contacts.timetable import (
    Slot,
    days_in_words,
    end_of_day,
    hours_in_words,
    timetable_context,
)
from languages.readers import attach_states
from programme.sheets import page_or_sheet, paper_of
from programme.site import site_of, version_of

from .calendar import calendar_of, closes_on, has_calendar
from .filters import Filters
from .models import Offer, Place
from .overview import overview
from .reach import attach_people
from .searchterms import count_without_result
from .sortings import sortings_of
from .structured_data import service

PAGE_SIZE = 20
#: Of what a search has found, so many say what it is about.
BEST = 3


def page_number(parameters, total):
    """Return the number of the page that is asked for; 404 for one that does not exist."""
    given = parameters.get("seite", "1")
    if not (given.isascii() and given.isdecimal() and len(given) < 6):
        raise Http404
    if not 1 <= int(given) <= max(1, -(-total // PAGE_SIZE)):
        raise Http404
    return int(given)


#: What offers/_cards.html shows of an offer.
CARD = (
    *("title", "slug", "summary", "organisation", "organisation__name", "confidential_address"),
    *("whole_district", "cost", "women_only", "phone", "closed", "closed_until"),
    *("verified_on", "review_due", "unconfirmed_since"),
)


#: The same on paper and on shortlists, with whom to call.
BRIEF = ("contact", "area", "by_appointment", "organisation__phone")


def offers_for_list(ids, *, with_people=False):
    """Return these offers in this order, with what a list shows of them."""
    shown = Offer.objects.for_reader(*CARD, *(BRIEF if with_people else ()))
    found = shown.select_related("organisation").order_by().in_bulk(ids)
    offers = [found[pk] for pk in ids if pk in found]
    if with_people:
        places = Prefetch("places", Place.objects.select_related("municipality"))
        prefetch_related_objects(offers, "hours", places)
        attach_people(*offers)
    else:
        attach_towns(offers)
    return offers


def attach_towns(offers):
    """Read where these offers take place: of whole places, a list would show nothing else."""
    names = defaultdict(list)
    rows = Place.objects.filter(offer__in=offers).values_list("offer", "municipality__name", "city")
    for pk, municipality, city in rows:
        names[pk].append(municipality or city)
    for offer in offers:
        offer.names_of_towns = names[offer.pk]


@require_safe
def offer_list(request):
    current, sortings = overview(version_of(request)), sortings_of(request)
    filters = Filters(request.GET, current)
    masks = filters.ordered
    total = sum(mask.bit_count() for mask in masks)
    page = page_number(request.GET, total)
    ids = current.ids_of(masks, (page - 1) * PAGE_SIZE, page * PAGE_SIZE)
    offers = offers_for_list(ids, with_people=bool(paper_of(request)))
    topic = next((t for t in sortings.topics if t.slug == filters.chosen.get("thema")), None)
    if filters.has_missed and request.method == "GET":
        count_without_result(filters.query, request.language.code)
    subjects = [topic] if topic else []
    if filters.query:
        subjects += sortings.topics_of(current, ids[:BEST])
    shows_help = filters.is_front or any(subject.shows_help_numbers for subject in subjects)
    guide = sortings.guide(topic, presence_of(request)) if topic or not offers else None
    attach_states(*offers, subject=topic)
    has_sheet = (offers and not filters.is_empty) or (topic and len(filters.choices) == 1)
    request.kept_query = filters.address(page).removeprefix("?")
    context = filters.to_choose(sortings, total) | {
        "filters": filters,
        "topics": [(t, filters.mask_of("thema", t.slug).bit_count()) for t in sortings.topics],
        "topic": topic,
        "total": total,
        "offers": offers,
        "page": Paginator(range(total), PAGE_SIZE).page(page),
        "previous": filters.url(seite=str(page - 1) if page > 2 else ""),
        "following": filters.url(seite=str(page + 1)),
        "guide": guide,
        "quick_exit": any(subject.quick_exit for subject in subjects),
        "sheet": filters.url(blatt="a4") if has_sheet else "",
        "help_numbers": sortings.numbers if shows_help else [],
        "is_indexed": page == 1
        and not filters.is_choosing
        and not (set(filters.chosen) - {"thema"} or filters.query),
        "translated": topic.translated_into() if topic else None,
    }
    response = render(request, page_or_sheet(request, "offers/list.html"), context)
    response.headers["Expires"] = http_date(current.next_change(timezone.now()).timestamp())
    if not filters.is_common:
        patch_cache_control(response, private=True, max_age=0)
    return response


#: What offers/detail.html shows of the organisation.
ORGANISATION = [f"organisation__{name}" for name in ("name", "slug", "published", "phone", "email")]


def public_offers():
    offers = Offer.objects.published().for_reader(*ORGANISATION)
    return offers.select_related("organisation")


@require_safe
def offer(request, slug):
    return offer_page(request, get_object_or_404(public_offers(), slug=slug))


def offer_page(request, offer):
    """Show one offer; the admin shows one that is not public yet in the same way."""
    places = Prefetch("places", Place.objects.select_related("municipality"))
    prefetch_related_objects([offer], "dates", "hours", "exceptions", places)
    attach_people(offer)
    people, sortings = offer.people, sortings_of(request)
    called = any(person.phone for person in people)
    topics, groups, towns, spoken = sortings.chosen_for(offer)
    shows_help = any(topic.shows_help_numbers for topic in topics)
    quick_exit = any(topic.quick_exit for topic in topics)
    attach_states(*people, subject=offer)
    places = [] if offer.confidential_address else offer.places.all()
    towns = [town.name for town in towns]
    dates = dates_to_come(offer)
    context = {
        "offer": offer,
        "topics": topics,
        "groups": groups,
        "places": [(place, map_links(place)) for place in places],
        "towns": towns,
        "spoken": spoken,
        "people": people,
        "phone": offer.phone or ("" if called else offer.organisation.phone),
        "email": offer.email or (not people and offer.organisation.email) or "",
        "times": times_of(offer),
        "dates": in_words(dates),
        # A file in the calendar would tell others in the house.
        "has_calendar": has_calendar(offer) and not quick_exit,
        "help_numbers": [n for n in sortings.numbers if n.on_violence] if shows_help else [],
        "quick_exit": quick_exit,
        "translated": offer.translated_into(),
        "json_ld": service(offer, site_of(request).programme.district, places, towns, spoken),
    }
    changes = next_change(context["times"], dates)
    if paper_of(request):  # once more in German
        context["times"] = partial(times_of, offer)
        context["dates"] = partial(in_words, dates)
    response = render(request, page_or_sheet(request, "offers/detail.html"), context)
    response.headers["Expires"] = http_date(changes.timestamp())
    return response


def dates_to_come(offer):
    """Return the dates that take place: none on a day on which the offer is closed for a while."""
    return [
        date
        for date in offer.dates.all()
        if date.ends >= timezone.now() and not closes_on(offer, timezone.localdate(date.starts))
    ]


def next_change(times, dates):
    """Return the moment at which the page of an offer says something else."""
    usual = times["next_change"] if times else end_of_day(timezone.now())
    return min([usual, *(date.ends for date in dates)])


def times_of(offer):
    return timetable_context(
        list(offer.hours.all()),
        list(offer.exceptions.all()),
        on_holidays=offer.on_holidays,
        by_appointment=offer.by_appointment,
        now=timezone.now(),
    )


def in_words(dates):
    return [occasion(date) for date in dates]


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
