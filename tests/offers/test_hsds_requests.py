"""Open data: pages, parameters, what is new, and what cannot be answered."""

import csv
import io
import json
from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from offers.models import Offer, Organisation
from tests.factories import make_languages, make_offer, make_organisation
from tests.offers.open_data import LISTS, ROOT, contents, get, text_of
from tests.offers.tables import csv_file, run

DAY = timedelta(days=1)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def german(db):
    make_languages("de")


def make_offers(number):
    return [make_offer(title_de=f"Kurs {n}", slug=f"kurs-{n}") for n in range(number)]


def age():
    """Let all that there is be old."""
    for model in (Offer, Organisation):
        model.objects.update(modified=LONG_AGO)


@pytest.mark.both_databases
def test_the_pages_together_have_every_offer_once(client, german):
    wanted = {str(offer.uuid) for offer in make_offers(7)}
    pages = [get(client, f"/services?per_page=3&page={number}") for number in (1, 2, 3)]
    found = [one["id"] for page in pages for one in page["contents"]]
    assert (len(found), set(found)) == (7, wanted)
    states = [(p["total_items"], p["total_pages"], p["size"], p["last_page"]) for p in pages]
    assert states == [(7, 3, 3, False), (7, 3, 3, False), (7, 3, 1, True)]
    get(client, "/services?per_page=3&page=4", 404)
    assert get(client, "/services?per_page=99999")["size"] == 7
    empty = get(client, "/services?organization_id=00000000-0000-4000-8000-000000000000")
    assert (empty["total_items"], empty["total_pages"], empty["empty"]) == (0, 0, True)


@pytest.mark.both_databases
def test_locations_of_both_kinds_are_paged_as_one_list(client, german):
    owner = make_organisation(street="Weg 1", city="Ort")
    make_organisation(slug="zwei", street="Weg 2", city="Ort")
    make_offer(organisation=owner, places=[{"street": f"Weg {n}"} for n in range(3, 6)])
    found = [contents(client, f"/locations?per_page=2&page={number}") for number in (1, 2, 3)]
    streets = [one["addresses"][0]["address_1"] for page in found for one in page]
    assert streets == ["Weg 3", "Weg 4", "Weg 5", "Weg 1", "Weg 2"]
    assert len(text_of(client, f"{ROOT}/locations?format=ndjson").splitlines()) == 5


def test_no_page_is_too_long(client, german, monkeypatch):
    monkeypatch.setattr("offers.hsds.views.MOST_FULL", 2)
    make_offers(3)
    assert get(client, "/services?full=true&per_page=500")["size"] == 2
    assert get(client, "/services?per_page=500")["size"] == 3


MISTAKES = [
    *(("page", text) for text in ("abc", "0", "-1", "1.5", "²", "9" * 5000)),
    *(("per_page", text) for text in ("x", "0")),
    *(("full", "vielleicht"), ("format", "xml"), ("language", "klingonisch"), ("proximity", "5")),
    *(("taxonomy_term_id", "1"), ("taxonomy_id", "%00"), ("organization_id", "' OR 1=1")),
    *(
        ("modified_after", text)
        for text in ("gestern", "2026-13-45", "0001-01-01", "9999-12-31T23:59", "1", "%00")
    ),
]


@pytest.mark.both_databases
@pytest.mark.parametrize(("name", "text"), MISTAKES)
def test_a_mistake_is_explained_in_german_and_english(client, german, name, text):
    lists = (
        ["services", "service_at_locations"] if name != "proximity" else ["service_at_locations"]
    )
    for path in lists:
        response = client.get(f"{ROOT}/{path}?{name}={text}")
        assert response.status_code == 400
        assert response.headers["Content-Type"] == "application/problem+json"
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        german, english = json.loads(response.content)["detail"].split(" / ")
        assert name in german and name in english


@pytest.mark.both_databases
def test_what_is_not_there_is_a_404_in_json(client, german):
    make_offers(1)
    nobody = "00000000-0000-4000-8000-000000000000"
    for path in (
        f"/services?page={10**17}",
        "/nichts",
        "/services/",
        *(f"/{n}/{nobody}" for n in LISTS),
    ):
        assert " / " in get(client, path, 404)["detail"]
    for path in LISTS:
        get(client, f"/{path}/keine-uuid", 400)
        get(client, f"/{path}/{'f' * 32}", 404)
        get(client, f"/{path}/{nobody}%00", 400)


