"""Offers as a table: out, changed, and back in."""

import datetime
import io
import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from openpyxl import load_workbook

from contacts.models import SpokenLanguage
from languages.models import Origin
from offers.exchange_export import export_csv, safe
from offers.exchange_run import OfferImport
from offers.exchange_workbook import export_template, export_xlsx
from offers.models import Offer, OfferHours, Place, SearchText
from tests.factories import make_municipality, make_offer, make_organisation, make_topic
from tests.offers.tables import (
    NEW,
    csv_file,
    make_basics,
    problems,
    rows_of,
    run,
    xlsx_file,
)


def exported(write=export_xlsx):
    file = io.BytesIO()
    write(Offer.objects.order_by("pk"), file)
    return file.getvalue()


def full_offer():
    """An offer with something in every kind of column, and with texts that are hard to carry."""
    make_basics()
    town = make_municipality(name="Limburg", slug="limburg")
    offer = make_offer(
        title_de="=1+1",
        slug="alles",
        summary_de="'=kein Befehl\nzweite; Zeile",
        how_it_works_de="<ol><li><p>Kommen &amp; gehen</p></li></ol>",
        what_to_bring_de="- Pass\n- Foto",
        phone="+49 6431 2960",
        title_en="+One",
        summary_ar="العربية",
        age_from=0,
        women_only=True,
        residence_independent="yes",
        german_level="A1",
        interpreter="on_request",
        valid_to="2026-12-31",
        source="@Quelle",
    )
    offer.topics.set([make_topic(name_de="Arbeit", slug="arbeit")])
    offer.municipalities.set([town])
    offer.spoken_languages.set([SpokenLanguage.objects.create(code="ar")])
    Place.objects.create(offer=offer, street="Weg 1", postal_code="01067", municipality=town)
    OfferHours.objects.create(offer=offer, weekday=0, opens="09:00", closes="12:00")
    offer.refresh_from_db()
    return offer


@pytest.mark.parametrize("write", [export_xlsx, export_csv])
def test_an_exported_file_changes_nothing_when_it_comes_back(db, tmp_path, write):
    full_offer()
    make_offer(title_de="Noch eines", slug="noch-eines")
    report = run(exported(write), tmp_path)
    assert (report.refused, problems(report), report.rows) == ("", [], [])
    assert report.unchanged == report.total == 2
    assert Offer.history.filter(history_change_reason__isnull=False).count() == 0


@pytest.mark.parametrize("write", [export_xlsx, export_csv])
def test_everything_survives_the_way_into_an_empty_database(db, tmp_path, write):
    before = full_offer()
    data = exported(write)
    before.delete()
    report = run(data, tmp_path)
    assert (report.refused, problems(report), report.new) == ("", [], 1)
    after = Offer.objects.get(uuid=before.uuid)
    fields = [f for f in Offer._meta.concrete_fields if f.name not in ("id", "modified")]
    columns = [f.attname for f in fields]
    assert {c: getattr(after, c) or "" for c in columns} == {
        c: getattr(before, c) or "" for c in columns
    }
    assert [str(topic) for topic in after.topics.all()] == ["Arbeit"]
    assert after.places.get().postal_code == "01067"
    assert str(after.hours.get()) == "Montag 09:00–12:00"


def test_no_exported_cell_is_a_formula(db):
    full_offer()
    book = load_workbook(io.BytesIO(exported()))
    kinds = {cell.data_type for row in book["Angebote"].iter_rows() for cell in row}
    assert "f" not in kinds
    assert rows_of(exported())[0]["Titel"] == "'=1+1"
    cells = re.findall(r'(?:^|;)"?([^;"]*)', exported(export_csv).decode("utf-8-sig"), re.M)
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]


def test_a_text_copied_out_of_a_pdf_can_be_exported(db):
    make_offer(title_de="Bera\ufffetung", slug="beratung", summary_de="Für alle.\uffff")
    assert rows_of(exported())[0]["Titel"] == "Beratung"
    assert "\ufffe" not in exported(export_csv).decode()


@pytest.mark.parametrize("start", [*"=+-@\t\r", "'=", "''@"])
def test_a_spreadsheet_runs_nothing_whatever_a_text_begins_with(start):
    assert safe(f"{start}1", "csv") == f"'{start}1"


def test_languages_without_a_text_have_no_columns(db):
    full_offer()
    make_offer(title_de="Noch eines", slug="noch-eines", title_uk="Ще")
    file = io.BytesIO()
    export_csv(Offer.objects.filter(slug="alles"), file)
    headings = file.getvalue().decode("utf-8-sig").split("\n")[0]
    assert "Kurz gesagt (en)" in headings and "Titel (ar)" in headings
    assert "(uk)" not in headings and "(tr)" not in headings
    assert "Titel (uk)" in rows_of(exported())[0]


def test_a_secret_address_is_not_exported(db):
    offer = full_offer()
    Offer.objects.filter(pk=offer.pk).update(confidential_address=True)
    row = rows_of(exported())[0]
    assert [value for heading, value in row.items() if heading.startswith("Ort: ") and value] == []
    assert "Weg 1" not in exported(export_csv).decode()


