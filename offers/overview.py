"""All public offers of today as bit masks, to filter and count them without the database.

Bit n stands for the nth offer in the order of display. A mask says which offers have a property;
combining properties is "&", counting is `bit_count()`: microseconds, also with 50,000 offers. Each
process keeps one overview and makes it anew when the content version or the day has changed.
"""

import json
import threading
from array import array
from collections import defaultdict
from datetime import UTC, datetime
from functools import cached_property, reduce
from itertools import chain, islice
from operator import or_

from django.db.models import Aggregate, Q, QuerySet, TextField
from django.utils import timezone
from django.utils.translation import gettext, override

from contacts.models import SpokenLanguage
from contacts.timetable import Timetable, end_of_day, holiday_on
from languages.registry import REGISTRY, SOURCE
from programme.version import content_version

from .models import (
    Cost,
    Known,
    Municipality,
    Offer,
    OfferException,
    OfferHours,
    Organisation,
    Place,
    SearchWord,
    Synonym,
    TargetGroup,
    Topic,
    closed,
    overdue,
)
from .searchtext import fold
from .vocabulary import Vocabulary

#: The yes-or-no filters, by their names in addresses.
FLAGS = ("kostenlos", "frauen", "kinderbetreuung", "stufenlos", "offen")
#: Of so many words and phrases that were looked for, each keeps what was found: at most 20 kB.
MOST_FOUND = 400
UMLAUTS = str.maketrans("äöü", "aou")


class Joined(Aggregate):
    """All values as one text: a row of Django's for each of 50,000 took most of the time."""

    function = "GROUP_CONCAT"
    output_field = TextField()

    def as_postgresql(self, compiler, connection, **context):
        other = self.copy()
        other.template = "STRING_AGG(%(expressions)s::text, ',')"
        return other.as_sql(compiler, connection, **context)


def listed(ids):
    """Return the ids that `Joined` or a statement with the same function has put together."""
    return json.loads(f"[{ids or ''}]")


