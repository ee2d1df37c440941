"""What a reader has chosen in the address, and what else there is to choose, with numbers."""

from dataclasses import dataclass
from functools import cached_property, lru_cache, reduce
from operator import and_, itemgetter
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from contacts.models import language_name
from languages.registry import SOURCE
from languages.templatetags.languages import plain

from .overview import FLAGS
from .search import search

FACETS = {
    "thema": _("Thema"),
    "ort": _("Ort"),
    "gruppe": _("Für wen?"),
    "sprache": _("Sprache der Beratung"),
}
FLAG_LABELS = {
    "kostenlos": _("kostenlos"),
    "frauen": _("nur für Frauen"),
    "kinderbetreuung": _("mit Kinderbetreuung"),
    "stufenlos": _("ohne Stufen"),
    "offen": _("jetzt geöffnet"),
}
#: Shows all filters as links, and no offers.
CHOOSING = "auswahl"
#: So many offers are shown below the topics.
FEW = 6
LONGEST_VALUE = 100


@dataclass(frozen=True)
class Option:
    value: str
    label: str
    count: int
    is_chosen: bool

    def __str__(self):
        return f"{self.label} ({self.count})"


@lru_cache(maxsize=64)
def named_languages(codes, reader):
    """Return [(code, name)] in the order of the names."""
    return sorted(((code, language_name(code, reader)) for code in codes), key=itemgetter(1))


