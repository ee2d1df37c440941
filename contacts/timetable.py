"""What the hours mean on a certain day: open, closed, better ask, or nobody knows."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from babel.dates import format_date, get_day_names
from babel.lists import format_list
from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from languages.registry import SOURCE, cldr_locale

from .public_holidays import Germany

OPEN, CLOSED, ASK, UNKNOWN = "open", "closed", "ask", "unknown"
DAY = timedelta(days=1)
#: How far ahead exceptions are shown.
AHEAD = 60 * DAY


class Reason(models.TextChoices):
    """Why a day is not as usual."""

    HOLIDAYS = "holidays", gettext_lazy("Ferien")
    ILLNESS = "illness", gettext_lazy("Krankheit")
    EVENT = "event", gettext_lazy("Veranstaltung")
    OTHER = "", gettext_lazy("nicht angegeben")


#: That somebody is ill is nobody's business.
PUBLIC_REASONS = {Reason.HOLIDAYS, Reason.EVENT}


@lru_cache(maxsize=64)
def public_holidays(year, subdivision):
    """Return the German names of the public holidays of a Land by their dates."""
    return dict(Germany(subdiv=subdivision, years=year, language=SOURCE))


def holiday_on(day):
    return public_holidays(day.year, settings.HOLIDAY_SUBDIVISION).get(day, "")


def end_of_day(now):
    """Return the next midnight, in UTC; most of what depends on the time turns then."""
    tomorrow = timezone.localdate(now) + DAY
    return timezone.make_aware(datetime.combine(tomorrow, time.min)).astimezone(UTC)


class Slot(NamedTuple):
    opens: time
    closes: time


def slots_of(rows):
    """Return the hours of these rows, in order and each once; rows without hours give none."""
    return tuple(sorted({Slot(row.opens, row.closes) for row in rows if row.opens and row.closes}))


@dataclass(frozen=True)
class Day:
    """One day; it has slots only when it is certainly open."""

    date: date
    slots: tuple[Slot, ...] = ()
    state: str = UNKNOWN
    holiday: str = ""
    reason: str = ""

    def spans(self):
        """Return the slots as moments in UTC: within one time zone, Python compares the clocks."""
        return [
            tuple(
                timezone.make_aware(datetime.combine(self.date, at)).astimezone(UTC) for at in slot
            )
            for slot in self.slots
        ]


@dataclass(frozen=True)
class Timetable:
    """Weekly hours and exceptions; `on_holidays` is "yes", "no" or "" (unknown)."""

    weekly: tuple
    exceptions: tuple = ()
    on_holidays: str = ""

    def regular(self, weekday):
        return slots_of(row for row in self.weekly if row.weekday == weekday)

    def exceptions_on(self, day):
        """Return the exceptions that count: a single day is meant to differ from its weeks."""
        found = [row for row in self.exceptions if row.covers(day)]
        shortest = min((last_day(row) - row.first_day for row in found), default=None)
        return [row for row in found if last_day(row) - row.first_day == shortest]

    def day(self, day):
        holiday = holiday_on(day)
        if special := self.exceptions_on(day):
            slots = slots_of(special)
            return Day(day, slots, OPEN if slots else CLOSED, holiday, special[0].reason)
        if not self.weekly:
            return Day(day, holiday=holiday)
        slots = self.regular(day.weekday())
        if not slots or (holiday and self.on_holidays == "no"):
            return Day(day, state=CLOSED, holiday=holiday)
        if holiday and self.on_holidays != "yes":
            return Day(day, state=ASK, holiday=holiday)
        return Day(day, slots, OPEN, holiday)

    def week(self, today):
        """Return seven days, today first."""
        return [self.day(today + number * DAY) for number in range(7)]

    def is_open(self, now):
        """Whether it is certainly open now."""
        today = self.day(timezone.localdate(now))
        return any(opens <= now < closes for opens, closes in today.spans())

    def next_change(self, now):
        """Return the moment, in UTC, at which `is_open` or the date changes next."""
        tomorrow = end_of_day(now)
        ends = {m for span in self.day(timezone.localdate(now)).spans() for m in span}
        later = sorted(moment for moment in ends if now < moment < tomorrow)
        return next((at for at in later if self.is_open(at) != self.is_open(now)), tomorrow)

    def upcoming(self, today):
        """Return the exceptions of the next 60 days, those that hold today among them."""
        found = [row for row in self.exceptions if today <= last_day(row)]
        return [row for row in found if row.first_day <= today + AHEAD]

    def unusual_holidays(self, today):
        """Return the days of the coming week on which a holiday upsets the regular hours."""
        return [
            day
            for day in self.week(today)[1:]
            if day.holiday
            and day.state != OPEN
            and self.regular(day.date.weekday())
            and not self.exceptions_on(day.date)
        ]


def last_day(row):
    return row.last_day or row.first_day


def timetable_context(weekly, exceptions, *, on_holidays, by_appointment, now):
    """Return what contacts/_hours.html shows as `times`; {} when there is nothing to show.

    It takes lists that were read before and asks the database nothing. The keys:
    `today`: dict with `state` ("open", "closed", "ask" or "unknown") and `weekday`
    `regular`: a dict with `weekday` for each weekday that has hours
    `dated`: a dict with `when` and `state` for each exception and holiday to come, by date
    `by_appointment`: as given
    `is_open`: whether it is certainly open at `now`
    `next_change`: when any of this changes at the latest, in UTC; for caches
    The dicts also hold `hours`, a phrase in HTML ("" when not open); those with a state hold
    `holiday`, its German name, and `remark`, why it is not as usual, in HTML (each may be "").
    """
    timetable = Timetable(tuple(weekly), tuple(exceptions), on_holidays)
    today = timezone.localdate(now)
    upcoming = timetable.upcoming(today)
    if not (timetable.weekly or upcoming or by_appointment):
        return {}
    return {
        "today": day_in_words(timetable.day(today)),
        "regular": [
            {"weekday": weekday_name(weekday), "hours": hours_in_words(slots)}
            for weekday in range(7)
            if (slots := timetable.regular(weekday))
        ],
        "dated": dated_in_words(upcoming, timetable.unusual_holidays(today), today),
        "by_appointment": by_appointment,
        "is_open": timetable.is_open(now),
        "next_change": timetable.next_change(now),
    }


def weekday_name(number):
    """Return the name of a weekday in the reader's language; CLDR knows them all."""
    return get_day_names(context="stand-alone", locale=cldr_locale(get_language()))[number]


