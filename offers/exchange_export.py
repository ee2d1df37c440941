"""Offers as a file: all columns of all offers, or the empty template."""

import csv
import io
import re
from functools import reduce
from operator import or_

from django.db.models import Q
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from modeltranslation.utils import build_localized_fieldname
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from languages.registry import REGISTRY, SOURCE

from .exchange_columns import CLEAR, HEADINGS, RELATED, REQUIRED, all_columns
from .exchange_files import SHEET
from .exchange_hours import Hours
from .exchange_values import (
    NO_TEXT,
    Choice,
    Day,
    Named,
    NamedList,
    Number,
    Phone,
    PostalCode,
    YesNo,
)
from .models import Offer

#: Texts that a spreadsheet may take for a formula; in a CSV file it also tries + - @.
FORMULA = {"xlsx": re.compile(r"=|'+[=+\-@\t\r]"), "csv": re.compile(r"'*[=+\-@\t\r]")}
AS_TEXT = (Phone, PostalCode)


def safe(text, kind):
    """Return a text that no spreadsheet runs as a formula; reading it takes the mark off again."""
    text = NO_TEXT.sub("", text)
    return f"'{text}" if FORMULA[kind].match(text) else text


def csv_file(name, rows):
    """Return a table as German spreadsheets read it: semicolons, a mark of UTF-8, no formula."""
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    filename = f"{name}-{timezone.localdate()}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    writer = csv.writer(response, delimiter=";")
    for row in rows:
        writer.writerow(safe(value, "csv") if isinstance(value, str) else value for value in row)
    return response


def columns_of(queryset):
    """Return the columns for these offers; a language in which none has a text needs none."""
    columns = all_columns()
    for code in REGISTRY:
        names = [build_localized_fieldname(name, code) for name in Offer.translated_fields()]
        has_text = reduce(or_, (Q(**{f"{name}__gt": ""}) for name in names))
        if code != SOURCE and not queryset.filter(has_text).exists():
            columns = {name: field for name, field in columns.items() if name not in names}
    return columns


def offer_rows(queryset, columns, kind):
    native = kind == "xlsx"
    queryset = queryset.select_related("organisation", "area", "contact")
    queryset = queryset.prefetch_related(*RELATED, "hours", "places")
    for offer in queryset.iterator(chunk_size=250):
        found = (field.export(offer, force_native_type=native) for field in columns.values())
        yield [safe(value, kind) if isinstance(value, str) else value for value in found]


def export_csv(queryset, file):
    """Write a CSV file as German spreadsheets read it: semicolons, and UTF-8 with its mark."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    with override(SOURCE):
        columns = columns_of(queryset)
        writer = csv.writer(text, delimiter=";")
        writer.writerow(field.column_name for field in columns.values())
        writer.writerows(offer_rows(queryset, columns, "csv"))
    text.detach()


def export_xlsx(queryset, file):
    with override(SOURCE):
        columns = columns_of(queryset)
        book = Workbook(write_only=True)
        add_sheet(book, columns, offer_rows(queryset, columns, "xlsx"))
        book.save(file)


def export_template(file):
    """Write the empty table, with a second sheet that says what belongs into which column."""
    with override(SOURCE):
        columns = {name: field for name, field in all_columns().items() if name in HEADINGS}
        book = Workbook(write_only=True)
        add_sheet(book, columns, [])
        add_hints(book, columns)
        book.save(file)


def add_sheet(book, columns, rows):
    sheet = book.create_sheet(SHEET)
    sheet.freeze_panes = "C2"
    as_text = set()
    for number, field in enumerate(columns.values()):
        dimension = sheet.column_dimensions[get_column_letter(number + 1)]
        dimension.width = max(12, min(40, len(field.column_name) + 4))
        if isinstance(field.widget, AS_TEXT):  # or a new 030 would lose its zero
            dimension.number_format = "@"
            as_text.add(number)
    sheet.append([heading(sheet, field.column_name) for field in columns.values()])
    for values in rows:
        sheet.append([cell(sheet, value, number in as_text) for number, value in enumerate(values)])


def heading(sheet, text):
    made = WriteOnlyCell(sheet, text)
    made.font = Font(bold=True)
    return made


def cell(sheet, value, as_text):
    if value in ("", None):
        return None
    if not as_text and not hasattr(value, "year"):
        return value
    made = WriteOnlyCell(sheet, value)
    made.number_format = "@" if as_text else "DD.MM.YYYY"
    return made


def add_hints(book, columns):
    sheet = book.create_sheet(_("Hinweise"))
    sheet.column_dimensions["A"].width = 40
    sheet.column_dimensions["B"].width = 120
    general = [
        _("Eine Zeile ist ein Angebot. Eine leere Zelle ändert nichts."),
        _("%(clear)s in einer Zelle leert das Feld.") % {"clear": CLEAR},
        _("Übersetzungen haben eigene Spalten, zum Beispiel „Titel (en)“ oder „Kurz gesagt (ar)“."),
        _("Alle anderen Überschriften müssen so bleiben. Die Reihenfolge ist egal."),
    ]
    for line in general:
        sheet.append([None, line])
    sheet.append([heading(sheet, _("Spalte")), heading(sheet, _("Was gehört hinein?"))])
    for name, field in columns.items():
        sheet.append([field.column_name, safe(" ".join(filter(None, hint(name, field))), "xlsx")])


def hint(name, field):
    if name == "id":
        yield _("Leer lassen für ein neues Angebot. Sonst so, wie sie heruntergeladen wurde.")
    if name in REQUIRED:
        yield _("Bei neuen Angeboten nötig.")
    if name == "published":
        yield _("Neue Angebote sind ohne Angabe nicht veröffentlicht.")
    yield explain(field.widget)


def explain(widget):
    if isinstance(widget, Choice):
        return _("Eines von: %(names)s.") % {"names": ", ".join(widget.labels.values())}
    if isinstance(widget, Named):
        names = "; ".join(sorted(str(obj) for obj in widget.model.objects.all()[:60]))
        many = isinstance(widget, NamedList)
        text = (
            _("Mehrere mit Semikolon trennen. Es gibt: %(names)s.")
            if many
            else _("Zum Beispiel: %(names)s.")
        )
        return text % {"names": names or "–"}
    known = {
        YesNo: _("ja oder nein."),
        Day: _("Ein Datum, zum Beispiel 31.12.2026."),
        Number: _("Eine ganze Zahl."),
        Phone: _("Mit Vorwahl, zum Beispiel 030/23125-0."),
        Hours: _("Zum Beispiel: Mo 9:00-12:00; Di 14:00-16:30. Ersetzt alle Zeiten der Woche."),
    }
    return known.get(type(widget), "")
