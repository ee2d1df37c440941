"""The public pages of the overview, by real requests."""

import re
import sqlite3
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from contacts.models import ContactPerson
from languages.models import Translation
from offers.models import (
    Municipality,
    Offer,
    Organisation,
    SearchTerm,
    TargetGroup,
    Topic,
)
from tests.factories import make_contact, make_full_offer, make_offer, make_organisation
from tests.pages import read
from wirportal import views

pytestmark = pytest.mark.both_databases


def titles(page):
    return [text for attributes, text in page.all("h3")]


def test_topics_are_the_way_in_with_their_numbers(client, starter):
    page = read(client, "/de/angebote/")
    links = {a["href"]: text for a, text in page.all("a")}
    for topic in Topic.objects.all():
        text = f"{topic.name_de} ({topic.offers.count()})"
        assert links[f"/de/angebote/?thema={topic.slug}"] == text
    assert "Migrationsberatung (1)" in links.values()
    assert "Notfall (0)" in links.values()


def test_a_topic_shows_who_advises_on_it(client, starter):
    assert "Meliha Delalic" in read(client, "/de/angebote/?thema=wohnen").one("main")[1]
    topic = Topic.objects.get(slug="wohnen")
    topic.contact = ContactPerson.objects.get(slug="marie-ostermann")
    topic.save()
    page = read(client, "/de/angebote/?thema=wohnen").one("main")[1]
    assert "Marie Ostermann" in page
    assert "Meliha Delalic" not in page


def test_an_empty_overview_is_honest(client, starter):
    Offer.objects.all().delete()
    assert "Noch ist kein Angebot eingetragen." in read(client, "/de/angebote/").one("main")[1]
    read(client, "/de/partner/")


@pytest.mark.parametrize(
    "query",
    [
        "thema=gibt-es-nicht",
        "ort=%00",
        "sprache=%F0%9F%98%80",
        "kostenlos=vielleicht",
        "offen=0",
        "thema=wohnen&thema=notfall",
        "q=" + "x" * 10_000,
        "q=%00%00",
        "q=%22a%22+OR+NEAR(",
        "q=*&ort=elz",
        "unbekannt=1",
    ],
)
@pytest.mark.parametrize("path", ["/de/angebote/", "/fa/angebote/", "/de/partner/"])
def test_whatever_stands_in_the_address_the_page_answers(client, starter, path, query):
    assert client.get(f"{path}?{query}").status_code == 200


@pytest.mark.parametrize("number", ["0", "-1", "2", "x", "99999999999999999999", "١", "1.5", ""])
@pytest.mark.parametrize(
    "path", ["/de/angebote/", "/de/partner/", "/de/partner/landkreis-limburg-weilburg/"]
)
def test_a_page_that_does_not_exist_is_a_friendly_404(client, starter, path, number):
    response = client.get(f"/de/{path}?seite={number}")
    assert response.status_code == 404
    assert "Diese Seite gibt es nicht" in response.content.decode()


def test_the_list_turns_pages_and_keeps_what_was_chosen(client, starter):
    for number in range(45):
        make_offer(title_de=f"Treff {number:02}", slug=f"treff-{number}", women_only=True)
    first = read(client, "/de/angebote/?frauen=1")
    assert len(titles(first)) == 20
    assert first.one("a", rel="next")[0]["href"] == "?frauen=1&seite=2"
    last = read(client, "/de/angebote/?frauen=1&seite=3")
    assert titles(last) == [f"Treff {number}" for number in range(40, 45)]
    assert last.one("a", rel="prev")[0]["href"] == "?frauen=1&seite=2"
    switch = {a["href"] for a, _text in last.all("a", lang="ar")}
    assert "/ar/angebote/?frauen=1&seite=3" in switch


