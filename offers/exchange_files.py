"""Tables that people send: checked before anything opens them, read completely, or refused."""

import csv
import io
import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from django.utils.translation import gettext as _
from openpyxl import load_workbook

from languages.po_checks import Refused

from .exchange_cells import NoResult
from .exchange_columns import SHEET

LARGEST = {"xlsx": 20, "csv": 60}  # MB; nothing is packed in a CSV file
MB = 2**20
LARGEST_UNPACKED = 200 * MB  # bytes
MOST_PARTS = 2000
#: XML shrinks to a tenth, a table of equal rows to a hundredth; a bomb to a thousandth.
HIGHEST_RATIO = 200
HARMLESS = 5 * MB  # bytes; below, no ratio is a danger
MOST_ROWS = 20_000
MOST_COLUMNS = 400
MOST_MARKS = 20_000  # between the cells of one row of a CSV file, or in their texts
MOST_BLANK = 50_000  # rows between two others
LAST_LINE = 2**20  # no spreadsheet has more
#: Enough for the headings: the whole text again for each separator would need much memory.
FIRST_CHARACTERS = 2**16

OLD_OFFICE = b"\xd0\xcf\x11\xe0"
MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^<>]{0,200}?ref="([A-Z0-9:]+)"')
#: What a spreadsheet takes for a formula has an apostrophe before it; one is taken off again.
ESCAPED = re.compile(r"\A'(?='*[=+\-@\t\r])")


@dataclass
class Table:
    """The headings, and of each row its number in the spreadsheet and what is not blank."""

    headings: list
    rows: list = field(default_factory=list)


def read_table(path, knows):
    """Return the table of a file; `knows(heading)` tells the sheet and the separator that fit."""
    with Path(path).open("rb") as file:
        data = file.read(max(LARGEST.values()) * MB + 1)
    check_size(len(data), "xlsx" if data.startswith(b"PK") else "csv")
    if not data.strip():
        raise Refused(_("Die Datei ist leer."))
    if data.startswith(OLD_OFFICE):
        raise Refused(old_office(data))
    if data.startswith(b"PK"):
        return read_xlsx(data, knows)
    return make_table(csv_rows(decode(data), knows))


def check_size(size, kind):
    if size > LARGEST[kind] * MB:
        raise Refused(_("Die Datei ist größer als %(size)s MB.") % {"size": LARGEST[kind]})


def old_office(data):
    if "EncryptedPackage".encode("utf-16-le") in data:
        return _("Die Datei ist mit einem Passwort geschützt. Bitte ohne Passwort speichern.")
    return _(
        "Das ist eine alte Excel-Datei (.xls). Bitte als „Excel-Arbeitsmappe (.xlsx)“ speichern."
    )


def read_xlsx(data, knows):
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            check_archive(archive)
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            try:
                sheet = fitting_sheet(book, knows)
                check_merged(archive, sheet)
                return make_table(sheet_rows(sheet))
            finally:
                book.close()
    except Refused:
        raise
    except Exception as error:  # a broken file makes openpyxl raise just about anything
        raise Refused(_("Die Datei ist beschädigt und lässt sich nicht öffnen.")) from error


def check_archive(archive):
    """Look at the list of contents only: nothing is unpacked yet."""
    parts = archive.infolist()
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
        raise Refused(_("Die Datei wird beim Öffnen zu groß."))
    for part in parts:
        if part.file_size > max(HARMLESS, part.compress_size * HIGHEST_RATIO):
            raise Refused(_("Die Datei ist ungewöhnlich stark gepackt und wird nicht geöffnet."))
        if part.flag_bits & 1:
            raise Refused(
                _("Die Datei ist mit einem Passwort geschützt. Bitte ohne Passwort speichern.")
            )
    names = {part.filename.lower() for part in parts}
    if any(name.endswith("vbaproject.bin") for name in names):
        raise Refused(
            _("Die Datei enthält Makros. Bitte als „Excel-Arbeitsmappe (.xlsx)“ speichern.")
        )
    if "xl/workbook.xml" not in names:
        raise Refused(_("Das ist keine Excel-Tabelle (.xlsx), sondern eine andere Art von Datei."))


def fitting_sheet(book, knows):
    """Return the sheet with the name of the template, else the first one with our headings."""
    sheets = [sheet for sheet in book.worksheets if hasattr(sheet, "reset_dimensions")]
    for sheet in sheets:
        sheet.reset_dimensions()  # what the file says of its size may be wrong
    for sheet in sorted(sheets, key=lambda sheet: sheet.title != SHEET):
        headings = next((values for _line, values in sheet_rows(sheet)), [])
        if sum(1 for value in headings if knows(value)) >= 2:
            return sheet
    names = ", ".join(f"„{sheet.title}“" for sheet in sheets)
    raise Refused(
        _(
            "In keinem Tabellenblatt stehen die Überschriften der Vorlage in der ersten Zeile. "
            "Gefunden: %(names)s."
        )
        % {"names": names or "–"}
    )


