"""Open data: what is in it, and what never is."""

from datetime import datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts.models import SpokenLanguage
from languages.models import Origin
from offers.hsds.ids import number_of, numbered
from offers.models import Offer, Organisation, Topic
from tests.factories import (
    make_area,
    make_contact,
    make_languages,
    make_municipality,
    make_offer,
    make_organisation,
    make_programme,
    make_topic,
)
from tests.offers.open_data import ENVELOPE, LISTS, REQUIRED, contents, everything, get, things

DAY = timedelta(days=1)
SECRET = "STRENG-GEHEIM"


@pytest.mark.both_databases
def test_every_entry_has_what_the_standard_requires(client, full_site):
    Organisation.objects.update(street="Schiede 43", postal_code="65549", city="Limburg")
    seen = set()
    for name in LISTS:
        for language in ("de", "ar"):
            page = get(client, f"/{name}?full=true&per_page=100&language={language}")
            assert {key: type(value) for key, value in page.items()} == ENVELOPE
            assert page["contents"]
            for kind, thing in things(page["contents"], name):
                seen.add(kind)
                assert set(REQUIRED[kind]) <= thing.keys(), (kind, thing)
                unknown = [key for key, value in thing.items() if value in (None, "", [])]
                assert kind == "addresses" or not unknown, (kind, thing)
            for entry in page["contents"]:
                assert get(client, f"/{name}/{entry['id']}?language={language}") == entry
    assert seen == set(REQUIRED)


def test_a_full_offer_is_told_in_full(client, full_site):
    offer = Offer.objects.get(slug="offener-treff")
    found = get(client, f"/services/{offer.uuid}")
    assert found["name"] == "Offener Treff"
    assert found["status"] == "active"
    assert found["page"] == "http://testserver/de/angebote/offener-treff/"
    assert found["url"] == "https://treff.example.org/"
    assert (found["minimum_age"], found["maximum_age"]) == (6, 99)
    assert found["assured_date"] == str(timezone.localdate())
    assert "assurer_email" not in found
    assert found["organization"]["id"] == found["organization_id"] == str(offer.organisation.uuid)
    assert found["phones"][0]["number"] == "+4964312960"
    assert found["application_process"].startswith("Kommen Sie vorbei.\n")
    assert found["cost_options"][0]["amount"] == 0
    assert found["required_documents"][0]["document"] == "Ausweis"
    assert {one["code"] for one in found["languages"]} == {"de", "ar"}
    assert [one["name"] for one in found["service_areas"]] == ["Elz"]
    assert [one["title"] for one in found["contacts"]] == ["Büro"]
    location = found["service_at_locations"][0]["location"]
    assert location["name"] == "Rathaus"
    assert location["addresses"][0]["address_1"] == "Hauptstraße 1"
    assert location["addresses"][0]["postal_code"] == ""
    assert [one["details"] for one in location["accessibility"]] == ["ja"]
    terms = {one["taxonomy_term"]["code"] for one in found["attributes"]}
    assert terms == {"begegnung", "frauen-gewaltschutz", "familien", "online"}
    for one in found["attributes"]:
        assert get(client, f"/taxonomy_terms/{one['taxonomy_term_id']}") == one["taxonomy_term"]


def test_hours_are_rules_dates_are_days_and_closed_days_have_no_hours(client, full_site):
    offer = Offer.objects.get(slug="offener-treff")
    offer.dates.create(starts=timezone.now() - 2 * DAY, ends=timezone.now() - DAY)
    offer.exceptions.create(first_day=timezone.localdate() - DAY)
    offer.hours.create(weekday=5, opens=time(14), closes=time(16))
    weekly, saturday, closed, single, arranged = get(client, f"/services/{offer.uuid}")["schedules"]
    assert (weekly["freq"], weekly["byday"]) == ("WEEKLY", "MO,TU,WE,TH,FR")
    # As the clocks go at nine, which is not always as they go now.
    ahead = f"{timezone.make_aware(datetime.combine(timezone.localdate(), time(9))):%z}"
    assert weekly["opens_at"] == f"09:00{ahead[:3]}:{ahead[3:]}"
    assert saturday["byday"] == "SA"
    assert closed["valid_from"] == closed["valid_to"] == str(timezone.localdate() + DAY)
    assert closed["description"] == "geschlossen: Ferien"
    assert "opens_at" not in closed
    assert single["dtstart"] == str(timezone.localdate() + DAY)
    assert single["count"] == 1
    assert set(arranged) == {"id", "description"}


