"""Public offers for spreadsheets and calendars, and the page that says what data is open."""

import csv

from django.conf import settings
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import override
from django.views.decorators.http import require_safe
from icalendar import Calendar

from contacts.timetable import DAY
from languages.registry import SOURCE

from .calendar import FURTHEST, Occasion, closes_on, event_of
from .exchange_columns import HEADINGS, Column
from .exchange_export import columns_of, offer_rows
from .exchange_values import YesNo
from .hsds.answers import CHUNK, open_data, streamed
from .hsds.description import ENDPOINTS, MEANINGS
from .models import Offer, OfferDate

#: Columns that only staff may see, or that may name somebody who is not public.
INTERNAL = {"source", "verified_by", "review_due", "published", "area", "contact"}
#: Dates of the calendar: the next ones.
MOST_DATES = 500
EXAMPLES = (
    "/services?per_page=10&full=true",
    "/services?modified_after=2026-01-31T12:00:00Z",
    "/services?search=Deutschkurs&language=en",
    "/services?minimal=true&format=ndjson",
    "/organizations?full=true",
)


@require_safe
def about(request):
    context = {
        "site_url": settings.SITE_URL,
        "examples": EXAMPLES,
        "endpoints": ENDPOINTS.values(),
        "parameters": MEANINGS.items(),
    }
    return render(request, "offers/open_data.html", context)


class Line:
    """A file that hands back what is written into it."""

    def write(self, text):
        return text


def csv_lines():
    """Yield the table a part at a time, as German spreadsheets read it."""
    writer, public = csv.writer(Line(), delimiter=";"), Offer.objects.published()
    numbers = list(public.order_by("pk").values_list("pk", flat=True))
    with override(SOURCE):
        columns = public_columns(public)
    yield "\ufeff" + writer.writerow(field.column_name for field in columns.values())
    for start in range(0, len(numbers), CHUNK):
        some = public.filter(pk__in=numbers[start : start + CHUNK]).order_by("pk")
        with override(SOURCE):
            lines = [writer.writerow(row) for row in offer_rows(some, columns, "csv")]
        yield "".join(lines)


class PublicOrganisation(Column):
    def export(self, offer, **kwargs):
        return offer.organisation.name if offer.organisation.published else ""


class OnlyYes(YesNo):
    """A box that nobody ticked: not known, and so never "nein"."""

    def render(self, value, **kwargs):
        return super().render(value or None)


def public_columns(offers):
    columns = {name: field for name, field in columns_of(offers).items() if name not in INTERNAL}
    for name, field in columns.items():
        if isinstance(field.widget, YesNo) and name != "closed":
            field.widget = OnlyYes()
    return columns | {"organisation": PublicOrganisation(None, HEADINGS["organisation"])}


@open_data
def offers_csv(request):
    response = streamed(csv_lines(), "text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="angebote.csv"'
    return response


@open_data
def dates_ics(request):
    response = HttpResponse(calendar_of_dates(), content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="termine.ics"'
    return response


def calendar_of_dates():
    """Return the next dates of all public offers as one calendar."""
    offers = Offer.objects.published().for_reader().prefetch_related("places__municipality")
    rows = OfferDate.objects.filter(offer__in=Offer.objects.published(), ends__gte=timezone.now())
    rows = rows.prefetch_related(Prefetch("offer", offers)).order_by("starts", "pk")
    calendar, today = Calendar(), timezone.localdate()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//WIR//Termine//DE")
    for row in rows[:MOST_DATES]:
        calendar.add_component(event(row))
    calendar.add_missing_timezones(today - 366 * DAY, today + FURTHEST + 366 * DAY)
    return calendar.to_ical()


def event(row):
    day = timezone.localdate(row.starts)
    found = Occasion(str(row.pk), row.starts, row.ends, cancelled=closes_on(row.offer, day))
    return event_of(row.offer, found, settings.SITE_URL + row.offer.get_absolute_url())
