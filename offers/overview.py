"""All public offers of today as bit masks, to filter and count them without the database.

Bit n stands for the nth offer in the order of display. A mask says which offers have a property;
combining properties is "&", counting is `bit_count()`: microseconds, also with 50,000 offers. Each
process keeps one overview and makes it anew when the content version or the day has changed.
"""

import threading
from collections import defaultdict
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain, islice

from django.db.models import BooleanField, ExpressionWrapper, IntegerField, Q, Value
from django.utils import timezone
from django.utils.translation import get_language

from contacts.models import SpokenLanguage
from contacts.timetable import Timetable, end_of_day, holiday_on
from languages.readers import attach_states
from languages.registry import REGISTRY, SOURCE
from programme.site import version_of
from programme.version import content_version

from .models import (
    Cost,
    HelpNumber,
    Known,
    Municipality,
    Offer,
    OfferException,
    OfferHours,
    Place,
    SearchWord,
    Synonym,
    TargetGroup,
    Topic,
    closed,
    overdue,
)
from .searchtext import SHORTEST_WORD, fold

#: The yes-or-no filters, by their names in addresses.
FLAGS = ("kostenlos", "frauen", "kinderbetreuung", "stufenlos", "offen")
#: Of so many words and phrases that were looked for, each keeps what was found: at most 20 kB.
MOST_FOUND = 400


class Overview:
    def __init__(self, today):
        rows = self.rows(today)
        self.ids = [row.pk for row in rows]
        self.position = {pk: number for number, pk in enumerate(self.ids)}
        self.everything = (1 << len(rows)) - 1
        self.towns = list(Municipality.objects.values_list("slug", "name"))
        self.spoken = list(SpokenLanguage.objects.values_list("code", flat=True))
        self.masks = self.properties(rows)
        self.groups = set(TargetGroup.objects.values_list("slug", flat=True))
        everyone = Offer.objects.filter(target_groups__is_everyone=True)
        self.for_everyone = self.mask(everyone.values_list("pk", flat=True))
        self.slots = self.slots_of(rows, today)
        self.turns = sorted({at for *slot, _pk in self.slots for at in slot})
        self._open = (None, 0)
        self.labels = self.folded_labels()
        self.synonyms = self.folded_synonyms()
        self.vocabulary = {}
        self.found = {}

    @staticmethod
    def rows(today):
        """Return what is needed of each public offer, in the order of display."""
        columns = ("pk", "title_de", "whole_district")
        flags = ("cost", "women_only", "childcare", "step_free", "on_holidays")
        states = {
            name: ExpressionWrapper(condition, BooleanField())
            for name, condition in (("late", overdue(today)), ("shut", closed(today)))
        }
        found = Offer.objects.published().annotate(**states)
        rows = list(found.values_list(*columns, *flags, *states, named=True).iterator())
        rows.sort(key=lambda row: (bool(row.late), *sorting_of(row)))
        return rows

    def mask(self, pks):
        """Return the mask of these offers."""
        return self.masks_of((pk, None) for pk in pks).get(None, 0)

    def masks_of(self, pairs):
        """Return {key: mask} of (id, key); offers that are not public are left out.

        The pairs are used one by one: all of them together would be a good part of the memory.
        """
        position, size = self.position, len(self.ids) // 8 + 1
        bits = defaultdict(lambda: bytearray(size))
        for pk, key in pairs:
            number = position.get(pk)
            if number is not None:
                bits[key][number >> 3] |= 1 << (number & 7)
        return {key: int.from_bytes(found, "little") for key, found in bits.items()}

    def properties(self, rows):
        """Return {(filter, value): mask of the offers that have it}."""
        masks = {}
        for name, relation, key in (
            ("thema", Offer.topics, "topic__slug"),
            ("gruppe", Offer.target_groups, "targetgroup__slug"),
            ("ort", Offer.municipalities, "municipality__slug"),
            ("sprache", Offer.spoken_languages, "spokenlanguage__code"),
        ):
            pairs = relation.through.objects.values_list("offer_id", key).iterator()
            masks |= {(name, value): mask for value, mask in self.masks_of(pairs).items()}
        places = Place.objects.filter(municipality__isnull=False, offer__confidential_address=False)
        places = self.masks_of(places.values_list("offer_id", "municipality__slug").iterator())
        everywhere = self.mask(row.pk for row in rows if row.whole_district)
        for slug, _name in self.towns:
            masks["ort", slug] = masks.get(("ort", slug), 0) | places.get(slug, 0) | everywhere
        flags = {
            "kostenlos": (row.pk for row in rows if row.cost == Cost.FREE),
            "frauen": (row.pk for row in rows if row.women_only),
            "kinderbetreuung": (row.pk for row in rows if row.childcare == Known.YES),
            "stufenlos": (row.pk for row in rows if row.step_free == Known.YES),
        }
        return masks | {(name, "1"): self.mask(pks) for name, pks in flags.items()}

    def slots_of(self, rows, today):
        """Return [(opens, closes, id)]: when the offers are open today, as far as that is known."""
        special = defaultdict(list)
        for row in OfferException.objects.filter(
            Q(last_day__gte=today) | Q(last_day=None, first_day=today), first_day__lte=today
        ):
            special[row.offer_id].append(row)
        away = {row.pk for row in rows if row.shut}
        found = [
            (*slot, pk)
            for pk, exceptions in special.items()
            for slot in Timetable((), tuple(exceptions)).day(today).slots
            if pk not in away
        ]
        away.update(special)
        if holiday_on(today):
            away |= {row.pk for row in rows if row.on_holidays != Known.YES}
        regular = OfferHours.objects.filter(weekday=today.weekday())
        columns = ("opens", "closes", "offer_id")
        found += [row for row in regular.values_list(*columns).iterator() if row[2] not in away]
        return found

    def open_at(self, time):
        """Return the mask of the offers that are open; known to be, that is."""
        minute = time.replace(second=0, microsecond=0)
        if self._open[0] != minute:
            mask = self.mask(pk for opens, closes, pk in self.slots if opens <= minute < closes)
            self._open = (minute, mask)
        return self._open[1]

    def next_change(self, now):
        """Return the moment, in UTC, at which other offers are open, or another day begins."""
        day, time = timezone.localdate(now), timezone.localtime(now).time()
        later = next((at for at in self.turns if at > time), None)
        if later is None:
            return end_of_day(now)
        return timezone.make_aware(datetime.combine(day, later)).astimezone(UTC)

    def folded_labels(self):
        """Return {language: {(filter, value): folded name}} of what a search may name as well."""
        labels = {code: {} for code in REGISTRY}
        for name, model in (("thema", Topic), ("gruppe", TargetGroup)):
            for obj in model.objects.all():
                for code in REGISTRY:
                    labels[code][name, obj.slug] = f" {fold(obj.text('name', code))} "
        labels[SOURCE] |= {("ort", slug): f" {fold(name)} " for slug, name in self.towns}
        return labels

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

    def may_have(self, phrase, code):
        """Whether a text of this language may have it: each of its words is known, or short."""
        if code not in self.vocabulary:
            words = SearchWord.objects.filter(language=code).values_list("word", flat=True)
            self.vocabulary[code] = " ".join(words)
        known = self.vocabulary[code]
        return all(word in known for word in phrase.split() if len(word) >= SHORTEST_WORD)

    def keep(self, found):
        """Remember the masks that a search found; they hold until the content changes."""
        self.found = ({} if len(self.found) >= MOST_FOUND else self.found) | found

    def ids_of(self, masks, start, stop):
        """Return the ids of the offers in these masks, in order; the first mask comes first."""
        numbers = chain.from_iterable(map(bits_of, masks))
        return [self.ids[number] for number in islice(numbers, start, stop)]


