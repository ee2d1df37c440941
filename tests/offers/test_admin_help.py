"""The admin helps: it says what is wrong and where, and deletes nothing that is in use."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from offers.models import Offer, SearchTerm, Topic
from tests.admin_forms import form_data
from tests.factories import (
    make_municipality,
    make_offer,
    make_organisation,
    make_target_group,
    make_topic,
)
from tests.offers.staff import ADD, LIST, change, editor_client, texts, topic  # noqa: F401

HOURS = {"weekday": 0, "opens": "09:00", "closes": "16:30"}


def found(client, query):
    rows = client.get(LIST, {"q": query}).context["cl"].result_list
    return sorted(offer.title_de for offer in rows)


@pytest.mark.parametrize(
    "query",
    [
        *("ärztliche", "ÄRZTLICHE", "aerztliche Hilfe", "hauptstr", "Weilburg"),
        *("064312960", "+49 6431 296-0", "0049 (6431) 2960", "06471 12", "tafel"),
    ],
)
def test_an_offer_is_found_however_it_is_written(editor_client, query):
    tafel = make_organisation(name="Tafel", phone="06471/1234")
    make_offer(title_de="Anderes", phone="115", organisation=make_organisation(name="Amt"))
    make_offer(
        title_de="Ärztliche Hilfe",
        organisation=tafel,
        places=[{"street": "Hauptstraße 1", "city": "Weilburg"}] * 2,
    )
    assert found(editor_client, query) == ["Ärztliche Hilfe"]


@pytest.mark.parametrize("query", ["", "  ", "!!", "+", "()", "0049"])
def test_a_search_without_words_does_no_harm(editor_client, query):
    make_offer()
    assert found(editor_client, query) in (["Deutschkurs"], [])
    assert found(editor_client, "") == ["Deutschkurs"]


@pytest.mark.parametrize("number", ["9" * 30, "²", "-1", "999999"])
def test_an_unknown_municipality_narrows_nothing_down(editor_client, number):
    make_offer(municipalities=[make_municipality()])
    rows = editor_client.get(LIST, {"kommune": number}).context["cl"].result_list
    assert len(rows) == 1


def test_who_may_see_no_offers_is_not_told_which_there_are(client, db):
    client.force_login(User.objects.create_user("gast", is_staff=True))
    for pk in (make_offer().pk, 999):
        assert client.get(reverse("admin:offer_preview", args=[pk, "de"])).status_code == 403


@pytest.mark.parametrize(
    ("typed", "hour"),
    [
        ("9", "09:00"),
        ("16.15", "16:15"),
        ("14 Uhr", "14:00"),
        ("9:00", "09:00"),
        ("9.30 uhr", None),
    ],
)
def test_times_are_understood_as_they_are_typed(editor_client, topic, typed, hour):
    offer = make_offer(topics=[topic], hours=[HOURS])
    data = form_data(editor_client, change(offer), **{"hours-0-opens": typed})
    assert editor_client.post(change(offer), data).status_code == 302
    assert f"{offer.hours.get().opens:%H:%M}" == (hour or "09:30")
    assert f'value="{hour or "09:30"}"' in editor_client.get(change(offer)).content.decode()


@pytest.mark.parametrize("typed", ["25", "9:60", "früh", "9:5", "-1", "²", "24:00"])
def test_other_times_are_explained(editor_client, topic, typed):
    offer = make_offer(topics=[topic], hours=[HOURS])
    data = form_data(editor_client, change(offer), **{"hours-0-opens": typed})
    html = editor_client.post(change(offer), data).content.decode()
    assert "Bitte so schreiben: 9:00 oder 16:30." in html


def test_all_errors_are_listed_with_links(editor_client, topic):
    offer = make_offer(topics=[topic], hours=[HOURS])
    changes = {"title_de": "", "topics": [], "hours-0-opens": "x", "phone": "", "published": "on"}
    data = form_data(editor_client, change(offer), **changes)
    html = editor_client.post(change(offer), data).content.decode()
    listed = html.split('<ul class="all-errors">')[1].split("</ul>")[0]
    for name in ("id_title_de", "id_topics", "id_hours-0-opens"):
        assert f'href="#{name}"' in listed
        assert f'id="{name}"' in html
    assert "all-errors" not in editor_client.get(change(offer)).content.decode()
    data = form_data(editor_client, change(offer), phone="")
    html = editor_client.post(change(offer), data).content.decode()
    assert '<a href="#places-group">' in html
    assert html.count('name="_save"') == 2


def test_before_deleting_only_what_people_know_is_listed(editor_client, topic):
    offer = make_offer(topics=[topic], places=[{"street": "Hauptstraße 1"}])
    html = editor_client.get(reverse("admin:offers_offer_delete", args=[offer.pk])).content.decode()
    assert "Hauptstraße 1" in html
    for name in ("earch text", "Beziehung", "Offer_topics"):
        assert name not in html
    data = {"action": "delete_selected", "_selected_action": [offer.pk], "post": "yes"}
    editor_client.post(LIST, data)
    assert not Offer.objects.exists()


@pytest.mark.parametrize(
    ("model", "make", "relation"),
    [
        ("topic", make_topic, "topics"),
        ("targetgroup", make_target_group, "target_groups"),
        ("municipality", make_municipality, "municipalities"),
    ],
)
def test_what_offers_use_is_not_deleted(editor_client, model, make, relation):
    obj = make()
    url = f"/verwaltung/offers/{model}/"
    html = editor_client.get(f"{url}{obj.pk}/change/").content.decode()
    assert f'href="{url}{obj.pk}/delete/"' in html and "noch keine" in html
    offer = make_offer(**{relation: [obj]})
    make_offer(title_de="Anderes")
    html = editor_client.get(f"{url}{obj.pk}/change/").content.decode()
    assert f'href="{url}{obj.pk}/delete/"' not in html
    link = f"{LIST}?{relation}__id__exact={obj.pk}"
    assert f'<a href="{link}">1 Angebot</a>' in html
    assert [row.pk for row in editor_client.get(link).context["cl"].result_list] == [offer.pk]
    assert editor_client.post(f"{url}{obj.pk}/delete/", {"post": "yes"}).status_code == 403
    data = {"action": "delete_selected", "_selected_action": [obj.pk], "post": "yes"}
    editor_client.post(url, data)
    assert "delete_selected" not in editor_client.get(url).content.decode()
    assert type(obj).objects.filter(pk=obj.pk).exists()
    offer.delete()
    assert editor_client.post(f"{url}{obj.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not Topic.objects.filter(pk=obj.pk if model == "topic" else 0).exists()


@pytest.mark.parametrize(
    ("values", "place", "text"),
    [
        ({"published": False}, {}, "Die Organisation ist nicht veröffentlicht"),
        ({"street": "Weg 1"}, {"confidential_address": True}, "die Straße der Organisation nicht"),
    ],
)
def test_an_editor_is_told_what_the_organisation_shows(editor_client, topic, values, place, text):
    offer = make_offer(topics=[topic], organisation=make_organisation(**values), **place)
    response = editor_client.post(
        change(offer), form_data(editor_client, change(offer)), follow=True
    )
    assert text in texts(response)
    make_organisation(name="Amt")
    other = make_offer(topics=[topic], organisation=make_organisation(name="Büro"))
    response = editor_client.post(
        change(other), form_data(editor_client, change(other)), follow=True
    )
    assert text not in texts(response)


def test_searches_without_result_go_when_their_words_are_known(editor_client):
    for term in ("kita", "hort & krippe", "tafel"):
        SearchTerm.objects.create(term=term, language="ar" if term == "tafel" else "de")
    url = "/verwaltung/offers/searchterm/"
    assert "Arabisch" in editor_client.get(url).content.decode()
    rows = editor_client.get(url, {"sprache": "ar"}).context["cl"].result_list
    assert [row.term for row in rows] == ["tafel"]
    add = "/verwaltung/offers/synonym/add/"
    assert "muss in den Angeboten vorkommen" in editor_client.get(add).content.decode()
    data = form_data(editor_client, add, words="Kita, Hort & Krippe, Kindergarten")
    assert editor_client.post(add, data).status_code == 302
    assert [row.term for row in SearchTerm.objects.all()] == ["tafel"]
