"""What the list of offers can be narrowed down to."""

import re

from django.contrib.admin import SimpleListFilter
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from languages.models import Language
from languages.registry import SOURCE
from programme.phone import WRITTEN

from ..models import Municipality, Offer, Place, SearchText, overdue
from ..searchtext import fold

#: How the code of the country and the zero before an area code are written.
PREFIX = re.compile(r"^(\+49|0049)?0?")
SHORTEST_NUMBER = 3  # 115


class Overdue(SimpleListFilter):
    """As `Offer.is_overdue`."""

    title = _("Prüfung")
    parameter_name = "pruefung"

    def lookups(self, request, model_admin):
        return [("overdue", _("überfällig")), ("never", _("nie geprüft")), ("done", _("geprüft"))]

    def queryset(self, request, queryset):
        late = overdue(timezone.localdate())
        chosen = {"overdue": late, "never": Q(verified_on=None), "done": ~late}
        return queryset.filter(chosen[self.value()]) if self.value() in chosen else queryset


class InMunicipality(SimpleListFilter):
    """Offers for a municipality and offers that take place there."""

    title = _("Kommune")
    parameter_name = "kommune"

    def lookups(self, request, model_admin):
        return [(str(pk), name) for pk, name in Municipality.objects.values_list("pk", "name")]

    def queryset(self, request, queryset):
        if self.value() not in dict(self.lookup_choices):
            return queryset
        served = Offer.municipalities.through.objects.filter(municipality=self.value())
        there = Place.objects.filter(municipality=self.value())
        return queryset.filter(
            Q(pk__in=served.values("offer")) | Q(pk__in=there.order_by().values("offer"))
        )


class MissingLanguage(SimpleListFilter):
    title = _("Übersetzung fehlt")
    parameter_name = "fehlt"

    def lookups(self, request, model_admin):
        entries = Language.objects.published_entries()
        return [(entry.code, entry.name) for entry in entries if entry.code != SOURCE]

    def queryset(self, request, queryset):
        if self.value() not in dict(self.lookup_choices):
            return queryset
        column = f"title_{self.value().replace('-', '_')}"
        return queryset.filter(Q(**{column: None}) | Q(**{column: ""}))


def found_by(term):
    """Return what the list searches besides its columns: folded texts, and numbers by digits."""
    texts = SearchText.objects.filter(language=SOURCE)
    words = fold(term).split()
    for word in words:
        texts = texts.filter(Q(title__contains=word) | Q(text__contains=word))
    wanted = Q(pk__in=texts.values("offer")) if words else Q()
    number = PREFIX.sub("", re.sub(r"[^\d+]", "", term)) if WRITTEN.fullmatch(term) else ""
    if len(number) >= SHORTEST_NUMBER:
        digits = "[^0-9]*".join(re.sub(r"\D", "", number))
        wanted |= Q(phone__regex=digits) | Q(organisation__phone__regex=digits)
    return wanted