def test_a_list_names_each_town_once_and_none_where_that_is_secret(client, starter):
    """As the offer itself would: by its municipality, else as staff wrote it."""
    elz = Municipality.objects.get(slug="elz")
    places = [{"municipality": elz, "city": "Malmeneich"}] * 2 + [{"city": "Wetzlar"}, {}]
    make_offer(title_de="Offen", slug="offen", places=places)
    make_offer(title_de="Geheim", slug="geheim", places=places, confidential_address=True)
    cards = client.get("/de/angebote/?seite=1").content.decode().split('class="card offer"')[1:]
    [secret] = [card for card in cards if "/geheim/" in card]
    [known] = [card for card in cards if "/offen/" in card]
    assert re.findall(r"<li><bdi[^>]*>([^<]*)</bdi>", known)[1:] == ["Elz", "Wetzlar"]
    assert re.findall(r"<li><bdi[^>]*>([^<]*)</bdi>", secret)[1:] == []
    assert Offer.objects.get(slug="offen").towns == ["Elz", "Wetzlar"]


def test_only_topics_and_first_pages_are_for_search_engines(client, starter):
    def is_indexed(query):
        page = read(client, f"/de/angebote/{query}")
        return not page.all("meta", name="robots") and bool(page.all("link", rel="canonical"))

    assert is_indexed("")
    assert is_indexed("?thema=wohnen")
    assert not is_indexed("?thema=wohnen&ort=elz")
    assert not is_indexed("?q=wohnen")


def test_an_offer_shows_all_that_is_known_and_nothing_that_is_not(client, starter):
    offer = make_full_offer()
    text = read(client, f"/de/angebote/{offer.slug}/").one("main")[1]
    for known in ("Rathaus", "Hauptstraße 1, Elz", "Ausweis", "Spenden sind willkommen.", "Büro"):
        assert known in text
    assert "von 6 bis 99 Jahren" in text
    assert "Geprüft am" in text
    bare = make_offer(title_de="Wenig bekannt", slug="wenig", phone="")
    text = read(client, f"/de/angebote/{bare.slug}/").one("main")[1]
    for unknown in (
        "Kosten",
        "Anmeldung",
        "Kinderbetreuung",
        "nicht bekannt",
        "geschlossen",
        "Wo?",
    ):
        assert unknown not in text
    assert "noch nicht geprüft" in text


def test_a_secret_address_is_nowhere(client, starter):
    offer = make_full_offer(confidential_address=True)
    for path in ("/de/angebote/offener-treff/", "/de/angebote/?q=Treff", "/ar/angebote/?ort=elz"):
        html = client.get(path).content.decode()
        assert "Hauptstraße" not in html
        assert "Rathaus" not in html
    calendar = client.get("/de/angebote/offener-treff.ics").content.decode()
    assert "BEGIN:VEVENT" in calendar
    assert "Hauptstra" not in calendar
    assert "Die Adresse ist geheim" in read(client, offer.get_absolute_url()).one("main")[1]


def test_the_contact_persons_of_an_area_are_linked_not_copied(client, starter):
    ContactPerson.objects.filter(slug="meliha-delalic").update(phone="06431/296-999")
    page = read(client, "/de/angebote/wir-fallmanagement/")
    assert page.all("a", href="tel:+496431296999")


def test_who_has_left_is_replaced_by_the_contact_persons_of_the_area(client, starter):
    gone = make_contact(last_name="Fort", phone="06431/296-1", published=False)
    Offer.objects.filter(slug="wir-fallmanagement").update(contact=gone)
    page = read(client, "/de/angebote/wir-fallmanagement/")
    assert "Fort" not in page.one("main")[1]
    assert page.all("a", href="tel:+496431296321")
    offer = Offer.objects.get(slug="wir-fallmanagement")
    service = client.get(f"/api/hsds/v3/services/{offer.uuid}").json()
    assert "Meliha Delalic" in [person["name"] for person in service["contacts"]]


def test_where_the_contact_person_has_no_number_the_organisation_is_called(client, starter):
    organisation = make_organisation(phone="06431/296-0")
    contact = make_contact(phone="", email="a@example.org")
    make_offer(slug="treff", phone="", organisation=organisation, contact=contact)
    assert read(client, "/de/angebote/treff/").all("a", href="tel:+4964312960")
    ContactPerson.objects.filter(pk=contact.pk).update(phone="06431/296-5")
    assert read(client, "/de/angebote/treff/").all("a", href="tel:+4964312965")