def test_a_date_within_a_closing_is_not_offered(client, full_site):
    offer = Offer.objects.get(slug="offener-treff")
    again = timezone.now() + 9 * DAY
    offer.dates.create(starts=again, ends=again + timedelta(hours=1))
    until = timezone.localdate() + 8 * DAY
    Offer.objects.filter(pk=offer.pk).update(closed=True, closed_until=until)
    found = get(client, f"/services/{offer.uuid}")
    assert found["status"] == "temporarily closed"
    dates = [one["dtstart"] for one in found["schedules"] if one.get("count") == 1]
    assert dates == [str(timezone.localdate(again))]


def hide(offer, **place):
    """Give an offer everything that nobody may know."""
    offer.source = offer.verified_by = SECRET
    offer.save()
    today = timezone.localdate()
    offer.exceptions.create(first_day=today, last_day=today + DAY, reason="illness")
    offer.dates.create(starts=timezone.now() + DAY, ends=timezone.now() + 2 * DAY)
    offer.places.create(**{"name": SECRET, "street": f"{SECRET} 7", "city": SECRET} | place)
    return offer


@pytest.mark.both_databases
def test_nothing_secret_internal_or_unpublished_leaves(client, db):
    make_languages("de")
    make_programme()
    house = make_organisation(street=f"{SECRET} 7", city="Musterstadt", postal_code="12345")
    safe = make_offer(title_de="Schutz", confidential_address=True, organisation=house)
    place = hide(safe).places.get()
    hidden = make_organisation(name=SECRET, slug="x", published=False, phone="06431/296-99")
    absent = make_contact(last_name=SECRET, slug="weg", published=False)
    gone = make_contact(last_name=SECRET, slug="alt", valid_to=timezone.localdate() - DAY)
    area = make_area()
    area.contacts.add(absent)
    make_offer(slug="a", organisation=hidden, contact=absent)
    make_offer(slug="b", organisation=house, contact=gone)
    make_offer(slug="c", organisation=house, area=area)
    tomorrow, yesterday = timezone.localdate() + DAY, timezone.localdate() - DAY
    for number, state in enumerate(
        ({"published": False}, {"valid_from": tomorrow}, {"valid_to": yesterday})
    ):
        values = {"title_de": SECRET, "summary_de": SECRET, "organisation": house} | state
        hide(make_offer(slug=f"weg-{number}", **values))
    text = everything(client)
    assert "Schutz" in text and "Musterverein" in text
    assert SECRET not in text and SECRET.lower() not in text.lower()
    assert "Krankheit" not in text and "illness" not in text
    assert "296-99" not in text and "29699" not in text
    for kind, path in (("location", "locations"), ("service at location", "service_at_locations")):
        for row in Offer.places.rel.related_model.objects.all():
            get(client, f"/{path}/{numbered(kind, row.pk)}", 404)
    get(client, f"/locations/{numbered('organization location', house.pk)}", 404)
    get(client, f"/organizations/{hidden.uuid}", 404)
    for offer in Offer.objects.filter(title_de=SECRET):
        get(client, f"/services/{offer.uuid}", 404)
    assert get(client, f"/services?organization_id={hidden.uuid}")["empty"]
    Offer.objects.filter(pk=safe.pk).update(confidential_address=False)
    assert get(client, f"/locations/{numbered('location', place.pk)}")["name"] == SECRET


def test_unknown_is_left_out(client, db):
    make_languages("de")
    make_offer(phone="", title_de="Nur ein Name")
    found = get(client, f"/services/{Offer.objects.get().uuid}")
    assert set(found) == {
        *("id", "name", "description", "status", "url", "page", "last_modified"),
        *("organization_id", "organization"),
    }


@pytest.mark.both_databases
def test_a_closed_offer_says_so_and_until_when(client, db):
    make_languages("de")
    offer = make_offer(closed=True, closed_until="2090-01-31", closed_reason_de="Umbau")
    found = get(client, f"/services/{offer.uuid}")
    assert found["status"] == "temporarily closed"
    assert found["alert"] == "Vorübergehend geschlossen (31.01.2090)\nUmbau"


