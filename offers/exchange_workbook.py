"""Offers as a workbook of Excel, or the empty template. Needs 10 MB: imported when asked for."""

from django.utils.translation import gettext as _
from django.utils.translation import override
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from languages.registry import SOURCE

from .exchange_columns import CLEAR, HEADINGS, REQUIRED, SHEET, all_columns
from .exchange_export import columns_of, offer_rows, safe
from .exchange_hours import Hours
from .exchange_values import (
    Choice,
    Day,
    Named,
    NamedList,
    Number,
    Phone,
    PostalCode,
    YesNo,
)

AS_TEXT = (Phone, PostalCode)


def export_xlsx(queryset, file):
    with override(SOURCE):
        columns = columns_of(queryset)
        book = Workbook(write_only=True)
        add_sheet(book, columns, offer_rows(queryset, columns, "xlsx"), queryset.count())
        book.save(file)


def export_template(file):
    """Write the empty table, with a second sheet that says what belongs into which column."""
    with override(SOURCE):
        columns = {name: field for name, field in all_columns().items() if name in HEADINGS}
        book = Workbook(write_only=True)
        add_sheet(book, columns, [], 0)
        add_hints(book, columns)
        book.save(file)


def add_sheet(book, columns, rows, number_of_rows):
    sheet = book.create_sheet(SHEET)
    sheet.freeze_panes = "C2"
    # Without it, openpyxl reads the whole sheet an extra time to learn how large it is.
    corner = f"{get_column_letter(len(columns))}{number_of_rows + 1}"
    sheet.calculate_dimension = lambda: f"A1:{corner}"
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
