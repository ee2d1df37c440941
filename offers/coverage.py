"""What is offered where, and what is missing: a matrix for those who steer the programme.

Topics against municipalities, or against the languages of the advice. Rows and columns are masks of
the overview, and so are their sums: every number is one intersection.
"""

from functools import reduce
from operator import or_
from typing import NamedTuple
from urllib.parse import urlencode

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from contacts.models import language_name

from .exchange_export import csv_file
from .models import Offer, Topic
from .overview import overview


class Line(NamedTuple):
    """A row or a column: the offers that have something in common."""

    label: str
    mask: int
    query: dict | None  # narrows the public list down to them; None where that list cannot


class Cell(NamedTuple):
    count: int
    url: str = ""
    label: str = ""

    @property
    def is_gap(self):
        return bool(self.url) and not self.count


class Matrix:
    """The numbers of offers where rows and columns meet; the last of each is the sum."""

    def __init__(self, rows, columns, offers, query):
        self.offers, self.query, self.list_url = offers, query, reverse("offer-list")
        self.columns = columns
        self.rows = [(row, [self.cell(row, column) for column in columns]) for row in rows]

    def cell(self, row, column):
        count = (self.offers & row.mask & column.mask).bit_count()
        if row.query is None or column.query is None:
            return Cell(count)
        query = urlencode({**row.query, **column.query, **self.query})
        return Cell(count, f"{self.list_url}?{query}", f"{row.label}, {column.label}")

    def gaps(self):
        """Return how many cells are gaps, without the sums."""
        return sum(cell.is_gap for _row, cells in self.rows[:-1] for cell in cells[:-1])

    def empty_rows(self):
        return [row.label for row, cells in self.rows[:-1] if cells[-1].is_gap]

    def empty_columns(self):
        sums = self.rows[-1][1]
        pairs = zip(self.columns[:-1], sums[:-1], strict=True)
        return [column.label for column, cell in pairs if cell.is_gap]

    def single_gaps(self):
        """Return [(row, columns)] of the gaps that are not in an empty row or column."""
        found, left_out = [], self.empty_columns()
        for row, cells in self.rows[:-1]:
            pairs = zip(self.columns, cells, strict=True)
            names = [c.label for c, cell in pairs if cell.is_gap and c.label not in left_out]
            if names and not cells[-1].is_gap:
                found.append((row.label, names))
        return found

    def table(self):
        """Return headings and numbers, as in the file."""
        yield [_("Thema"), *(column.label for column in self.columns)]
        for row, cells in self.rows:
            yield [row.label, *(cell.count for cell in cells)]


def lines_of(name, choices, current):
    masks = current.masks
    return [Line(label, masks.get((name, value), 0), {name: value}) for value, label in choices]


def rest_of(lines, current):
    return current.everything & ~reduce(or_, (line.mask for line in lines), 0)


def sum_of(current):
    return Line(_("alle"), current.everything, {})


def topic_rows(current):
    choices = [(topic.slug, str(topic)) for topic in Topic.objects.for_reader()]
    rows = lines_of("thema", choices, current)
    rest = rest_of(rows, current)
    return [*rows, *([Line(_("ohne Thema"), rest, None)] if rest else []), sum_of(current)]


def town_columns(current, with_district):
    """Return the municipalities, and in columns of their own what belongs to none or to all."""
    everywhere = Offer.objects.published().filter(whole_district=True).order_by()
    district = current.mask(everywhere.values_list("pk", flat=True).iterator())
    towns = lines_of("ort", current.towns, current)
    apart = [
        Line(_("ganzer Landkreis"), district, None),
        Line(_("ohne Kommune"), rest_of(towns, current) & ~district, None),
    ]
    if not with_district:
        towns = [town._replace(mask=town.mask & ~district) for town in towns]
    return [*towns, *apart, sum_of(current)]


def spoken_choices(current):
    choices = ((code, language_name(code, get_language())) for code in current.spoken)
    return sorted(choices, key=lambda choice: choice[1])


def language_columns(current):
    languages = lines_of("sprache", spoken_choices(current), current)
    unknown = Line(_("nicht bekannt"), rest_of(languages, current), None)
    return [*languages, unknown, sum_of(current)]


def problem(current, matrix, language):
    """Return why there is nothing to count; "" when there is."""
    if language and language not in current.spoken:
        text = _("Die Sprache „%(code)s“ gibt es hier nicht. Bitte eine andere wählen.")
        return text % {"code": language[:20]}
    if not current.everything:
        return _("Es gibt noch keine öffentlichen Angebote. Darum gibt es hier nichts zu zählen.")
    if not any(row.query for row, _cells in matrix.rows):
        return _("Es gibt noch keine Themen. Ohne sie gibt es keine Tabelle.")
    if not any(column.query for column in matrix.columns):
        return _("Es gibt noch keine Kommunen oder Sprachen. Ohne sie gibt es keine Tabelle.")
    return ""


@require_safe
def coverage(request):
    if not request.user.has_perm("offers.view_offer"):
        raise PermissionDenied
    current = overview()
    by_language = request.GET.get("ansicht") == "sprachen"
    language = "" if by_language else request.GET.get("sprache", "")
    with_district = request.GET.get("landkreis") != "ohne"
    matrix = Matrix(
        topic_rows(current),
        language_columns(current) if by_language else town_columns(current, with_district),
        current.masks.get(("sprache", language), 0) if language else current.everything,
        {"sprache": language} if language else {},
    )
    reason = problem(current, matrix, language)
    is_default = not by_language and with_district and not reason
    if request.GET.get("format") == "csv":
        return table_file(matrix, with_numbers=not reason)
    context = {
        **admin.site.each_context(request),
        "title": _("Abdeckung: Was gibt es wo?"),
        "matrix": matrix,
        "problem": reason,
        "local_gaps": local_gaps(current, matrix) if is_default else 0,
        "by_language": by_language,
        "with_district": with_district,
        "language": language,
        "language_label": dict(spoken_choices(current)).get(language, ""),
        "languages": spoken_choices(current),
    }
    return render(request, "admin/offers/coverage.html", context)


def gaps():
    """Return how many topics are missing where, summed over all municipalities."""
    current = overview()
    columns = town_columns(current, with_district=True)
    return Matrix(topic_rows(current), columns, current.everything, {}).gaps()


def local_gaps(current, matrix):
    """Return how many gaps there are where offers for the whole district do not count."""
    rows = [row for row, _cells in matrix.rows]
    return Matrix(rows, town_columns(current, False), matrix.offers, matrix.query).gaps()


def table_file(matrix, with_numbers):
    headings, *numbers = matrix.table()
    return csv_file("abdeckung", [headings, *(numbers if with_numbers else [])])