def sorting_of(row):
    """Sorted here, not by the databases: each has an order of its own for umlauts."""
    return (row.title_de or "").casefold(), row.pk


def bits_of(mask):
    """Yield the numbers of the bits that are set, from the lowest."""
    for number, bit in enumerate(reversed(f"{mask:b}")):
        if bit == "1":
            yield number


class Sortings:
    """What offers are sorted by and the help numbers, for readers of one language."""

    def __init__(self):
        self.topics = list(Topic.objects.for_reader())
        self.groups = list(TargetGroup.objects.for_reader())
        self.towns = list(Municipality.objects.all())
        self.spoken = list(SpokenLanguage.objects.all())
        self.numbers = list(HelpNumber.objects.for_reader())
        attach_states(*self.topics, *self.groups, *self.numbers)

    def chosen_for(self, offer):
        """Return the topics, target groups, municipalities and languages of an offer: one query."""
        queries = [
            relation.through.objects.filter(offer=offer.pk)
            .order_by()
            .values_list(Value(number, IntegerField()), relation.field.m2m_reverse_name())
            for number, relation in enumerate(
                (Offer.topics, Offer.target_groups, Offer.municipalities, Offer.spoken_languages)
            )
        ]
        chosen = set(queries[0].union(*queries[1:], all=True))
        every = (self.topics, self.groups, self.towns, self.spoken)
        return [
            [obj for obj in objects if (number, obj.pk) in chosen]
            for number, objects in enumerate(every)
        ]


@lru_cache(maxsize=32)
def kept_sortings(version, code):
    return Sortings()


def sortings_of(request):
    """Return the `Sortings` of this moment and language."""
    return kept_sortings(version_of(request), get_language())


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