class Filters:
    """The parameters of one request, applied to an overview."""

    def __init__(self, parameters, overview):
        self.overview = overview
        self.query = " ".join(parameters.get("q", "").replace("\0", "").split())[:200]
        given = {
            name: parameters.get(name, "").replace("\0", "")[:LONGEST_VALUE]
            for name in (*FACETS, *FLAGS)
        }
        self.chosen = {name: value for name, value in given.items() if value}
        self.is_front = self.is_empty and "seite" not in parameters
        self.is_choosing = not self.is_front and parameters.get(CHOOSING) == "1"
        self.found = search(self.query, get_language(), overview) if self.query else None

    def mask_of(self, name, value):
        if name == "offen":
            return self.overview.open_at(timezone.localtime().time()) if value == "1" else 0
        mask = self.overview.masks.get((name, value), 0)
        is_group = name == "gruppe" and value in self.overview.groups
        return mask | self.overview.for_everyone if is_group else mask

    def selected(self, without=None):
        """Return the mask of what is chosen; `without` leaves one filter out."""
        base = self.found.mask if self.found else self.overview.everything
        masks = (self.mask_of(*item) for item in self.chosen.items() if item[0] != without)
        return reduce(and_, masks, base)

    @property
    def ordered(self):
        """The masks of what is chosen, the best results of a search first."""
        selected = self.selected()
        return [mask & selected for mask in self.found.masks] if self.found else [selected]

    def url(self, **changes):
        """Return the query string with other choices; an empty value takes one back."""
        values = {"q": self.query, **self.chosen, **changes}
        return "?" + urlencode({name: value for name, value in values.items() if value})

    def address(self, page):
        """Return the query string of this page of the list, or of what there is to choose."""
        if self.is_choosing:
            return self.url(**{CHOOSING: "1"})
        return self.url(seite=str(page) if page > 1 else "")

    @property
    def is_empty(self):
        return not (self.query or self.chosen)

    @property
    def is_common(self):
        """Whether many people see this page: at most one choice, and none that does not exist."""
        return (
            not self.query
            and len(self.chosen) <= 1
            and all(self.exists(*choice) for choice in self.chosen.items())
        )

    @property
    def is_for_search_engines(self):
        return not (set(self.chosen) - {"thema"} or self.query or self.is_choosing)

    def exists(self, name, value):
        if name in FLAGS:
            return value == "1"
        if name == "sprache":
            return value in self.overview.spoken
        return (name, value) in self.overview.labels[SOURCE]

    def option(self, name, value, label, others):
        return Option(
            value=value,
            label=label,
            count=(others & self.mask_of(name, value)).bit_count(),
            is_chosen=self.chosen.get(name) == value,
        )

    def facets(self, topics, groups):
        """Return [(name, label, options)]; options without any offer are left out."""
        named = {
            "thema": [(topic.slug, plain(topic, "name")) for topic in topics],
            "ort": self.overview.towns,
            "gruppe": [
                (group.slug, plain(group, "name"))
                for group in groups
                # "alle" would stand there twice; what is for everyone is in every group.
                if not group.is_everyone or group.slug == self.chosen.get("gruppe")
            ],
            "sprache": named_languages(tuple(self.overview.spoken), get_language()),
        }
        found = []
        for name, label in FACETS.items():
            others = self.selected(without=name)
            options = [self.option(name, *choice, others) for choice in named[name]]
            found.append((name, label, [o for o in options if o.count or o.is_chosen]))
        return found

    def flags(self):
        return [
            (name, self.option(name, "1", label, self.selected(without=name)))
            for name, label in FLAG_LABELS.items()
        ]

    def active(self, facets, flags):
        """Return [(filter, label, address without it)] of all choices; also of unknown values."""
        labels = {(name, o.value): o.label for name, _label, options in facets for o in options}
        labels |= {(name, "1"): option.label for name, option in flags}
        chosen = [
            (name, labels.get((name, value), value), self.url(**{name: ""}))
            for name, value in self.chosen.items()
        ]
        return [("", self.query, self.url(q="")), *chosen] if self.query else chosen

    @property
    def has_missed(self):
        """Whether staff should know: nothing is found, or a single word only by a part of it."""
        if not self.query or (self.found.is_complete and self.found.mask):
            return False
        return not self.found.mask or " " not in self.query

    def to_choose(self, sortings, total):
        """Return what the page offers to choose, to take back and, of an empty list, to try."""
        facets, flags = self.facets(sortings.topics, sortings.groups), self.flags()
        active, ways_out = self.active(facets, flags), () if total else self.ways_out()
        return {
            "facets": facets,
            "flags": flags,
            "active": active,
            "further": self.further(self.linked(facets), flags, total),
            "to_choose": "" if self.is_front or self.is_choosing else self.url(**{CHOOSING: "1"}),
            "to_list": "?seite=1" if self.is_empty else self.url(),
            "shows_cards": total and not self.is_choosing and not (self.is_front and total > FEW),
            "ways_out": ways_out,
            "each_alone": () if total or ways_out else self.each_alone(active),
        }

    def linked(self, facets):
        """Return the facets whose values are links: the front page shows the topics above.

        Below cards, all of them would be too many bytes (tests/wirportal/test_weight.py).
        """
        return facets if self.is_choosing else facets[1:] if self.is_front else ()

    def further(self, facets, flags, total):
        """Return [(label, [(address, filter, option)])] of what makes a list this long shorter."""
        groups = [(label, [(name, o) for o in options]) for name, label, options in facets]
        links = [
            (label, [link for link in map(self.link, options) if 0 < link[2].count < total])
            for label, options in [*groups, (_("Nur zeigen, was …"), flags)]
        ]
        return [group for group in links if group[1]]

    def link(self, choice):
        name, option = choice
        return self.url(**{name: option.value}), name, option

    @cached_property
    def choices(self):
        """[(label, name, mask)] of what is chosen and what is looked for."""
        labels = {**FACETS, **FLAG_LABELS}
        chosen = [(labels[name], name, self.mask_of(name, v)) for name, v in self.chosen.items()]
        return [*chosen, (self.query, "q", self.found.mask)] if self.query else chosen

    def ways_out(self):
        """Return [(label, address, number)] of what leaving out one choice would show."""
        ways = []
        for label, name, _mask in self.choices if self.chosen else ():
            others = [mask for _label, other, mask in self.choices if other != name]
            mask = reduce(and_, others, self.overview.everything)
            ways.append((label, self.url(**{name: ""}), mask.bit_count()))
        return [way for way in ways if way[2]]

    def each_alone(self, active):
        """Return [(label, address, number)] of what each active choice alone would show."""
        nothing = dict.fromkeys(["q", *self.chosen], "")
        values = {"q": self.query, **self.chosen}
        masks = {name: mask for _label, name, mask in self.choices}
        ways = [(label, name or "q") for name, label, _url in active]
        return [
            (label, self.url(**nothing | {name: values[name]}), masks[name].bit_count())
            for label, name in ways
            if masks[name]
        ]
