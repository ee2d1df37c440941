"""When a service became what it is: by an edit, or because a day has come."""

from datetime import UTC, datetime, time

from django.db.models import Q
from django.utils import timezone

from contacts.timetable import DAY

from ..models import Organisation


def midnight(day):
    return timezone.make_aware(datetime.combine(day, time.min)).astimezone(UTC)


def last_modified(offer):
    """Return the latest of: its own edit, its organisation's, the day it came up or reopened."""
    moments = [offer.modified]
    if offer.organisation.published:
        moments.append(offer.organisation.modified)
    if offer.valid_from:
        moments.append(midnight(offer.valid_from))
    if offer.closed_until and not offer.is_closed:
        moments.append(midnight(offer.closed_until + DAY))
    return max(moment for moment in moments if moment <= timezone.now())


def modified_after(moment):
    """Return the condition for the offers that `last_modified` says this of, or a later one."""
    day, today = timezone.localdate(moment), timezone.localdate()
    first = day if midnight(day) >= moment else day + DAY  # the first midnight from then on
    return (
        Q(modified__gte=moment)
        | Q(organisation__in=Organisation.objects.published().filter(modified__gte=moment))
        | Q(valid_from__gte=first, valid_from__lte=today)
        | Q(closed_until__gte=first - DAY, closed_until__lt=today)
    )