def day_in_words(day):
    return {
        "weekday": weekday_name(day.date.weekday()),
        "state": day.state,
        "hours": hours_in_words(day.slots),
        "holiday": day.holiday,
        "remark": remark(day),
    }


def remark(day):
    """Return why the day is not as usual, in HTML; holidays have only German names."""
    if day.holiday:
        return format_html('<bdi lang="de" dir="ltr">{}</bdi>', day.holiday)
    if day.reason in PUBLIC_REASONS:
        return Reason(day.reason).label
    return ""


def hours_in_words(slots):
    """Return a phrase in HTML; a dash between two times would turn round in Arabic."""
    phrase = escape(_("von %(opens)s bis %(closes)s Uhr"))
    phrases = [
        phrase % {"opens": clock(slot.opens), "closes": clock(slot.closes)} for slot in slots
    ]
    return mark_safe(format_list(phrases, locale=cldr_locale(get_language())))  # noqa: S308  escaped


def clock(at):
    return format_html('<bdi dir="ltr" class="nb">{}</bdi>', f"{at.hour}:{at:%M}")


def dated_in_words(exceptions, unusual_holidays, today):
    """Return what differs from the regular week by date; what is only today stands above it."""
    found = [
        (day.date, day_in_words(day) | {"when": days_in_words(day.date, day.date)})
        for day in unusual_holidays
    ]
    rows = sorted(exceptions, key=lambda row: (row.first_day, last_day(row)))
    for (first, last), group in groupby(rows, key=lambda row: (row.first_day, last_day(row))):
        group = list(group)
        if last > today:
            slots = slots_of(group)
            day = Day(first, slots, OPEN if slots else CLOSED, reason=group[0].reason)
            found.append((first, day_in_words(day) | {"when": days_in_words(first, last)}))
    return [words for first, words in sorted(found, key=lambda pair: pair[0])]


def days_in_words(first, last):
    locale = cldr_locale(get_language())
    if first == last:
        return format_date(first, "full", locale=locale)
    return _("vom %(first)s bis zum %(last)s") % {
        "first": format_date(first, "long", locale=locale),
        "last": format_date(last, "long", locale=locale),
    }