def test_the_template_names_every_column_and_can_be_read(db, tmp_path):
    make_basics()
    file = io.BytesIO()
    export_template(file)
    book = load_workbook(file)
    assert book.sheetnames == ["Angebote", "Hinweise"]
    headings = [cell.value for cell in book["Angebote"][1]]
    explained = [row[0] for row in book["Hinweise"].iter_rows(values_only=True)]
    assert set(headings) <= set(explained)
    book["Angebote"].append([NEW.get(heading) for heading in headings])
    filled = io.BytesIO()
    book.save(filled)
    assert run(filled.getvalue(), tmp_path).new == 1


def test_a_new_row_becomes_an_unpublished_offer(db, tmp_path):
    make_basics()
    row = {
        **NEW,
        "So geht es": "Anrufen\nKommen",
        "sichtbar bis": datetime.date(2026, 12, 31),
        "Kosten": "Kostenlos",
        "Öffnungszeiten": "Mo-Mi 9-12; Fr 14:00-16:30 Uhr",
        "Ort: PLZ": 65549,
        "Titel (en)": "Language café",
    }
    report = run(xlsx_file(row), tmp_path)
    offer = Offer.objects.get()
    assert (report.new, report.stored, offer.published) == (1, True, False)
    assert (offer.slug, offer.cost) == ("sprachcafe", "free")
    assert offer.valid_to == datetime.date(2026, 12, 31)
    assert offer.how_it_works_de == "<ol><li><p>Anrufen</p></li><li><p>Kommen</p></li></ol>"
    assert [hours.weekday for hours in offer.hours.all()] == [0, 1, 2, 4]
    assert offer.places.get().postal_code == "65549"
    assert offer.translations.get().origin == Origin.IMPORT


@pytest.mark.parametrize(
    ("typed", "days"),
    [
        ("Mo 8-9", [0]),
        ("montags 8-9 Uhr", [0]),
        ("Mo, Mi und Fr 8 bis 9", [0, 2, 4]),
        ("Sa/So 8.00-9.00", [5, 6]),
        ("Täglich: 8-9", [*range(7)]),
    ],
)
def test_days_are_read_as_people_write_them(db, tmp_path, typed, days):
    make_basics()
    assert run(xlsx_file({**NEW, "Öffnungszeiten": typed}), tmp_path).stored
    found = Offer.objects.get().hours.values_list("weekday", "opens", "closes")
    assert list(found) == [(day, datetime.time(8), datetime.time(9)) for day in days]


def versions(offer):
    """Return the history of an offer and of all that belongs to it, without what must differ."""
    differs = ("id", "offer_id", "object_id", "uuid", "slug")
    stored = (offer, offer.translations.get(), offer.hours.get(), offer.places.get())
    return [
        {
            name: value
            for name, value in row.items()
            if name not in differs and (name == "history_type" or "history" not in name)
        }
        for thing in stored
        for row in thing.history.values()
    ]


@pytest.mark.both_databases
def test_reading_in_stores_the_same_as_saving_one_by_one(db, tmp_path, staff, clock):
    clock(datetime.date(2026, 3, 4))
    make_basics()
    more = {"Titel (en)": "Café", "Öffnungszeiten": "Mo 9:00-12:00", "Ort: Straße": "Weg 1"}
    run(xlsx_file({**NEW, **more}), tmp_path, user=staff)
    read = Offer.objects.get()
    saved = Offer(title_de=NEW["Titel"], summary_de=NEW["Kurz gesagt"], title_en="Café", slug="b")
    saved.organisation = read.organisation
    saved.save(origin=Origin.IMPORT)
    saved.hours.create(weekday=0, opens="09:00", closes="12:00")
    saved.places.create(street="Weg 1")
    assert versions(read) == versions(saved)
    assert read.translations.get().source == NEW["Titel"]
    texts = SearchText.objects.values_list("language", "title", "text").order_by("language")
    assert list(texts.filter(offer=read)) == list(texts.filter(offer=saved))
    version = read.history.get()
    assert (version.history_user, version.history_change_reason) == (staff, "angebote.xlsx")
    assert [row.topic.slug for row in version.topics.all()] == ["deutsch-lernen"]


@pytest.mark.both_databases
def test_a_translation_without_its_german_is_read_in_as_well(db, tmp_path):
    make_basics()
    report = run(xlsx_file({**NEW, "Was mitbringen (en)": "Passport"}), tmp_path)
    assert (report.refused, report.stored) == ("", True)
    row = Offer.objects.get().translations.get()
    assert (row.field, row.source, row.origin) == ("what_to_bring", "", Origin.IMPORT)


@pytest.mark.both_databases
def test_the_history_tells_which_place_a_file_took_away(db, tmp_path):
    offer = full_offer()
    row = {"id": str(offer.uuid), "Ort: Straße": "[leer]", "Ort: PLZ": "[leer]"}
    run(xlsx_file({**row, "Ort: Kommune": "[leer]"}), tmp_path)
    assert not offer.places.exists()
    gone = Place.history.get(offer_id=offer.pk, history_type="-")
    assert (gone.street, gone.postal_code, gone.municipality.name) == ("Weg 1", "01067", "Limburg")


