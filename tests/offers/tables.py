"""Tables of offers for the tests, and what reading one in says."""

import csv
import io

from openpyxl import Workbook, load_workbook

from offers.exchange_run import OfferImport
from tests.factories import make_organisation, make_topic

NEW = {
    "Titel": "Sprachcafé",
    "Kurz gesagt": "Reden und Kaffee.",
    "Organisation": "Verein",
    "Themen": "Deutsch lernen",
}


def make_basics():
    """What a new offer needs to be there already."""
    make_organisation(name="Verein", slug="verein")
    make_topic(name_de="Deutsch lernen", slug="deutsch-lernen")


def csv_file(*rows, delimiter=";", encoding="utf-8-sig"):
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def book_of(*rows, title="Angebote"):
    book = Workbook()
    book.active.title = title
    book.active.append(list(rows[0]))
    for row in rows:
        book.active.append([row.get(heading) for heading in rows[0]])
    return book


def saved(book):
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def xlsx_file(*rows, **options):
    return saved(book_of(*rows, **options))


def run(data, tmp_path, *, dry_run=False, user=None):
    """Read a file in and return the report."""
    path = tmp_path / "table"
    path.write_bytes(data)
    done = OfferImport(path, "angebote.xlsx", user)
    list(done.run(dry_run))
    return done.report


def problems(report):
    return [(problem.line, problem.column, problem.message) for problem in report.problems]


def rows_of(data):
    """Return the rows of an exported XLSX file as dictionaries."""
    headings, *rows = load_workbook(io.BytesIO(data))["Angebote"].iter_rows(values_only=True)
    return [dict(zip(headings, row, strict=True)) for row in rows]
