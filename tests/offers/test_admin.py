"""Staff edit offers in the admin: each is complete before it is public, and nothing gets lost."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from contacts.models import SpokenLanguage
from offers.models import Offer, Organisation, SearchText
from tests.admin_forms import errors, form_data
from tests.factories import (
    make_area,
    make_contact,
    make_municipality,
    make_offer,
    make_organisation,
)
from tests.offers.staff import (  # noqa: F401  fixtures
    ADD,
    LIST,
    change,
    editor_client,
    organisation,
    texts,
    topic,
)

NO_WAY = "So kann niemand das Angebot erreichen."


def new_offer(client, organisation, topic, **changes):
    values = {
        "title_de": "Café für alle",
        "summary_de": "Reden und Kaffee trinken.",
        "organisation": organisation.pk,
        "topics": [topic.pk],
    }
    return form_data(client, ADD, **values | changes)


def test_an_editor_adds_an_offer_with_places_hours_and_dates(editor_client, organisation, topic):
    town = make_municipality()
    data = new_offer(
        editor_client,
        organisation,
        topic,
        published="on",
        municipalities=[town.pk],
        spoken_languages=[SpokenLanguage.objects.create(code="ar").pk],
        **{"places-0-street": "Hauptstraße 1", "places-0-municipality": town.pk},
        **{"hours-0-weekday": "0", "hours-0-opens": "9:00", "hours-0-closes": "12:00"},
        **{"exceptions-0-first_day": "24.12.2026"},
        **{"dates-0-starts": "2026-09-01T10:00", "dates-0-ends": "2026-09-01T11:30"},
    )
    response = editor_client.post(ADD, data, follow=True)
    offer = Offer.objects.get()
    assert offer.slug == "cafe-fuer-alle"
    assert [str(place) for place in offer.places.all()] == ["Hauptstraße 1, Musterstadt"]
    assert [str(hours) for hours in offer.hours.all()] == ["Montag 09:00–12:00"]
    assert [str(day) for day in offer.exceptions.all()] == ["24.12.2026"]
    assert [str(date) for date in offer.dates.all()] == ["01.09.2026 10:00"]
    assert 'href="/de/angebote/cafe-fuer-alle/"' in texts(response)
    assert SearchText.objects.get(offer=offer, language="de").title == " cafe fur alle "
    assert offer.history.latest().history_user.username == "anna"


def test_a_draft_needs_no_way_to_get_in_touch_and_is_not_linked(editor_client, organisation, topic):
    data = new_offer(editor_client, organisation, topic)
    response = editor_client.post(ADD, data, follow=True)
    assert not Offer.objects.get().published
    assert "/de/angebote/" not in texts(response)


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("title_de", "zwingend erforderlich"),
        ("summary_de", "zwingend erforderlich"),
        ("organisation", "zwingend erforderlich"),
        ("topics", "zwingend erforderlich"),
    ],
)
def test_what_every_offer_needs_is_asked_for(editor_client, organisation, topic, field, message):
    data = new_offer(editor_client, organisation, topic, what_to_bring_de="Ein Stift")
    del data[field]
    response = editor_client.post(ADD, data)
    assert message in " ".join(errors(response)[field])
    assert "Ein Stift" in response.content.decode()
    assert not Offer.objects.exists()


def test_the_form_of_one_offer_deletes_nothing_that_others_need(editor_client, organisation):
    html = editor_client.get(ADD).content.decode()
    assert 'id="change_id_organisation"' in html
    assert 'id="delete_id_' not in html


def test_a_public_offer_without_any_way_to_get_in_touch_is_refused(
    editor_client, organisation, topic
):
    data = new_offer(editor_client, organisation, topic, published="on", cost_note_de="2 Euro")
    html = editor_client.post(ADD, data).content.decode()
    assert NO_WAY in html
    assert "2 Euro" in html
    assert not Offer.objects.exists()


@pytest.mark.parametrize(
    "way",
    [
        {"phone": "06431/296-1"},
        {"email": "a@example.org"},
        {"web": "https://example.org/"},
        {"registration_link": "https://example.org/"},
        {"places-0-street": "Hauptstraße 1"},
    ],
)
def test_one_way_to_get_in_touch_is_enough(editor_client, organisation, topic, way):
    data = new_offer(editor_client, organisation, topic, published="on", **way)
    assert editor_client.post(ADD, data).status_code == 302


def test_what_others_are_reached_by_counts_as_well(editor_client, organisation, topic):
    area = make_area()
    make_contact(slug="im-bereich", areas=[area])
    ways = [
        {"contact": make_contact().pk},
        {"area": area.pk},
        {"organisation": make_organisation(name="Amt", phone="115").pk},
    ]
    for number, way in enumerate(ways):
        data = new_offer(editor_client, organisation, topic, title_de=f"Angebot {number}") | way
        data["published"] = "on"
        assert editor_client.post(ADD, data).status_code == 302


def test_a_contact_whom_nobody_sees_is_no_way_to_get_in_touch(editor_client, organisation, topic):
    make_contact(slug="andere")
    hidden_only = make_area(slug="versteckt")
    hidden = make_contact(slug="versteckt", published=False, areas=[hidden_only])
    yesterday = timezone.localdate() - timedelta(days=1)
    gone = make_contact(slug="gegangen", valid_to=yesterday)
    ways = [{"contact": hidden.pk}, {"contact": gone.pk}]
    for way in [*ways, {"area": make_area().pk}, {"area": hidden_only.pk}]:
        data = new_offer(editor_client, organisation, topic, published="on") | way
        assert NO_WAY in editor_client.post(ADD, data).content.decode()
    soon = make_contact(slug="bald", valid_from=timezone.localdate() + timedelta(days=9))
    data |= {"contact": soon.pk}
    assert editor_client.post(ADD, data).status_code == 302


def test_a_secret_place_is_no_way_to_get_in_touch(editor_client, organisation, topic):
    values = {"confidential_address": "on", "places-0-street": "Geheime Straße 1"}
    data = new_offer(editor_client, organisation, topic, published="on", **values)
    assert NO_WAY in editor_client.post(ADD, data).content.decode()
    data["phone"] = "06431/296-1"
    response = editor_client.post(ADD, data, follow=True)
    assert "Die Adresse ist geheim" in texts(response)


def test_a_town_alone_is_no_way_to_get_in_touch(editor_client, organisation, topic):
    data = new_offer(editor_client, organisation, topic, published="on")
    data |= {"places-0-city": "Elz", "places-0-postal_code": "65604"}
    assert NO_WAY in editor_client.post(ADD, data).content.decode()
    data["places-0-name"] = "Bürgerhaus"
    assert editor_client.post(ADD, data).status_code == 302


def test_the_last_place_cannot_be_deleted_when_it_is_the_only_way(editor_client, topic):
    offer = make_offer(phone="", topics=[topic], places=[{"street": "Hauptstraße 1"}])
    data = form_data(editor_client, change(offer), **{"places-0-DELETE": "on"})
    assert NO_WAY in editor_client.post(change(offer), data).content.decode()
    assert offer.places.count() == 1


def test_all_that_ends_before_it_begins_is_said_at_once(editor_client, organisation, topic):
    wrong = {"age_from": "50", "age_to": "20", "valid_from": "2.1.2027", "valid_to": "1.1.2027"}
    found = errors(editor_client.post(ADD, new_offer(editor_client, organisation, topic, **wrong)))
    assert found["age_to"] == ["Das Alter „bis“ ist kleiner als „von“."]
    assert found["valid_to"] == ["Das Ende liegt vor dem Anfang."]


def test_bad_hours_are_explained_and_nothing_is_lost(editor_client, organisation, topic):
    hours = {"hours-0-weekday": "0", "hours-0-opens": "12:00", "hours-0-closes": "9:00"}
    data = new_offer(editor_client, organisation, topic, **hours)
    html = editor_client.post(ADD, data).content.decode()
    assert "Das Ende liegt vor dem Anfang." in html
    assert 'value="12:00"' in html
    assert not Offer.objects.exists()


def stored(offer):
    """Return all that is stored of it, apart from when."""
    parts = (Offer.objects, offer.hours, offer.dates)
    return [[row | {"modified": None} for row in rows.values()] for rows in parts]


def test_saving_an_unchanged_form_changes_nothing(editor_client, topic):
    offer = make_offer(
        topics=[topic],
        places=[{"street": "Hauptstraße 1"}],
        hours=[{"weekday": 0, "opens": "09:00", "closes": "12:00"}],
    )
    offer.dates.create(starts="2026-09-01T10:00Z", ends="2026-09-01T11:00Z")
    before = stored(offer)
    data = form_data(editor_client, change(offer))
    assert editor_client.post(change(offer), data).status_code == 302
    assert stored(offer) == before
    assert offer.dates.get().history.count() == 1


def test_the_form_offers_tables_before_the_other_languages(editor_client, topic):
    html = editor_client.get(change(make_offer(topics=[topic]))).content.decode()
    assert html.index("hours-TOTAL_FORMS") < html.index("Arabisch (العربية): 0 von 2 Texten")
    assert html.index("Vorschau, wie zuletzt") < html.index('name="title_de"')


def test_an_organisation_leads_to_its_offers(editor_client, organisation, topic):
    make_offer(organisation=organisation)
    make_offer(organisation=make_organisation(name="Andere"), title_de="Anderes")
    url = reverse("admin:offers_organisation_change", args=[organisation.pk])
    link = f"{LIST}?organisation={organisation.pk}"
    for page in (url, "/verwaltung/offers/organisation/"):
        assert f'<a href="{link}">1 Angebot</a>' in editor_client.get(page).content.decode()
    html = editor_client.get(link).content.decode()
    assert "Deutschkurs" in html
    assert "Anderes" not in html
    data = form_data(editor_client, url, city="Weilburg")
    assert editor_client.post(url, data).status_code == 302
    assert Organisation.objects.get(pk=organisation.pk).city == "Weilburg"