class Overview:
    def __init__(self, today):
        public = Offer.objects.published()
        found = self.sorted_out(public, today)
        self.ids = array("q", self.in_order(public, set(found.pop("late"))))
        self.numbers = numbers_of(self.ids)
        self.everything = (1 << len(self.ids)) - 1
        self.towns = list(Municipality.objects.values_list("slug", "name"))
        self.spoken = list(SpokenLanguage.objects.values_list("code", flat=True))
        shut, kept_shut = found.pop("shut"), found.pop("shut_on_holidays")
        self.masks = self.properties(found)
        self.groups = set(TargetGroup.objects.values_list("slug", flat=True))
        everyone = Offer.objects.filter(target_groups__is_everyone=True)
        self.for_everyone = self.mask(everyone.values_list("pk", flat=True))
        away = {*shut, *(kept_shut if holiday_on(today) else ())}
        self.slots = self.slots_of(away, set(shut), today)
        self.turns = sorted({at for slot in self.slots for at in slot})
        self._open = (None, 0)
        self.labels = self.folded_labels()
        self.names = {}
        self.synonyms = self.folded_synonyms()
        self.vocabularies = {}
        self.found = {}

    @staticmethod
    def sorted_out(public, today):
        """Return {what is true of an offer: the ids of those public offers}."""
        conditions = {
            "late": overdue(today),
            "shut": closed(today),
            "shut_on_holidays": ~Q(on_holidays=Known.YES),
            "everywhere": Q(whole_district=True),
            "kostenlos": Q(cost=Cost.FREE),
            "frauen": Q(women_only=True),
            "kinderbetreuung": Q(childcare=Known.YES),
            "stufenlos": Q(step_free=Known.YES),
        }
        ids = {name: Joined("pk", filter=condition) for name, condition in conditions.items()}
        return {name: listed(found) for name, found in public.aggregate(**ids).items()}

    @staticmethod
    def in_order(public, late):
        """Return the ids in the order of display."""
        # A plain queryset: modeltranslation's own makes a dictionary of each row.
        rows = QuerySet(Offer, query=public.query).values_list("pk", "title_de").iterator()
        keys = sorted((pk in late, *sorting_of(title, pk)) for pk, title in rows)
        return [pk for *_key, pk in keys]

    def mask(self, pks):
        """Return the mask of these offers; those that are not public are left out."""
        numbers, size = self.numbers, len(self.numbers)
        bits = bytearray(len(self.ids) // 8 + 1)
        for pk in pks:
            if pk < size and (number := numbers[pk]) >= 0:
                bits[number >> 3] |= 1 << (number & 7)
        return int.from_bytes(bits, "little")

    def masks_of(self, rows, key):
        """Return {key: mask} of rows that name an offer each."""
        groups = rows.order_by().values_list(key).annotate(ids=Joined("offer_id"))
        return {value: self.mask(listed(ids)) for value, ids in groups.iterator()}

    def properties(self, found):
        """Return {(filter, value): mask of the offers that have it}."""
        masks = {}
        for name, relation, key in (
            ("thema", Offer.topics, "topic__slug"),
            ("gruppe", Offer.target_groups, "targetgroup__slug"),
            ("ort", Offer.municipalities, "municipality__slug"),
            ("sprache", Offer.spoken_languages, "spokenlanguage__code"),
        ):
            chosen = self.masks_of(relation.through.objects.all(), key)
            masks |= {(name, value): mask for value, mask in chosen.items()}
        places = Place.objects.filter(municipality__isnull=False, offer__confidential_address=False)
        places = self.masks_of(places, "municipality__slug")
        everywhere = self.mask(found.pop("everywhere"))
        for slug, _name in self.towns:
            masks["ort", slug] = masks.get(("ort", slug), 0) | places.get(slug, 0) | everywhere
        return masks | {(name, "1"): self.mask(pks) for name, pks in found.items()}

    def slots_of(self, away, shut, today):
        """Return {(opens, closes): mask}: when the offers are open today, as far as that is known.

        `away` are those whose usual hours do not hold, `shut` those that nothing opens.
        """
        special, found = defaultdict(list), defaultdict(list)
        for row in OfferException.objects.filter(
            Q(last_day__gte=today) | Q(last_day=None, first_day=today), first_day__lte=today
        ):
            special[row.offer_id].append(row)
        for pk in special.keys() - shut:
            for slot in Timetable((), tuple(special[pk])).day(today).slots:
                found[slot].append(pk)
        slots = defaultdict(int, {slot: self.mask(pks) for slot, pks in found.items()})
        usual = ~self.mask(away | special.keys())
        regular = OfferHours.objects.filter(weekday=today.weekday()).order_by()
        regular = regular.values_list("opens", "closes").annotate(ids=Joined("offer_id"))
        for opens, closes, ids in regular.iterator():
            slots[opens, closes] |= self.mask(listed(ids)) & usual
        return slots

    def open_at(self, time):
        """Return the mask of the offers that are open; known to be, that is."""
        minute = time.replace(second=0, microsecond=0)
        if self._open[0] != minute:
            masks = (mask for slot, mask in self.slots.items() if slot[0] <= minute < slot[1])
            self._open = (minute, reduce(or_, masks, 0))
        return self._open[1]

    def next_change(self, now):
        """Return the moment, in UTC, at which other offers are open, or another day begins."""
        day, time = timezone.localdate(now), timezone.localtime(now).time()
        later = next((at for at in self.turns if at > time), None)
        if later is None:
            return end_of_day(now)
        return timezone.make_aware(datetime.combine(day, later)).astimezone(UTC)

    @cached_property
    def partners(self):
        """Return (id, kind, slug of the municipality) of the organisations, by the alphabet."""
        public = Organisation.objects.published().order_by()
        rows = public.values_list("name", "pk", "kind", "municipality__slug")
        return [row[1:] for row in sorted(rows, key=lambda row: sorting_of(*row[:2]))]

    def folded_labels(self):
        """Return {language: {(filter, value): folded name}} of what a search may name as well."""
        labels = {code: {} for code in REGISTRY}
        for name, model in (("thema", Topic), ("gruppe", TargetGroup)):
            for obj in model.objects.all():
                for code in REGISTRY:
                    labels[code][name, obj.slug] = f" {fold(obj.text('name', code))} "
        labels[SOURCE] |= {("ort", slug): f" {fold(name)} " for slug, name in self.towns}
        return labels

    def named(self, code):
        """Return {(filter, value): folded name} of all that a search in this language may name."""
        if code not in self.names:
            with override(code):
                free = {("kostenlos", "1"): f" {fold(gettext('kostenlos'))} "}
            self.names[code] = self.labels[code] | free
        return self.names[code]

    @staticmethod
    def folded_synonyms():
        """Return {phrase: the phrases that mean the same}, the longest phrases first."""
        found = defaultdict(set)
        for synonym in Synonym.objects.all():
            group = {fold(word) for word in synonym.listed()} - {""}
            for phrase in group:
                found[phrase] |= group - {phrase}
        longest_first = sorted(found, key=lambda phrase: (-len(phrase), phrase))
        return {phrase: sorted(found[phrase]) for phrase in longest_first}

    def vocabulary(self, code):
        """Return the words of the texts in a language; read when somebody searches in it."""
        if code not in self.vocabularies:
            words = SearchWord.objects.filter(language=code).aggregate(all=Joined("word"))["all"]
            self.vocabularies[code] = Vocabulary((words or "").replace(",", " "))
        return self.vocabularies[code]

    def keep(self, found):
        """Remember the masks that a search found; they hold until the content changes."""
        self.found = ({} if len(self.found) >= MOST_FOUND else self.found) | found

    def ids_of(self, masks, start, stop):
        """Return the ids of the offers in these masks, in order; the first mask comes first."""
        numbers = chain.from_iterable(map(bits_of, masks))
        return [self.ids[number] for number in islice(numbers, start, stop)]


def sorting_of(title, pk):
    """Sorted here, not by the databases: each has an order of its own for umlauts.

    Here it is that of German dictionaries: "Ärzte" stands before "Azubis".
    """
    return (title or "").casefold().translate(UMLAUTS), pk


def bits_of(mask):
    """Yield the numbers of the bits that are set, from the lowest."""
    digits = f"{mask:b}"[::-1]
    number = digits.find("1")
    while number >= 0:  # most are zeros, which `find` passes over at once
        yield number
        number = digits.find("1", number + 1)


def numbers_of(ids):
    """Return the number of each id in `ids`, -1 for all others: a tenth of a dictionary's size."""
    numbers = array("i", [-1]) * (max(ids, default=0) + 1)
    for number, pk in enumerate(ids):
        numbers[pk] = number
    return numbers


_lock = threading.Lock()
_current = (None, None)


def overview(version=None):
    """Return the overview of this moment; one thread makes it anew, the others wait for it.

    `version` is the content version, for those who have asked for it already.
    """
    global _current
    key = (content_version() if version is None else version, timezone.localdate())
    if _current[0] == key:
        return _current[1]
    with _lock:
        key = (content_version(), timezone.localdate())  # it may have changed while waiting
        if _current[0] != key:
            _current = (key, Overview(key[1]))
        return _current[1]
