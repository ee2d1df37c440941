"""Opening hours and dates as schedules (the rules of RFC 5545, as far as HSDS has them)."""

from datetime import datetime, time, timedelta
from itertools import groupby

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from contacts.timetable import DAY, PUBLIC_REASONS, Reason, last_day

from ..calendar import closes_on
from .ids import part
from .texts import known

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def clock(at, day):
    """Return a time of the wall clock with its distance from UTC on that day: "09:00+01:00"."""
    return timezone.make_aware(datetime.combine(day, at)).isoformat(timespec="minutes")[11:]


def distance(day):
    """Return the hours that the wall clock is ahead of UTC on that day."""
    noon = timezone.make_aware(datetime.combine(day, time(12)))
    return noon.utcoffset() / timedelta(hours=1)


def span(opens, closes, day):
    return {
        "opens_at": clock(opens, day),
        "closes_at": clock(closes, day),
        "timezone": distance(day),
        "notes": settings.TIME_ZONE,
    }


def schedules(offer):
    """Return the weekly hours, the days on which they do not hold, and the dates to come."""
    today = timezone.localdate()
    found = list(weekly(offer, today))
    found += [exception(offer, row) for row in offer.exceptions.all() if last_day(row) >= today]
    found += [single(offer, row) for row in offer.dates.all() if takes_place(offer, row)]
    if offer.by_appointment:
        text = _("Zeiten nach Vereinbarung")
        found.append({"id": part(offer.uuid, "appointment"), "description": text})
    return found


def takes_place(offer, row):
    return row.ends >= timezone.now() and not closes_on(offer, timezone.localdate(row.starts))


def weekly(offer, today):
    """Yield the days with the same hours together; the clock of today tells how far UTC is."""
    rows = sorted(offer.hours.all(), key=lambda row: (row.opens, row.closes, row.weekday))
    for (opens, closes), group in groupby(rows, key=lambda row: (row.opens, row.closes)):
        days = ",".join(DAYS[day] for day in sorted({row.weekday for row in group}))
        yield {
            "id": part(offer.uuid, "hours", opens, closes),
            "freq": "WEEKLY",
            "wkst": "MO",
            "byday": days,
            **span(opens, closes, today),
        }


def exception(offer, row):
    """Without hours it is closed; that somebody is ill is nobody's business."""
    first, last = row.first_day, last_day(row)
    reason = str(Reason(row.reason).label) if row.reason in PUBLIC_REASONS else ""
    found = {"id": part(offer.uuid, "exception", row.pk), "valid_from": first, "valid_to": last}
    if not row.opens:
        text = ": ".join(filter(None, (_("geschlossen"), reason)))
        return found | {"description": text}
    days = [(first + number * DAY).weekday() for number in range(min(7, (last - first).days + 1))]
    rule = {"dtstart": first, "until": last, "freq": "WEEKLY", "wkst": "MO"}
    rule["byday"] = ",".join(DAYS[day] for day in sorted(days))
    return found | rule | span(row.opens, row.closes, first) | known(description=reason)


def single(offer, row):
    starts, ends = timezone.localtime(row.starts), timezone.localtime(row.ends)
    return {
        "id": part(offer.uuid, "date", row.pk),
        "valid_from": starts.date(),
        "valid_to": ends.date(),
        "dtstart": starts.date(),
        "count": 1,
        "opens_at": starts.isoformat(timespec="minutes")[11:],
        "closes_at": ends.isoformat(timespec="minutes")[11:],
        "timezone": distance(starts.date()),
        "notes": settings.TIME_ZONE,
    }