def test_a_broken_database_is_told_in_json(monkeypatch, german):
    from django.db import OperationalError

    def broken(*arguments, **options):
        raise OperationalError

    monkeypatch.setattr("offers.hsds.views.services_by_id", broken)
    response = Client(raise_request_exception=False).get(f"{ROOT}/services")
    assert (response.status_code, response.headers["Cache-Control"]) == (503, "no-store")
    assert " / " in json.loads(response.content)["detail"]


@pytest.mark.both_databases
def test_what_is_new_is_found_by_its_time(client, german):
    offers = make_offers(4)
    age()
    assert get(client, "/services?modified_after=2020-01-01T00:00:00Z")["total_items"] == 4
    assert get(client, "/services?modified_after=2020-01-01T00:00:01Z")["empty"]
    offers[0].translate("title", "ar", "دورة")
    Offer.objects.filter(pk=offers[1].pk).update(phone="110")
    for text in ("2025-01-01", "2025-01-01T10:00:00.5+02:00", "2025-01-01T10:00:00%2B02:00"):
        found = contents(client, f"/services?modified_after={text}")
        assert {one["id"] for one in found} == {str(offer.uuid) for offer in offers[:2]}
        assert all(one["last_modified"] > "2025" for one in found)
    old = get(client, f"/services/{offers[3].uuid}")
    assert old["last_modified"] == "2020-01-01T00:00:00Z"
    assert len(contents(client, "/services?minimal=true&modified_after=2025-01-01")) == 2
    offers[0].organisation.save()
    found = contents(client, "/services?modified_after=2025-01-01")
    assert len(found) == 4 and found[3]["last_modified"] > "2025"


@pytest.mark.both_databases
def test_the_day_that_an_offer_comes_up_or_reopens_counts(client, german):
    up, again, still = make_offers(3)
    today = timezone.localdate()
    Offer.objects.filter(pk=up.pk).update(valid_from=today)
    Offer.objects.filter(pk=again.pk).update(closed=True, closed_until=today - DAY)
    Offer.objects.filter(pk=still.pk).update(closed=True, closed_until=today)
    age()
    midnight = timezone.make_aware(datetime.combine(today, time.min)).astimezone(UTC)
    found = contents(client, f"/services?modified_after={midnight:%Y-%m-%dT%H:%M:%SZ}")
    assert {one["id"] for one in found} == {str(up.uuid), str(again.uuid)}
    assert {one["last_modified"] for one in found} == {f"{midnight:%Y-%m-%dT%H:%M:%SZ}"}
    later = midnight + timedelta(seconds=1)
    assert get(client, f"/services?modified_after={later:%Y-%m-%dT%H:%M:%SZ}")["empty"]


def test_a_table_that_is_read_in_counts_as_an_edit(client, german, tmp_path):
    offer = make_offers(2)[0]
    age()
    report = run(csv_file({"id": str(offer.uuid), "Telefon": "06431/296-1"}), tmp_path)
    assert report.refused == ""
    assert [one["id"] for one in contents(client, "/services?modified_after=2025-01-01")] == [
        str(offer.uuid)
    ]


@pytest.mark.both_databases
def test_a_search_finds_the_best_first_and_only_what_else_is_asked_for(client, german):
    make_organisation()
    owner = make_organisation(slug="andere", name="Sportverein")
    best = make_offer(title_de="Schwimmen", slug="a", places=[{"street": "Weg 1"}])
    make_offer(title_de="Kurs", summary_de="Auch Schwimmen.", slug="b")
    own = make_offer(title_de="Schwimmen für alle", slug="c", organisation=owner)
    make_offer(title_de="Lesen", slug="d")
    found = contents(client, "/services?search=schwimmen")
    assert [one["name"] for one in found] == ["Schwimmen", "Schwimmen für alle", "Kurs"]
    assert [
        one["name"] for one in contents(client, "/services?search=schwimmen&page=3&per_page=1")
    ] == ["Kurs"]
    [found] = contents(client, f"/services?search=schwimmen&organization_id={owner.uuid}")
    assert found["id"] == str(own.uuid)
    assert get(client, "/services?search=gibtesnicht")["empty"]
    [link] = contents(client, "/service_at_locations?search=schwimmen")
    assert link["service_id"] == str(best.uuid)
    assert get(client, "/service_at_locations?postcode=99999")["empty"]
    assert [one["name"] for one in contents(client, "/organizations?search=sport")] == [
        "Sportverein"
    ]
    assert len(text_of(client, f"{ROOT}/services?search=schwimmen&format=ndjson").splitlines()) == 3


