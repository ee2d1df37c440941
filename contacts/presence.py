"""Who is there today, and who helps instead: on every page that shows a contact person."""

from collections import defaultdict
from datetime import date
from functools import cached_property, lru_cache
from typing import NamedTuple

from django.utils import timezone

from programme.site import version_of

from .models import Absence, ContactException, ContactHours, ContactPerson
from .timetable import DAY, Timetable, timetable_context

#: A public office is closed on public holidays, unless an exception says otherwise.
ON_HOLIDAYS = "no"

#: What pages show of an absence.
ABSENCE = ["person", "first_day", "last_day"]
ABSENCE += [f"deputy__{name}" for name in ("salutation", "first_name", "last_name", "slug")]
ABSENCE += [f"deputy__{name}" for name in ("phone", "email", "published", "valid_from", "valid_to")]


class Away(NamedTuple):
    """Somebody is not there; without a last day, nobody knows for how long."""

    until: date | None
    deputy: ContactPerson | None


class Presence:
    """The hours and absences of all contact persons, each read when it is first asked for.

    They are few, and no text of theirs is translated: each process keeps them until the content
    changes. What they mean depends on the day, so pages that show it must not outlive it; the
    page store lets every page turn at midnight.
    """

    @cached_property
    def absences(self):
        rows = Absence.objects.not_over().select_related("deputy").only(*ABSENCE)
        return by_person(rows.prefetch_related("deputy__spoken_languages"))

    @cached_property
    def hours(self):
        return by_person(ContactHours.objects.all())

    @cached_property
    def exceptions(self):
        return by_person(ContactException.objects.all())

    def absence(self, pk, day):
        """Return the absence that counts: of several, the one that began last."""
        found = [row for row in self.absences.get(pk, ()) if row.covers(day)]
        return found[-1] if found else None

    def away(self, person):
        """Return how long somebody is not there and who helps today; None for who is there."""
        today = timezone.localdate()
        if not self.absence(person.pk, today):
            return None
        return Away(self.last_day(person.pk, today), self.deputy(person.pk, today))

    def last_day(self, pk, day):
        """Return the last day away; an absence that follows at once belongs to it."""
        while absence := self.absence(pk, day):
            if absence.last_day is None:
                return None
            day = absence.last_day + DAY
        return day - DAY

    def deputy(self, pk, today):
        """Return who helps: the deputy, or hers while she is away; None when nobody is there."""
        asked, person = set(), None
        while (absence := self.absence(pk, today)) and pk not in asked:
            asked.add(pk)
            if absence.deputy is None:
                return None
            pk, person = absence.deputy_id, absence.deputy
        return person if person and not absence and person.is_shown(today) else None

    def missed(self):
        """Return the keys of those who are away today without anybody who helps instead."""
        today = timezone.localdate()
        away = [pk for pk in self.absences if self.absence(pk, today)]
        return [pk for pk in away if not self.deputy(pk, today)]

    def timetable(self, person):
        hours, exceptions = self.hours.get(person.pk, ()), self.exceptions.get(person.pk, ())
        return Timetable(tuple(hours), tuple(exceptions), ON_HOLIDAYS)

    def times(self, person):
        """Return what contacts/_hours.html shows; nothing of today while somebody is away."""
        known = self.timetable(person)
        times = timetable_context(
            known.weekly,
            known.exceptions,
            on_holidays=known.on_holidays,
            by_appointment=person.by_appointment,
            now=timezone.now(),
        )
        return times | {"today": None} if times and self.away(person) else times


def by_person(rows):
    found = defaultdict(list)
    for row in rows:
        found[row.person_id].append(row)
    return dict(found)


@lru_cache(maxsize=2)
def kept_presence(version):
    return Presence()


def presence_of(request):
    """Return the `Presence` of this moment."""
    return kept_presence(version_of(request))