def test_a_closed_offer_says_so_and_shows_no_hours_of_today(client, starter):
    until = timezone.localdate() + timedelta(days=3)
    make_full_offer(closed=True, closed_until=until, closed_reason_de="Umbau.")
    text = read(client, "/de/angebote/offener-treff/").one("main")[1]
    assert "Vorübergehend geschlossen bis" in text
    assert "Umbau." in text
    assert "Heute" not in text
    Offer.objects.update(closed_until=timezone.localdate() - timedelta(days=1))
    assert "geschlossen bis" not in read(client, "/de/angebote/offener-treff/").one("main")[1]


def test_no_date_is_shown_on_which_an_offer_is_closed(client, starter):
    now = timezone.now()
    until = timezone.localdate() + timedelta(days=3)
    offer = make_offer(slug="kurs", closed=True, closed_until=until)
    for days in (2, 5):
        starts = now + timedelta(days=days)
        offer.dates.create(starts=starts, ends=starts + timedelta(hours=1))
    dates = read(client, "/de/angebote/kurs/").all("li")
    years = [text for _attributes, text in dates if re.search(r"\d{4}: von ", text)]
    assert len(years) == 1
    offer.closed_until = None
    offer.save()
    assert "Einzelne Termine" not in read(client, "/de/angebote/kurs/").one("main")[1]


@pytest.mark.parametrize("values", [{"published": False}, {"valid_to": "2020-01-01"}])
def test_what_is_not_public_is_not_there(client, starter, values):
    make_full_offer(**values)
    assert client.get("/de/angebote/offener-treff/").status_code == 404
    assert client.get("/de/angebote/offener-treff.ics").status_code == 404


def test_the_network_lists_partners_by_kind_and_municipality(client, starter):
    elz = Offer.objects.first().organisation.municipality
    make_organisation(name="TV Muster", slug="tv", kind="sports", municipality=elz)
    make_organisation(name="Helferkreis", slug="helfer", kind="volunteers")
    make_organisation(name="Geheim", slug="geheim", kind="sports", published=False)
    assert titles(read(client, "/de/partner/?art=sports")) == ["TV Muster"]
    assert titles(read(client, f"/de/partner/?art=sports&ort={elz.slug}")) == ["TV Muster"]
    assert titles(read(client, "/de/partner/?art=volunteers&ort=elz")) == []
    assert client.get("/de/partner/geheim/").status_code == 404
    make_offer(organisation=Organisation.objects.get(slug="tv"), title_de="Fußball", slug="fu")
    assert titles(read(client, "/de/partner/tv/")) == ["Fußball"]


def test_lists_are_in_the_order_of_the_german_alphabet(client, starter):
    names = ["Arbeit", "Ärztenetz", "azubis", "Öffnung", "Ofen", "straßenfest", "Zebra"]
    in_order = ["Arbeit", "Ärztenetz", "azubis", "Ofen", "Öffnung", "straßenfest", "Zebra"]
    for number, name in enumerate(reversed(names)):
        last = make_organisation(name=name, slug=f"verein-{number}", kind="sports")
    for number, name in enumerate(reversed(names)):
        make_offer(organisation=last, title_de=name, slug=f"angebot-{number}", women_only=True)
    assert titles(read(client, "/de/partner/?art=sports")) == in_order
    assert titles(read(client, f"/de/partner/{last.slug}/")) == in_order
    assert titles(read(client, "/de/angebote/?frauen=1")) == in_order


def test_texts_of_offers_are_marked_like_all_others(client, starter):
    page = read(client, "/ar/angebote/wir-koordination/")
    assert page.all("p", **{"class": "note"})
    Translation.objects.filter(field="summary", language="ar").delete()
    Offer.objects.filter(slug="wir-koordination").update(summary_ar=None)
    page = read(client, "/ar/angebote/wir-koordination/")
    assert any("Migrationsgeschichte" in text for _, text in page.all("span", lang="de", dir="ltr"))