def check_merged(archive, sheet):
    """Refuse merged cells: all but one of them would look blank."""
    found, tail = [], b""
    with archive.open(sheet._worksheet_path) as part:  # openpyxl reads them only with the rest
        while chunk := part.read(MB):
            found += MERGED.findall(tail + chunk)
            tail = chunk[-300:]
    if found:
        cells = ", ".join(sorted({ref.decode() for ref in found})[:5])
        raise Refused(
            _("Im Blatt „%(sheet)s“ sind Zellen verbunden (%(cells)s). Bitte den Verbund aufheben.")
            % {"sheet": sheet.title, "cells": cells}
        )


def sheet_rows(sheet):
    return filled(sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True))


def filled(rows):
    """Yield number and values of each row that is not blank."""
    line = last = 0
    try:
        for line, values in enumerate(rows, start=1):
            values = [value if value is None else clean_cell(value) for value in values]
            if any(value is not None for value in values):
                last = line
                yield line, values
            elif line - last > MOST_BLANK or line > LAST_LINE:
                raise Refused(
                    _("Nach Zeile %(line)s kommen zu viele leere Zeilen. Bitte löschen.")
                    % {"line": last}
                )
    except csv.Error as error:
        raise Refused(
            _("Ab Zeile %(line)s ist die CSV-Datei nicht lesbar: Fehlt ein Anführungszeichen?")
            % {"line": line + 1}
        ) from error


def clean_cell(value):
    """Return what a cell holds; None for a blank one."""
    if not isinstance(value, str):
        return value
    text = ESCAPED.sub("", value.replace("\r\n", "\n").replace("\r", "\n").strip(), count=1)
    return text or None


def decode(data):
    """Return the text of a CSV file: UTF-8, UTF-16 (Excel's "Unicode-Text") or Windows-1252."""
    encodings = ["utf-16"] if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
        break
    raise Refused(_("Das ist weder eine Excel-Tabelle (.xlsx) noch eine CSV-Datei."))


def csv_rows(text, knows):
    """Return number and values of each row, counted as a spreadsheet counts them."""
    text = re.sub(r"\Asep=.\r?\n", "", text)
    start = text[:FIRST_CHARACTERS]
    delimiter = max(";,\t", key=lambda mark: known_headings(start, mark, knows))
    if not known_headings(start, delimiter, knows):
        raise Refused(
            _("In der ersten Zeile stehen keine Überschriften der Vorlage. Ist das die Tabelle?")
        )
    return filled(rows_of(text, delimiter))


def rows_of(text, delimiter):
    """Yield the rows; one of millions of cells would take gigabytes of memory."""
    marks = 0

    def lines():
        nonlocal marks
        for line in io.StringIO(text, newline=""):
            marks += line.count(delimiter)
            if marks > MOST_MARKS:
                raise Refused(_("Die Datei wird beim Öffnen zu groß."))
            yield line

    for row in csv.reader(lines(), delimiter=delimiter, strict=True):
        marks = 0
        yield row


def known_headings(text, delimiter, knows):
    try:
        first = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
    except csv.Error:
        return 0
    return sum(1 for value in first if knows(value))


def make_table(rows):
    rows = iter(rows)
    _line, headings = next(rows)
    for value in headings:
        check_result(value)
    headings = ["" if value is None else str(value).strip() for value in headings]
    table = Table(headings)
    for line, values in rows:
        if len(table.rows) >= MOST_ROWS:
            raise Refused(
                _("Die Tabelle hat mehr als 20.000 Zeilen. Bitte in mehrere Dateien aufteilen.")
            )
        if cells := named_cells(headings, line, values):
            table.rows.append((line, cells))
    if not table.rows:
        raise Refused(_("Unter den Überschriften steht nichts."))
    return table


def named_cells(headings, line, values):
    cells = {}
    for number, value in enumerate(values):
        if value is None:
            continue
        if number >= len(headings) or not headings[number]:
            if isinstance(value, NoResult):
                continue  # nothing there that anybody sees
            raise Refused(
                _("In Zeile %(line)s steht „%(value)s“ in einer Spalte ohne Überschrift.")
                % {"line": line, "value": str(value)[:50]}
            )
        check_result(value)
        cells[headings[number]] = value
    return cells


def check_result(value):
    if isinstance(value, NoResult):
        raise Refused(
            _(
                "In %(cell)s steht eine Formel ohne Ergebnis. Bitte in Excel öffnen, speichern und "
                "noch einmal hochladen."
            )
            % {"cell": value.cell}
        )