def test_texts_come_in_the_language_asked_for_and_say_where_they_are_not(client, db):
    make_languages("de", "ar", "fa-af")
    offer = make_offer(what_to_bring_de="Pass", title_uk="Курс")
    offer.translate("title", "ar", "دورة", origin=Origin.MACHINE)
    offer.translate("summary", "ar", "تعلم", source="Etwas anderes.")
    found = get(client, f"/services/{offer.uuid}?language=ar")
    assert (found["name"], found["description"]) == ("دورة", "تعلم")
    assert found["required_documents"][0]["document"] == "Pass"
    assert found["translation"] == {
        "language": "ar",
        "still_german": ["required_documents"],
        "by_machine": ["name"],
        "outdated": ["description"],
    }
    assert found["page"].startswith("http://testserver/ar/")
    assert "translation" not in get(client, f"/services/{offer.uuid}")
    assert get(client, f"/services/{offer.uuid}?language=fa-AF")["name"] == "Deutschkurs"
    refused = get(client, f"/services/{offer.uuid}?language=uk", 400)
    assert "de, ar, fa-AF" in refused["detail"]


def test_contact_persons_are_those_of_the_page(client, db):
    make_languages("de")
    area = make_area()
    person = make_contact(areas=[area])
    other = make_contact(slug="andere", first_name="Anna")
    by_area = make_offer(area=area)
    by_contact = make_offer(slug="zwei", area=area, contact=other)
    for offer, name in ((by_area, "Erika Muster"), (by_contact, "Anna Muster")):
        [found] = get(client, f"/services/{offer.uuid}")["contacts"]
        assert (found["name"], found["title"]) == (name, "Beraterin")
        assert found["phones"][0]["number"] == "+4964312960"
    type(person).objects.update(published=False)
    assert "contacts" not in get(client, f"/services/{by_area.uuid}")


def many(numbers, topic, town):
    for number in numbers:
        owner = make_organisation(name=f"Verein {number}", slug=f"verein-{number}", street="Weg 1")
        offer = make_offer(
            slug=f"kurs-{number}",
            organisation=owner,
            area=make_area(slug=f"bereich-{number}"),
            topics=[topic, make_topic(slug=f"thema-{number}")],
            municipalities=[town],
            spoken_languages=SpokenLanguage.objects.all(),
            places=[{"street": "Weg 1", "municipality": town}, {"city": "Ort"}],
            hours=[{"weekday": 0, "opens": time(9), "closes": time(12)}],
        )
        make_contact(slug=f"person-{number}", areas=[offer.area])


@pytest.mark.both_databases
def test_more_rows_are_not_more_queries(client, db):
    make_languages("de", "ar")
    topic, town = make_topic(), make_municipality()
    SpokenLanguage.objects.create(code="ar")
    many([0, 1], topic, town)
    paths = [f"/{name}?language=ar&full=true" for name in LISTS]
    paths += ["/services", "/services?minimal=true", "/organizations?full_service=true"]
    paths += [f"/services?taxonomy_term_id={topic.uuid}&modified_after=2020-01-01"]
    before = {path: queries(client, path) for path in paths}
    many(range(2, 9), topic, town)
    assert {path: queries(client, path) for path in paths} == before
    assert max(before.values()) <= 20


def queries(client, path):
    """Return how many a path takes in a process that has answered it before."""
    get(client, path)
    with CaptureQueriesContext(connection) as seen:
        assert contents(client, path)
    return len(seen)


def test_identifiers_last_and_lead_back(settings, db):
    settings.SITE_URL = "https://wir.example.org"
    assert str(numbered("location", 7)) == str(numbered("location", 7))
    assert number_of("location", numbered("location", 7)) == 7
    assert number_of("service at location", numbered("location", 7)) is None
    assert numbered("location", 7).version == 8
    assert len({numbered(kind, pk) for kind in ("a", "b") for pk in range(50)}) == 100


def test_terms_are_found_by_their_taxonomy_and_name(client, full_site):
    topics, groups, properties = contents(client, "/taxonomies")
    found = get(client, f"/taxonomy_terms?taxonomy_id={topics['id']}&per_page=100")
    assert found["total_items"] == Topic.objects.count()
    assert [one["code"] for one in contents(client, "/taxonomy_terms?search=WOHNEN")] == ["wohnen"]
    assert get(client, f"/taxonomy_terms?parent_id={topics['id']}")["empty"]
    online = next(
        one
        for one in contents(client, f"/taxonomy_terms?taxonomy_id={properties['id']}")
        if one["code"] == "online"
    )
    Offer.objects.exclude(slug="offener-treff").delete()
    for query in (f"taxonomy_term_id={online['id']}", f"taxonomy_id={groups['id']}"):
        assert get(client, f"/services?{query}")["total_items"] == 1
        assert get(client, f"/service_at_locations?{query}")["total_items"] == 1
    assert get(client, f"/services?taxonomy_id={online['id']}")["empty"]
