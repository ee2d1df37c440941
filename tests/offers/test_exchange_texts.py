"""Workbooks as Excel writes them: texts in a part of their own, formulas with their results."""

import io
import re
import tracemalloc
import zipfile

import pytest
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.reader.strings import read_string_table
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS

from languages.po_checks import Refused
from offers import exchange_cells
from offers.exchange_columns import all_columns
from offers.exchange_files import MOST_ROWS
from offers.models import Offer
from tests.offers.tables import NEW, book_of, make_basics, problems, run, saved, xlsx_file
from tests.offers.test_exchange_refused import with_sheet, zipped

PART = "xl/sharedStrings.xml"
PLACE = f'<Override PartName="/{PART}" ContentType="{SHARED_STRINGS}"/></Types>'
INLINE = re.compile(r't="inlineStr"><is>(.*?)</is>')


def shared(*texts):
    items = "".join(f"<si>{text}</si>" for text in texts)
    return f'<sst xmlns="{SHEET_MAIN_NS}">{items}</sst>'.encode()


def as_excel(data, *more):
    """Return the file with its texts where Excel has them, and more of them."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    sheet, texts = "xl/worksheets/sheet1.xml", []

    def number(found):
        texts.append(found[1])
        return f't="s"><v>{len(texts) - 1}</v>'

    parts[sheet] = INLINE.sub(number, parts[sheet])
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace("</Types>", PLACE)
    return zipped(**parts, **{PART: shared(*texts, *more)})


def test_a_table_that_excel_has_saved_is_read(db, tmp_path):
    make_basics()
    assert problems(run(as_excel(xlsx_file(NEW)), tmp_path)) == []
    assert Offer.objects.get().summary_de == "Reden und Kaffee."


def test_texts_are_read_as_openpyxl_reads_them():
    part = shared(
        *("<t>Café</t>", '<t xml:space="preserve"> a\n</t>', "<t/>", "", "<t>_x005F_x000D_</t>"),
        "<r><rPr><b/></rPr><t>Offener </t></r><r><t>Treff</t></r>",
        '<t>東京</t><rPh sb="0" eb="1"><t>yomi</t></rPh><phoneticPr fontId="1"/>',
    )
    expected = read_string_table(io.BytesIO(part))
    assert expected[5:] == ["Offener Treff", "東京"]
    assert exchange_cells.shared_texts(io.BytesIO(part)) == expected


def test_every_row_may_have_other_texts_in_all_its_columns():
    assert MOST_ROWS * len(all_columns()) < exchange_cells.MOST_TEXTS


def test_too_many_texts_are_refused_before_they_are_read(db, tmp_path, monkeypatch):
    make_basics()
    data = as_excel(xlsx_file(NEW), *["<t>x</t>"] * 40)
    monkeypatch.setattr(exchange_cells, "MOST_MARKS", 300)
    assert run(data, tmp_path, dry_run=True).new == 1
    monkeypatch.setattr(exchange_cells, "iterparse", None)
    monkeypatch.setattr(exchange_cells, "MOST_MARKS", 190)
    assert run(data, tmp_path).refused == "Die Datei wird beim Öffnen zu groß."


@pytest.mark.parametrize("part", [shared(*[""] * 101), shared("<t/>" * 101), shared("<r>" * 101)])
def test_small_nodes_are_not_collected_without_limit(monkeypatch, part):
    monkeypatch.setattr(exchange_cells, "MOST_TEXTS", 100)
    monkeypatch.setattr(exchange_cells, "MOST_PARTS", 100)
    with pytest.raises(Refused, match="zu groß"):
        exchange_cells.shared_texts(io.BytesIO(part))


def test_nothing_but_the_texts_is_kept():
    part = io.BytesIO(shared(*["<t/>"] * 20_000))
    tracemalloc.start()
    try:
        exchange_cells.shared_texts(part)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


FORMULA = "<f>1+1</f><v></v>"  # as openpyxl writes it: never calculated


def test_of_a_formula_only_its_value_counts(db, tmp_path):
    make_basics()
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Angebote")
    sheet.append([*NEW, "Quelle"])
    text = WriteOnlyCell(sheet, "=1+1")
    text.data_type = "s"
    sheet.append([*NEW.values(), text])
    sheet.append([*NEW.values(), "=1+1"])
    data = with_sheet(saved(book), FORMULA, "<f>1+1</f><v>2</v>")
    assert run(data, tmp_path).new == 2
    assert list(Offer.objects.order_by("pk").values_list("source", flat=True)) == ["=1+1", "2"]


@pytest.mark.parametrize("blank", ["<f>1+1</f><v></v>", "<f>1+1</f><v/>", "<f>1+1</f>"])
def test_a_formula_without_a_result_is_named(db, tmp_path, blank):
    make_basics()
    data = xlsx_file({**NEW, "Telefon": "06431/296-0"}, {**NEW, "Telefon": "=1+1"})
    assert run(with_sheet(data, FORMULA, blank), tmp_path).refused == (
        "In E3 steht eine Formel ohne Ergebnis. Bitte in Excel öffnen, speichern und noch einmal "
        "hochladen."
    )
    data = with_sheet(with_sheet(data, FORMULA, blank), ' r="E3"', "")
    assert "In E3 steht" in run(data, tmp_path).refused


def test_a_heading_without_a_result_is_named(db, tmp_path):
    assert "In E1 steht" in run(xlsx_file({**NEW, "=1+1": None}), tmp_path).refused


@pytest.mark.parametrize("value", ["<v></v>", "<v/>"])
def test_a_blank_text_is_a_result(db, tmp_path, value):
    make_basics()
    data = xlsx_file({**NEW, "Telefon": "=1+1"})
    data = with_sheet(data, f'r="E2">{FORMULA}', f'r="E2" t="str"><f>""</f>{value}')
    assert run(data, tmp_path).new == 1


def test_formulas_outside_of_the_table_stop_nothing(db, tmp_path):
    make_basics()
    book = book_of(NEW)
    book["Angebote"]["H2"] = book["Angebote"]["H9"] = "=COUNTA(A:A)"
    book.create_sheet("Notizen", 0).append(["Titel", "Themen", "=1+1"])
    report = run(saved(book), tmp_path)
    assert (report.total, report.stored) == (1, True)
