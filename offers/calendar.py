"""The dates of an offer for the calendar of a phone: iCalendar (RFC 5545)."""

from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone
from icalendar import Calendar, Event

from contacts.timetable import DAY, Timetable
from languages.templatetags.languages import plain

#: A last day far in the future must not fill the file.
FURTHEST = timedelta(days=2 * 366)


class Occasion(NamedTuple):
    key: str
    starts: datetime
    ends: datetime
    until: datetime | None = None
    without: tuple = ()
    cancelled: bool = False


def has_calendar(offer):
    return any(True for _occasion in occasions(offer))


def calendar_of(offer, url):
    """Return the calendar as a file; `url` is the offer's own page.

    It reads `dates`, `hours`, `exceptions` and `places` of the offer.
    """
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//WIR//Angebote//DE")
    for occasion in occasions(offer):
        calendar.add_component(event_of(offer, occasion, url))
    today = timezone.localdate()
    calendar.add_missing_timezones(today - 366 * DAY, today + FURTHEST + 366 * DAY)
    return calendar.to_ical()


def event_of(offer, occasion, url):
    event = Event()
    event.add("uid", f"{offer.uuid}-{occasion.key}@{urlsplit(settings.SITE_URL).hostname}")
    event.add("dtstamp", timezone.now())
    event.add("dtstart", occasion.starts)
    event.add("dtend", occasion.ends)
    event.add("summary", plain(offer, "title"))
    event.add("description", plain(offer, "summary"))
    event.add("url", url)
    if location := location_of(offer):
        event.add("location", location)
    if occasion.until:
        event.add("rrule", {"freq": "weekly", "until": occasion.until})
    if occasion.without:
        event.add("exdate", list(occasion.without))
    if occasion.cancelled:
        event.add("status", "CANCELLED")
    return event


def location_of(offer):
    places = [] if offer.confidential_address else offer.places.all()
    return next((str(place) for place in places), "")


def occasions(offer):
    """Yield the single dates, then the weekly hours if it is known when they end."""
    for row in offer.dates.all():
        yield Occasion(
            str(row.pk),
            row.starts.astimezone(UTC),
            row.ends.astimezone(UTC),
            cancelled=closes_on(offer, timezone.localdate(row.starts)),
        )
    hours = offer.hours.all() if offer.valid_to else []
    if hours:
        timetable = Timetable(tuple(hours), tuple(offer.exceptions.all()), offer.on_holidays)
        yield from weekly_occasions(offer, timetable)
        yield from other_hours(offer, timetable)


def weekly_occasions(offer, timetable):
    first, last = period(offer)
    for row in timetable.weekly:
        start = first + (row.weekday - first.weekday()) % 7 * DAY
        days = [start + number * 7 * DAY for number in range((last - start).days // 7 + 1)]
        slot = (row.opens, row.closes)
        without = {day for day in days if slot not in open_slots(offer, timetable, day)}
        if len(without) < len(days):
            yield Occasion(
                f"hours-{row.pk}",
                moment(start, row.opens),
                moment(start, row.closes),
                until=moment(last, time.max).astimezone(UTC),
                without=tuple(moment(day, row.opens) for day in sorted(without)),
            )


def other_hours(offer, timetable):
    """Yield the hours that hold on single days instead of the weekly ones."""
    first, last = period(offer)
    for day in special_days(timetable, first, last):
        for slot in open_slots(offer, timetable, day):
            if slot not in timetable.regular(day.weekday()):
                starts, ends = (moment(day, at).astimezone(UTC) for at in slot)
                yield Occasion(f"{starts:%Y%m%dT%H%M}-{ends:%H%M}", starts, ends)


def special_days(timetable, first, last):
    return sorted(
        {
            day
            for row in timetable.exceptions
            if row.opens
            for day in days_between(
                max(first, row.first_day), min(last, row.last_day or row.first_day)
            )
        }
    )


def days_between(first, last):
    return [first + number * DAY for number in range((last - first).days + 1)]


def period(offer):
    """Return the first and last day for weekly hours: from this week's Monday at the earliest."""
    today = timezone.localdate()
    monday = today - today.weekday() * DAY
    return max(offer.valid_from or date.min, monday), min(offer.valid_to, today + FURTHEST)


def open_slots(offer, timetable, day):
    return () if closes_on(offer, day) else timetable.day(day).slots


def closes_on(offer, day):
    """Whether the offer is closed for a while, and that day is within it."""
    if not offer.is_closed or day < timezone.localdate():
        return False
    return offer.closed_until is None or day <= offer.closed_until


def moment(day, at):
    return timezone.make_aware(datetime.combine(day, at))
