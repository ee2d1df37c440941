"""Tables that are wrong: refused as a whole, in words that say where and what."""

import io
import zipfile
from types import SimpleNamespace

import pytest
from openpyxl import Workbook

from offers import exchange_files
from offers.models import Offer
from tests.factories import make_offer, make_organisation
from tests.offers.tables import (
    NEW,
    book_of,
    csv_file,
    make_basics,
    problems,
    run,
    saved,
    xlsx_file,
)


def zipped(**parts):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return file.getvalue()


def with_part(data, name, content):
    file = io.BytesIO(data)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return file.getvalue()


def with_sheet(data, old, new):
    """Return the file with other XML in its sheet."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = "xl/worksheets/sheet1.xml"
    parts[name] = parts[name].replace(old.encode(), new.encode())
    return zipped(**parts)


def many_rows(number):
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Angebote")
    sheet.append(list(NEW))
    for line in range(number):
        sheet.append([f"Angebot {line}", *list(NEW.values())[1:]])
    return saved(book)


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)
BOMB = zipped(**{"xl/workbook.xml": "", "xl/worksheets/sheet1.xml": bytes(50 * 2**20)})
BROKEN = with_part(zipped(**{"xl/workbook.xml": "<kaputt"}), "[Content_Types].xml", "<auch")
FILES = {
    "nothing": (b"", "Die Datei ist leer."),
    "picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "weder eine Excel-Tabelle"),
    "letter": (zipped(**{"word/document.xml": "<w/>"}), "keine Excel-Tabelle"),
    "old xls": (OLE, "alte Excel-Datei"),
    "encrypted": (OLE + "EncryptedPackage".encode("utf-16-le"), "mit einem Passwort geschützt"),
    "bomb": (BOMB, "ungewöhnlich stark gepackt"),
    "half a file": (xlsx_file(NEW)[:3000], "beschädigt"),
    "broken": (BROKEN, "beschädigt"),
    "macros": (with_part(xlsx_file(NEW), "xl/vbaProject.bin", b"x"), "enthält Makros"),
    "other csv": (b"Vorname;Nachname\nA;B\n", "keine Überschriften der Vorlage"),
    "other book": (saved(book_of({"Vorname": "A"}, title="Liste")), "Gefunden: „Liste“"),
    "headings only": (csv_file(dict.fromkeys(NEW, "")), "Unter den Überschriften steht nichts."),
    "unknown column": (csv_file({**NEW, "Telefonn": "1"}), "Meinen Sie „Telefon“?"),
    "column twice": (csv_file({**NEW, "title": "X"}), "steht zweimal da"),
    "missing columns": (csv_file({"Titel": "A", "Themen": "B"}), "„Kurz gesagt“, „Organisation“"),
    "no heading": (csv_file({**NEW, "": "verloren"}), "Spalte ohne Überschrift"),
    "endless row": (csv_file(NEW) + b"a;" * 25_000, "beim Öffnen zu groß"),
    "endless row of many lines": (csv_file(NEW) + b'a;"\n";' * 25_000, "beim Öffnen zu groß"),
    "open quote": (csv_file(NEW) + b'"offen;b', "Ab Zeile 3 ist die CSV-Datei nicht lesbar"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_such_table_is_refused(db, tmp_path, name):
    make_basics()
    data, message = FILES[name]
    report = run(data, tmp_path)
    assert message in report.refused
    assert not report.stored and not Offer.objects.exists()


def test_a_bomb_is_refused_before_anything_is_unpacked(db, tmp_path, monkeypatch):
    opened = []
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *args, **kwargs: opened.append(args))
    assert "gepackt" in run(BOMB, tmp_path).refused
    assert opened == []


@pytest.mark.parametrize(
    ("number", "size"), [(exchange_files.MOST_PARTS + 1, 0), (2, exchange_files.LARGEST_UNPACKED)]
)
def test_parts_that_are_too_many_or_too_large_together_are_refused(number, size):
    part = zipfile.ZipInfo("xl/workbook.xml")
    part.file_size = part.compress_size = size
    archive = SimpleNamespace(infolist=lambda: [part] * number)
    with pytest.raises(exchange_files.Refused, match="zu groß"):
        exchange_files.check_archive(archive)


def test_too_large_a_file_is_not_read(db, tmp_path):
    for kind, start in (("xlsx", b"PK"), ("csv", b"Titel")):
        most = exchange_files.LARGEST[kind]
        data = start.ljust(most * 2**20 + 1)
        assert f"größer als {most} MB" in run(data, tmp_path).refused
        assert "größer" not in run(data[:-1], tmp_path).refused


def test_more_than_twenty_thousand_rows_are_refused(db, tmp_path):
    assert "mehr als 20.000 Zeilen" in run(many_rows(100_000), tmp_path).refused


def test_merged_cells_are_named(db, tmp_path):
    make_basics()
    book = book_of(NEW, NEW)
    book["Angebote"].merge_cells("D2:D3")
    assert "verbunden (D2:D3)" in run(saved(book), tmp_path).refused


def test_what_only_looks_like_merged_cells_is_not_searched_far(db, tmp_path):
    make_basics()
    many = "<mergeCell " * 40_000
    comment = f'<!-- {many}{" " * 300}ref="A1:A2" -->'
    data = with_sheet(xlsx_file(NEW), "</sheetData>", f"</sheetData>{comment}")
    assert run(data, tmp_path).new == 1


def test_endless_blank_rows_are_refused(db, tmp_path):
    make_basics()
    far = with_sheet(xlsx_file(NEW, NEW), '<row r="3"', '<row r="2000000000"')
    far = with_sheet(far, ' r="3"', "")
    for data in (far, csv_file(NEW) + b"\n" * 50_002 + b"A;B;C;D"):
        assert run(data, tmp_path).refused == (
            "Nach Zeile 2 kommen zu viele leere Zeilen. Bitte löschen."
        )
    assert run(csv_file(NEW) + b"\n" * 50_000, tmp_path).new == 1


def test_the_sheet_with_the_offers_is_found_wherever_it_is(db, tmp_path):
    make_basics()
    book = book_of({"Notiz": "anrufen"}, title="Notizen")
    sheet = book.create_sheet("Tabelle2")
    sheet.append(list(NEW))
    sheet.append(list(NEW.values()))
    assert run(saved(book), tmp_path).new == 1


CELLS = [
    ("sichtbar bis", "bald", "„bald“ ist kein Datum."),
    ("Telefon", 6431296, "Vermutlich hat Excel die Null am Anfang weggelassen"),
    ("Telefon", "6431296538", "Vermutlich hat Excel die Null am Anfang weggelassen"),
    ("Telefon", "anrufen", "keine gültige Telefonnummer"),
    ("Ort: PLZ", 1067, "hat nur vier Ziffern"),
    ("Ort: PLZ", "655x9", "Eine Postleitzahl hat fünf Ziffern."),
    ("veröffentlicht", "vielleicht", "„ja“ oder „nein“"),
    ("Kosten", "billig", "Möglich sind: nicht bekannt, kostenlos, kostet etwas."),
    ("ab welchem Alter", "drei", "keine ganze Zahl"),
    ("ab welchem Alter", 200, "120"),
    ("Organisation", "Verain", "Meinen Sie „Verein“?"),
    ("Organisation", "Neuer Verein", "Neue bitte zuerst unter „Organisationen“ anlegen."),
    ("Organisation", "[leer]", "Dieses Feld darf nicht leer sein."),
    ("Themen", "Deutsch lernen; Golf", "„Golf“ gibt es hier nicht."),
    ("Themen", "[leer]", "Dieses Feld darf nicht leer sein."),
    ("Öffnungszeiten", "immer", "keine Öffnungszeit"),
    ("Öffnungszeiten", "Mo 14-12", "Das Ende liegt vor dem Anfang."),
    ("Öffnungszeiten", "Mo 9-25", "Diese Uhrzeit gibt es nicht."),
    ("E-Mail", "keine", "E-Mail-Adresse"),
    ("Titel", "x" * 151, "150"),
    ("Kurz gesagt", "x" * 501, "aus 501 Zeichen"),
    ("Kurz gesagt (ar)", "x" * 501, "aus 501 Zeichen"),
    ("So geht es", "<script>alert(1)</script>", "HTML"),
    ("Kurz gesagt", "#REF!", "Die Formel in dieser Zelle ergibt einen Fehler."),
    ("id", "17", "Das ist keine id."),
    ("Adresse", "vergeben", "Diese Adresse hat schon ein anderes Angebot."),
]


@pytest.mark.parametrize(("column", "value", "message"), CELLS)
def test_a_wrong_cell_is_named_by_row_and_column(db, tmp_path, column, value, message):
    make_basics()
    make_offer(slug="vergeben")
    row = {**NEW, column: value}
    report = run(xlsx_file(dict.fromkeys(row) | NEW, row), tmp_path)
    assert [(line, heading) for line, heading, _text in problems(report)] == [(3, column)]
    assert message in problems(report)[0][2]
    assert Offer.objects.count() == 1  # the right row is not stored either


def test_an_offer_keeps_its_organisation(db, tmp_path):
    offer = make_offer(slug="vergeben")
    report = run(csv_file({"id": offer.uuid, "Organisation": "[leer]"}), tmp_path)
    assert not report.refused
    assert problems(report) == [(2, "Organisation", "Dieses Feld darf nicht leer sein.")]


def test_errors_are_shown_up_to_a_number_and_counted_all(db, tmp_path):
    make_basics()
    report = run(csv_file(*[{**NEW, "Telefon": "x"}] * 300), tmp_path)
    assert (len(report.problems), report.problem_count) == (200, 300)


def test_the_same_id_twice_is_named(db, tmp_path):
    make_basics()
    row = {"id": str(make_offer().uuid), "Titel": "Neu"}
    report = run(csv_file(row, row), tmp_path)
    assert problems(report) == [(3, "id", "Diese id steht schon in Zeile 2.")]


def test_two_organisations_of_one_name_need_their_address(db, tmp_path):
    make_basics()
    make_organisation(name="Verein", slug="anderer")
    report = run(csv_file(NEW), tmp_path)
    assert "Bitte die Adresse schreiben: anderer, verein." in problems(report)[0][2]
    assert run(csv_file({**NEW, "Organisation": "anderer"}), tmp_path).new == 1


def test_a_new_row_says_what_it_lacks(db, tmp_path):
    make_basics()
    report = run(csv_file({"id": "", "Titel": "Allein", "Telefon": ""}), tmp_path)
    assert {column for _line, column, _text in problems(report)} == {
        *("Kurz gesagt", "Organisation", "Themen")
    }


REACHED = [
    ({}, False),
    ({"Ort: Straße": "Weg 1"}, True),
    ({"Ort: Name": "Rathaus"}, True),
    ({"Ort: Stadt": "Elz", "Ort: PLZ": "65604"}, False),
    ({"Ort: Straße": "Weg 1", "Adresse ist geheim": "ja"}, False),
    ({"Link zur Anmeldung": "beispiel.de"}, True),
    ({"Organisation": "Mit Telefon"}, True),
    ({"veröffentlicht": "nein"}, True),
]


@pytest.mark.parametrize(("cells", "is_stored"), REACHED)
def test_nobody_publishes_an_offer_that_cannot_be_reached(db, tmp_path, cells, is_stored):
    make_basics()
    make_organisation(name="Mit Telefon", slug="mit-telefon", phone="06431/296-0")
    report = run(csv_file({**NEW, "veröffentlicht": "ja", **cells}), tmp_path)
    assert report.stored == is_stored
    found = [(column, message[:23]) for _line, column, message in problems(report)]
    assert found == [("veröffentlicht", "So kann niemand das Ang")] * (not is_stored)


def test_the_last_way_to_a_public_offer_is_not_taken_away(db, tmp_path):
    offer = make_offer(phone="", places=[{"street": "Weg 1"}])
    row = {"id": str(offer.uuid), "Ort: Straße": "[leer]"}
    assert "So kann niemand" in problems(run(csv_file(row), tmp_path))[0][2]
    offer.places.create(street="Weg 2")
    assert run(csv_file(row), tmp_path).changed == 1


def test_an_old_offer_that_cannot_be_reached_stops_no_other_row(db, tmp_path):
    old, other = make_offer(phone=""), make_offer(slug="b")
    rows = [{"id": str(o.uuid), "Titel": t} for o, t in ((old, old.title_de), (other, "Neu"))]
    report = run(csv_file(*rows), tmp_path)
    assert (report.unchanged, report.changed, problems(report)) == (1, 1, [])