def test_structured_data_names_provider_and_languages(client, starter):
    make_full_offer()
    html = client.get("/de/angebote/offener-treff/").content.decode()
    data = re.search(r'<script type="application/ld\+json">(.*?)</script>', html)[1]
    assert '"@type":"Service"' in data
    assert '"availableLanguage":["ar","de"]' in data
    assert '"price":0' in data
    assert '"areaServed":[{"@type":"AdministrativeArea","name":"Elz"}]' in data
    Offer.objects.filter(slug="offener-treff").update(whole_district=True)
    html = client.get("/de/angebote/offener-treff/").content.decode()
    assert '"areaServed":[{"@type":"AdministrativeArea","name":"Landkreis Limburg-W' in html
    make_offer(slug="ohne-ort")
    assert "areaServed" not in client.get("/de/angebote/ohne-ort/").content.decode()


@pytest.mark.parametrize(
    ("path", "limit"),
    [
        ("angebote/", 15),
        ("angebote/?thema=frauen-gewaltschutz&ort=elz&kostenlos=1", 15),
        ("angebote/?q=Sprachkruse", 15),
        ("angebote/EXAMPLE/", 25),
        ("partner/", 12),
    ],
)
def test_the_number_of_queries_does_not_grow(
    client, starter, capsys, django_assert_max_num_queries, path, limit
):
    call_command("sampledata", 80)
    slug = Offer.objects.filter(published=True, title_de__startswith="Beispiel").first().slug
    path = path.replace("EXAMPLE", slug)
    client.get(f"/ar/{path}")  # makes the overview, once for all pages
    with django_assert_max_num_queries(limit):
        assert client.get(f"/ar/{path}").status_code == 200


def test_an_offer_for_everyone_stands_with_every_group(client, starter):
    make_offer(target_groups=TargetGroup.objects.filter(slug="alle"), title_de="Für alle", slug="a")
    assert "Für alle" in titles(read(client, "/de/angebote/?gruppe=familien"))


def test_everyone_is_no_group_to_choose_but_can_be_taken_back(client, starter):
    make_offer(target_groups=TargetGroup.objects.filter(slug="alle"), title_de="Für alle", slug="a")
    page = client.get("/de/angebote/").content.decode()
    assert 'value="familien"' in page
    assert 'value="alle"' not in page
    chosen = client.get("/de/angebote/?gruppe=alle").content.decode()
    assert '<option value="alle" selected>' in chosen


def test_the_street_of_an_organisation_with_a_secret_offer_is_not_shown(client, starter):
    path = "/de/partner/landkreis-limburg-weilburg/"
    assert "Schiede 43" in read(client, path).one("main")[1]
    make_full_offer(confidential_address=True)
    assert "Schiede 43" not in read(client, path).one("main")[1]


def test_a_large_sitemap_comes_in_parts(client, starter, monkeypatch):
    monkeypatch.setattr(views, "PAGES_IN_A_SITEMAP", 20)
    index = client.get("/sitemap.xml").content.decode()
    parts = re.findall(r"<loc>http://testserver(.*?)</loc>", index)
    assert parts == ["/sitemap.xml?teil=1", "/sitemap.xml?teil=2"]
    found = [re.findall(r"<loc>(.*?)</loc>", client.get(part).content.decode()) for part in parts]
    assert len(found[0]) + len(found[1]) == 35 * 11
    assert client.get("/sitemap.xml?teil=3").status_code == 404
    assert client.get("/sitemap.xml?teil=x").status_code == 404


def test_the_front_page_shows_topics_and_not_all_offers(client, starter):
    for number in range(6):
        make_offer(title_de=f"Treff {number}", slug=f"treff-{number}")
    assert "Treff 1" not in read(client, "/de/angebote/").one("main")[1]
    assert "Treff 1" in titles(read(client, "/de/angebote/?seite=1"))


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL locks rows, not the file")
def test_a_search_is_not_delayed_by_another_writer(client, starter, transactional_db):
    with sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        assert client.get("/de/angebote/?q=unauffindbares").status_code == 200
        other.execute("ROLLBACK")
    assert not SearchTerm.objects.exists()
    client.get("/de/angebote/?q=unauffindbares")
    assert SearchTerm.objects.get().number == 1
