"""What people write into a table of offers, and how it is understood."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.forms import modelform_factory

from contacts.models import SpokenLanguage
from languages.fields import RichTextField
from offers.exchange_values import RichText
from offers.models import Offer
from tests.factories import make_offer, make_organisation, make_topic
from tests.offers.tables import NEW, csv_file, make_basics, problems, run, xlsx_file
from tests.offers.test_exchange_refused import with_sheet


@pytest.mark.parametrize(
    ("delimiter", "encoding"),
    [(";", "utf-8-sig"), (",", "utf-8"), ("\t", "utf-8"), (";", "cp1252"), ("\t", "utf-16")],
)
def test_csv_is_read_as_spreadsheets_write_it(db, tmp_path, delimiter, encoding):
    make_basics()
    row = {**NEW, "Titel": "  Café für Mütter; und Väter, alle ", "veröffentlicht": "JA"}
    row["Telefon"] = "06431/296-0"
    report = run(csv_file(row, delimiter=delimiter, encoding=encoding), tmp_path)
    assert (report.refused, problems(report)) == ("", [])
    assert Offer.objects.get(published=True).title_de == "Café für Mütter; und Väter, alle"


@pytest.mark.parametrize(
    "value",
    ["31.12.2026", "2026-12-31", "2026-12-31 00:00:00", datetime.datetime(2026, 12, 31)],
)
def test_dates_are_read_in_every_usual_form(db, tmp_path, value):
    make_basics()
    run(xlsx_file({**NEW, "sichtbar bis": value}), tmp_path)
    assert Offer.objects.get().valid_to == datetime.date(2026, 12, 31)


def test_of_a_text_in_parts_no_part_is_lost(db, tmp_path):
    """As Excel writes it: one word bold, and how Japanese is read above it."""
    make_basics()
    parts = "<r><rPr><b/></rPr><t>Offener </t></r><r><t>Treff</t></r>"
    parts += '<rPh sb="0" eb="1"><t>yomi</t></rPh>'
    data = xlsx_file({**NEW, "Titel": "Sprachtreff"})
    data = with_sheet(data, "<t>Sprachtreff</t>", parts)
    assert problems(run(data, tmp_path)) == []
    assert Offer.objects.get().title_de == "Offener Treff"


@pytest.mark.parametrize("title", ["Rock'n'-Roll", "Mode 'à la'+Café", "'s Café"])
def test_an_apostrophe_of_a_text_stays(db, tmp_path, title):
    make_basics()
    run(csv_file({**NEW, "Titel": title}), tmp_path)
    assert Offer.objects.get().title_de == title


def test_what_does_not_belong_into_one_line_is_taken_out(db, tmp_path):
    make_basics()
    row = {**NEW, "Titel": "Offener\n  Treff\x07", "Kurz gesagt": "Eins\x1f.\nZwei."}
    row |= {"Telefon": "06431\n296-0", "Titel (en)": "Open\ndoor"}
    assert problems(run(csv_file(row), tmp_path)) == []
    offer = Offer.objects.get()
    assert (offer.title_de, offer.text("title", "en")) == ("Offener Treff", "Open door")
    assert (offer.summary_de, offer.phone) == ("Eins.\nZwei.", "06431 296-0")


def as_the_form_sees(offer, **values):
    """Return the errors of the form of an offer for texts as a browser sends them."""
    form = modelform_factory(Offer, fields=list(values))(
        {name: text.replace("\n", "\r\n") for name, text in values.items()}, instance=offer
    )
    return list(form.errors.values())


@pytest.mark.parametrize("text", ["x" * 501, "Zeile\n" * 71 + "xxxx", "Zeile\n" * 71 + "xxx"])
@pytest.mark.parametrize(
    ("name", "heading"), [("summary_de", "Kurz gesagt"), ("summary_ar", "Kurz gesagt (ar)")]
)
def test_a_text_is_as_long_as_its_form_allows(db, tmp_path, text, name, heading):
    offer = make_offer()
    expected = as_the_form_sees(offer, **{name: text})
    report = run(csv_file({"id": offer.uuid, heading: text}), tmp_path)
    assert [[message] for _line, _column, message in problems(report)] == expected
    assert report.stored == (not expected)


def test_a_rich_text_is_counted_with_its_marks_as_in_the_form(db):
    field = RichTextField(max_length=12)
    assert RichText(field).clean("Hallo") == "<p>Hallo</p>"
    with pytest.raises(ValidationError, match="besteht aus 13 Zeichen"):
        RichText(field).clean("Hallo!")
    with pytest.raises(ValidationError, match="besteht aus 13 Zeichen"):
        field.formfield().clean("<p>Hallo!</p>")


def test_a_long_text_from_before_stops_no_other_cell(db, tmp_path):
    offer = make_offer(summary_de="x" * 501)
    row = {"id": offer.uuid, "Kurz gesagt": offer.summary_de, "Telefon": "06431/296-1"}
    assert run(csv_file(row), tmp_path).changed == 1


def test_a_web_address_is_completed_as_in_the_form(db, tmp_path):
    make_basics()
    row = {**NEW, "Website": "www.beispiel.de", "Link zur Anmeldung": "http://beispiel.de/a"}
    assert problems(run(csv_file(row), tmp_path)) == []
    offer = Offer.objects.get()
    assert (offer.web, offer.registration_link) == (
        "https://www.beispiel.de",
        "http://beispiel.de/a",
    )
    row = {"id": str(offer.uuid), "Website": "www.beispiel.de"}
    assert run(csv_file(row), tmp_path).unchanged == 1


def test_names_may_be_separated_by_commas_when_all_are_known(db, tmp_path):
    make_basics()
    make_topic(name_de="Wohnen", slug="wohnen")
    make_topic(name_de="Wohnen, Miete", slug="miete")
    run(csv_file({**NEW, "Themen": "Wohnen, Deutsch lernen"}), tmp_path)
    topics = Offer.objects.get().topics.all()
    assert {topic.slug for topic in topics} == {"wohnen", "deutsch-lernen"}
    run(csv_file({**NEW, "Titel": "B", "Themen": "Wohnen, Miete; Deutsch lernen"}), tmp_path)
    topics = Offer.objects.get(title_de="B").topics.all()
    assert {topic.slug for topic in topics} == {"miete", "deutsch-lernen"}
    report = run(csv_file({**NEW, "Themen": "Wohnen, Golf"}), tmp_path)
    assert "„Wohnen, Golf“ gibt es hier nicht." in problems(report)[0][2]
    report = run(csv_file({**NEW, "Themen": ","}), tmp_path)
    assert "„,“ gibt es hier nicht." in problems(report)[0][2]


def test_the_same_new_rows_again_are_named_but_not_refused(db, tmp_path):
    make_basics()
    make_organisation(name="Anderer", slug="anderer")
    assert run(csv_file(NEW), tmp_path).warnings == []
    again = {**NEW, "Titel": "SPRACHCAFE"}
    other = {**NEW, "Organisation": "Anderer"}
    report = run(csv_file(again, other, other, {**NEW, "Titel": "Chor"}), tmp_path)
    assert [warning.line for warning in report.warnings] == [2, 4]
    assert report.warnings[0].message == (
        "„SPRACHCAFE“ gibt es bei dieser Organisation schon. Zum Ändern bitte die "
        "heruntergeladene Tabelle mit der Spalte „id“ nehmen."
    )
    assert (report.warning_count, report.new, report.stored) == (2, 4, True)


def test_the_report_counts_what_is_public_at_once(db, tmp_path):
    make_basics()
    public = {**NEW, "Telefon": "06431/296-0", "veröffentlicht": "ja", "sichtbar bis": ""}
    rows = [public, {**public, "Titel": "B", "sichtbar bis": "31.12.2020"}, {**NEW, "Titel": "C"}]
    report = run(csv_file(*rows), tmp_path)
    assert (report.new, report.public) == (3, 1) == (3, Offer.objects.published().count())


def test_machine_names_and_codes_are_understood(db, tmp_path):
    make_basics()
    SpokenLanguage.objects.create(code="ar")
    row = {
        "title_de": "Kurs",
        "summary": "Kurz.",
        "organisation": "verein",
        "topics": "deutsch-lernen",
        "spoken_languages": "ar",
        "title_fa_af": "دری",
    }
    assert problems(run(csv_file(row), tmp_path)) == []
    assert Offer.objects.get().spoken_languages.get().code == "ar"
    assert Offer.objects.get().text("title", "fa-af") == "دری"
