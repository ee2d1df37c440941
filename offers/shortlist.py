"""The shortlist ("Merkzettel"): offers and contact persons, kept in nothing but its address.

`?z=a1f.k3z9-k2.0bq1` is a list of marks (programme/marks.py). Who has the address has the list;
the server stores nothing of it.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import base36_to_int
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from contacts.models import ContactPerson
from languages.readers import attach_states
from languages.registry import SOURCE
from programme.marks import LETTERS
from programme.sheets import page_or_sheet, paper_of
from programme.site import version_of

from .filters import Filters
from .models import Offer
from .overview import overview
from .searchtext import fold
from .views import offers_for_list

MOST = 30
EMPTY = "-"  # of a list that is still to be collected
LONGEST = 20 * MOST  # characters; more are not read
MOST_FOUND = 10
MARK = re.compile(rf"([ak])([1-9a-z][0-9a-z]{{0,7}})(?:\.([0-9a-z]{{{LETTERS}}}))?", re.ASCII)


@dataclass
class Entry:
    kind: str
    number: str
    checksum: str = ""
    object: Offer | ContactPerson | None = None

    @property
    def key(self):
        return self.kind + self.number

    @property
    def pk(self):
        return base36_to_int(self.number)

    @property
    def mark(self):
        """What the address says of it: how it was when it came on the list."""
        if self.object and not self.checksum:
            return self.object.mark
        return f"{self.key}.{self.checksum}" if self.checksum else self.key

    @property
    def is_offer(self):
        return self.kind == "a"

    @property
    def is_changed(self):
        return bool(self.object) and self.mark != self.object.mark


class Shortlist:
    """What an address says, after what the reader asks to change."""

    def __init__(self, parameters):
        self.entries, self.unreadable, self.anchors = [], 0, set()
        text = parameters.get("z", "")
        marks = text[:LONGEST].split("-") + parameters.get("dazu", "")[:LONGEST].split("-")
        for part in filter(None, marks):
            self.add(part)
        self.left_out = max(0, len(self.entries) - MOST) + text[LONGEST:].count("-")
        del self.entries[MOST:]
        self.remove(parameters.get("weg"))
        self.move(parameters.get("hoch"), -1)
        self.move(parameters.get("runter"), 1)

    def add(self, part):
        """Add an entry; one that is there already stays in its place, as it is today."""
        if found := MARK.fullmatch(part):
            entry = Entry(found[1], found[2], found[3] or "")
            if (at := self.at(entry.key)) is None:
                self.entries.append(entry)
            else:
                self.entries[at].checksum = entry.checksum
        else:
            self.unreadable += 1

    def at(self, key):
        return next((n for n, entry in enumerate(self.entries) if entry.key == key), None)

    def remove(self, key):
        if (at := self.at(key)) is not None:
            del self.entries[at]

    def move(self, key, step):
        if (at := self.at(key)) is not None and 0 <= at + step < len(self.entries):
            self.entries.insert(at + step, self.entries.pop(at))

    def load(self, overview):
        """Read what is public today; the number of queries does not depend on the entries."""
        wanted = {kind: [e.pk for e in self.entries if e.kind == kind] for kind in "ak"}
        public = [pk for pk in wanted["a"] if overview.mask([pk])]
        offers = offers_for_list(public, with_people=True)
        found = {"a": {o.pk: o for o in offers}, "k": people().in_bulk(wanted["k"])}
        for entry in self.entries:
            entry.object = found[entry.kind].get(entry.pk)
        attach_states(*offers, *found["k"].values())

    @property
    def state(self):
        """The list as it stands in the address."""
        return "-".join(entry.mark for entry in self.entries) or EMPTY

    def state_with(self, key):
        return "-".join([*(entry.mark for entry in self.entries), key])

    def state_without(self, key):
        return "-".join(entry.mark for entry in self.entries if entry.key != key) or EMPTY

    def take_anchor(self, key):
        """Return whether an element can be named after an entry: people may stand there twice."""
        is_free = key not in self.anchors
        self.anchors.add(key)
        return is_free

    def holds(self, key):
        return self.at(key) is not None

    @property
    def is_full(self):
        return len(self.entries) == MOST

    @property
    def is_whole(self):
        """Whether the address could be read completely."""
        return not (self.left_out or self.unreadable)


def people():
    return ContactPerson.objects.published().for_reader().prefetch_related("spoken_languages")


def find(query, overview):
    """Return the offers and the contact persons that are found for the shortlist."""
    filters = Filters({"q": query}, overview)
    words = fold(filters.query).split()
    if not words:
        return [], []
    offers = offers_for_list(overview.ids_of(filters.ordered, 0, MOST_FOUND), with_people=True)
    persons = [p for p in people() if all(word in said_of(p) for word in words)][:MOST_FOUND]
    attach_states(*offers, *persons)
    return offers, persons


def said_of(person):
    texts = [person.text(name, c) for name in ("role", "duties") for c in (SOURCE, get_language())]
    return fold(" ".join([person.name, *texts]))


@require_safe
@cache_control(private=True, max_age=0)
def shortlist(request):
    current, query = overview(version_of(request)), request.GET.get("q", "").replace("\0", "")
    # The same one that the links of the page carry; what is on it has its anchor there.
    chosen = request.shortlist = getattr(request, "shortlist", None) or Shortlist(request.GET)
    chosen.load(current)
    chosen.anchors.update(entry.key for entry in chosen.entries)
    state = chosen.state if chosen.entries else ""
    if chosen.is_whole and state != request.GET.get("z", ""):
        kept = {"z": state, "q": query, "blatt": paper_of(request)}
        kept = urlencode({name: value for name, value in kept.items() if value})
        return HttpResponseRedirect(f"{request.path}?{kept}" if kept else request.path)
    offers, persons = find(query, current)
    request.kept_query = f"z={state}" if state else ""
    context = {
        "shortlist": chosen,
        "query": query[:200],
        "found": [(o, True) for o in offers] + [(person, False) for person in persons],
        "is_indexed": False,
    }
    template = page_or_sheet(request, "offers/shortlist.html", most_pages=MOST)
    return render(request, template, context)