def test_all_at_once_is_one_entry_a_line_and_only_for_a_few_at_a_time(client, german, monkeypatch):
    monkeypatch.setattr("offers.hsds.answers.CHUNK", 2)
    make_offers(5)
    text = text_of(client, f"{ROOT}/services?format=ndjson&full=true")
    assert [json.loads(line)["name"] for line in text.splitlines()] == [
        f"Kurs {n}" for n in range(5)
    ]
    waiting = [client.get(f"{ROOT}/services?format=ndjson") for _ in range(2)]
    refused = client.get("/api/angebote.csv")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    assert all(response.getvalue() for response in waiting)
    assert text_of(client, f"{ROOT}/services?format=ndjson").count("\n") == 5


@pytest.mark.parametrize("path", ["/api/angebote.csv", f"{ROOT}/services?format=ndjson"])
def test_what_is_sent_as_it_is_written_fails_as_all_else_without_a_database(german, path):
    make_offer()

    def away(execute, sql, *arguments):
        if '"offers_offer"' in sql:
            raise OperationalError
        return execute(sql, *arguments)

    client = Client(raise_request_exception=False)
    for _time in range(4):  # a failure leaves its place to others
        with connection.execute_wrapper(away):
            assert client.get(path).status_code == 503
    assert "Deutschkurs" in text_of(client, path)


def test_the_table_has_no_formula_and_nothing_internal(client, german):
    make_offer(title_de='=HYPERLINK("x")', source="intern", verified_by="intern", phone="110")
    text = text_of(client, "/api/angebote.csv")
    assert text.startswith("\ufeffid;Titel;")
    [row] = csv.DictReader(io.StringIO(text[1:]), delimiter=";")
    assert row["Titel"] == '\'=HYPERLINK("x")'
    assert row["Organisation"] == "Musterverein"
    assert not {"Quelle", "geprüft von (intern)", "wieder prüfen am", "Kontaktperson"} & row.keys()
    assert "intern" not in text


def test_what_is_not_known_is_empty_in_the_table(client, german):
    make_offer(women_only=True, step_free="no")
    [row] = csv.DictReader(io.StringIO(text_of(client, "/api/angebote.csv")[1:]), delimiter=";")
    assert (row["nur für Frauen"], row["ohne Stufen erreichbar"]) == ("ja", "nein")
    assert [name for name, cell in row.items() if cell == "nein"] == [
        "ohne Stufen erreichbar",
        "vorübergehend geschlossen",
    ]


def test_the_calendar_has_the_dates_to_come_of_all_offers(client, german):
    for number, offer in enumerate(make_offers(3)):
        start = timezone.now() + (3 - number) * DAY
        offer.dates.create(starts=start, ends=start + timedelta(hours=1))
        offer.dates.create(starts=start - 9 * DAY, ends=start - 8 * DAY)
    calendar = Calendar.from_ical(text_of(client, "/api/termine.ics"))
    events = calendar.walk("VEVENT")
    assert [event["summary"] for event in events] == ["Kurs 2", "Kurs 1", "Kurs 0"]
    assert events[0]["url"] == "http://testserver/de/angebote/kurs-2/"


def test_the_description_names_every_address_and_parameter(client, full_site):
    described = get(client, "/openapi.json")
    about = get(client, "/")
    assert about["version"] == "3.0"
    assert about["openapi_url"] == f"http://testserver{ROOT}/openapi.json"
    assert client.get(about["profile"].removeprefix("http://testserver")).status_code == 200
    for path, operation in described["paths"].items():
        for parameter in operation["get"].get("parameters", []):
            name = parameter.get("$ref", "/").rpartition("/")[2]
            assert not name or name in described["components"]["parameters"]
        if "{id}" not in path:
            get(client, path)
    assert {f"/{name}" for name in LISTS} <= described["paths"].keys()
