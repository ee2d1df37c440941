"""What a reader has chosen in the address, and what else there is to choose, with numbers."""

from dataclasses import dataclass
from functools import lru_cache, reduce
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

    def ways_out(self):
        """Return [(label, address, number)] of what leaving out one filter would show."""
        labels = {**FACETS, **FLAG_LABELS}
        ways = [(labels[name], name, self.selected(without=name)) for name in self.chosen]
        if self.query and self.chosen:
            masks = (self.mask_of(*item) for item in self.chosen.items())
            ways.append((self.query, "q", reduce(and_, masks)))
        return [
            (label, self.url(**{name: ""}), mask.bit_count()) for label, name, mask in ways if mask
        ]