@pytest.mark.both_databases
def test_blank_cells_change_nothing_and_a_word_clears(db, tmp_path):
    offer = full_offer()
    Offer.objects.update(email="a@example.org")
    row = {"id": str(offer.uuid), "Titel": "Neu", "Kurz gesagt": "", "Telefon": "[leer]"}
    more = {"Öffnungszeiten": "[Leer]", "Kommunen": "[leer]", "Titel (en)": "[leer]"}
    report = run(xlsx_file({**row, **more, "Ort: Straße": "[leer]"}), tmp_path)
    offer = Offer.objects.get()
    assert (report.changed, problems(report)) == (1, [])
    assert (offer.title_de, offer.phone) == ("Neu", "")
    assert offer.summary_de == "'=kein Befehl\nzweite; Zeile"
    assert (offer.hours.count(), offer.municipalities.count()) == (0, 0)
    assert (offer.places.get().street, offer.text("title", "en")) == ("", "")
    assert not offer.translations.filter(field="title", language="en").exists()
    assert offer.translations.filter(field="summary", language="ar").exists()
    assert " neu " in SearchText.objects.get(offer=offer, language="de").title
    assert ("Titel", "=1+1", "Neu") in report.rows[0].cells
    assert offer.history.first().history_change_reason == "angebote.xlsx"


def test_a_date_of_the_check_in_a_table_is_the_editors_own(db, tmp_path):
    make_basics()
    offer = make_offer(verified_on="2026-01-01", verified_source="organisation")
    run(csv_file({"id": offer.uuid, "geprüft am": "01.02.2026"}), tmp_path)
    offer.refresh_from_db()
    assert (str(offer.verified_on), offer.verified_source) == ("2026-02-01", "editors")
    assert offer.history.first().verified_source == "editors"


def test_a_row_of_an_offer_that_is_gone_says_that_it_makes_a_new_one(db, tmp_path):
    offer = full_offer()
    row = {"id": str(offer.uuid), "Titel": "Neu"}
    assert run(csv_file(row), tmp_path).warnings == []
    data = exported()
    offer.delete()
    gone = "Diese id gibt es nicht oder nicht mehr: Es entsteht ein neues Angebot."
    report = run(data, tmp_path, dry_run=True)
    assert [(w.line, w.message) for w in report.warnings] == [(2, gone)]
    make_offer(title_de="Neu", slug="neu")
    report = run(data, tmp_path)
    assert (report.new, report.stored) == (1, True)
    assert [w.message.split(" Zum ")[0] for w in report.warnings] == [
        gone,
        "„Neu“ gibt es bei dieser Organisation schon.",
    ]


def test_equal_titles_in_one_file_get_addresses_of_their_own(db, tmp_path):
    make_basics()
    run(csv_file(NEW, NEW, NEW), tmp_path)
    slugs = Offer.objects.order_by("slug").values_list("slug", flat=True)
    assert list(slugs) == ["sprachcafe", "sprachcafe-2", "sprachcafe-3"]


def test_a_dry_run_stores_nothing(db, tmp_path):
    make_basics()
    report = run(csv_file(NEW), tmp_path, dry_run=True)
    assert (report.new, report.can_be_stored, Offer.objects.count()) == (1, True, 0)


def test_what_somebody_changed_after_the_check_is_not_overwritten(db, tmp_path):
    make_basics()
    path = tmp_path / "table.csv"
    path.write_bytes(csv_file(NEW))
    done = OfferImport(path, "table.csv")
    for line in done.run(dry_run=False):
        if "geprüft" in line:
            make_organisation(name="Neu", slug="neu")
    assert "Inzwischen hat jemand etwas geändert" in done.report.refused
    assert not Offer.objects.exists()


def test_the_command_reads_a_file_in(db, tmp_path):
    make_basics()
    path = tmp_path / "angebote.csv"
    path.write_bytes(csv_file(NEW))
    out = StringIO()
    call_command("importoffers", path, dry_run=True, stdout=out)
    assert "1 von 1 Zeilen geprüft" in out.getvalue() and not Offer.objects.exists()
    call_command("importoffers", path, stdout=out)
    assert "Eingelesen: 1 neu (davon sofort öffentlich: 0)" in out.getvalue()
    assert "neu herunterladen" in out.getvalue() and Offer.objects.exists()
    call_command("importoffers", path, dry_run=True, stdout=out)
    assert "Zeile 2: „Sprachcafé“ gibt es bei dieser Organisation schon." in out.getvalue()
    path.write_bytes(csv_file({**NEW, "Organisation": "Vereim"}))
    with pytest.raises(CommandError, match="nichts eingelesen"):
        call_command("importoffers", path, stdout=out)
    assert "Zeile 2, Organisation: „Vereim“ gibt es hier nicht. Meinen Sie „Verein“?" in (
        out.getvalue()
    )
