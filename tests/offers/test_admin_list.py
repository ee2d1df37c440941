"""The list of offers: what is narrowed down, done with several at once, and seen before."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone

from contacts.models import later
from offers.admin.actions import MOST
from offers.models import Offer, SearchTerm, Synonym
from tests.admin_forms import form_data
from tests.clock import clock  # noqa: F401  fixture
from tests.factories import make_municipality, make_offer, make_organisation
from tests.offers.staff import LIST, editor_client, texts, topic  # noqa: F401  fixtures

TODAY = timezone.localdate()
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def today(clock):
    """Stay on the day of `TODAY`, even when the tests are begun just before midnight."""
    clock.set(TODAY, hour=12)


def act(client, action, *offers):
    data = {"action": action, "_selected_action": [offer.pk for offer in offers]}
    return client.post(LIST, data, follow=True)


def listed(client, query):
    rows = client.get(LIST + query).context["cl"].result_list
    return [offer.title_de for offer in rows]


def test_the_list_shows_how_each_offer_stands(editor_client):
    checked = {"verified_on": TODAY, "review_due": TODAY + DAY}
    make_offer(title_de="1", **checked)
    make_offer(title_de="2", published=False, **checked)
    make_offer(title_de="3", closed=True, closed_until=TODAY, **checked)
    make_offer(title_de="4", closed=True, closed_until=TODAY - DAY, **checked)
    make_offer(title_de="5", valid_to=TODAY - DAY, **checked)
    make_offer(title_de="6", valid_from=TODAY + DAY, **checked)
    make_offer(title_de="7", verified_on=TODAY, review_due=TODAY - DAY)
    make_offer(title_de="8")
    cl = editor_client.get(LIST).context["cl"]
    assert [cl.model_admin.state(offer) for offer in cl.result_list] == [
        "öffentlich",
        "nicht öffentlich",
        "öffentlich, vorübergehend geschlossen",
        "öffentlich",
        "abgelaufen",
        "noch nicht öffentlich",
        "öffentlich, Prüfung überfällig",
        "öffentlich, Prüfung überfällig",
    ]


def test_the_list_is_narrowed_down(editor_client, topic):
    town, other = make_municipality(), make_municipality(name="Neustadt", slug="n", ags="06533998")
    make_offer(title_de="Für die Stadt", municipalities=[town], verified_on=TODAY)
    make_offer(title_de="In der Stadt", places=[{"municipality": town}], topics=[topic])
    make_offer(title_de="Woanders", title_ar="دورة", municipalities=[other], published=False)
    amt = make_organisation(name="Amt für Wünsche", kind="authority")
    make_offer(title_de="Vom Amt", organisation=amt, closed=True, phone="06471/1234")
    for query, titles in {
        f"?kommune={town.pk}": ["Für die Stadt", "In der Stadt"],
        "?kommune=x": ["Für die Stadt", "In der Stadt", "Vom Amt", "Woanders"],
        "?pruefung=done": ["Für die Stadt"],
        "?pruefung=overdue": ["In der Stadt", "Vom Amt", "Woanders"],
        "?pruefung=never": ["In der Stadt", "Vom Amt", "Woanders"],
        "?published__exact=0": ["Woanders"],
        "?closed__exact=1": ["Vom Amt"],
        f"?topics__id__exact={topic.pk}": ["In der Stadt"],
        "?organisation__kind__exact=authority": ["Vom Amt"],
        "?fehlt=ar": ["Für die Stadt", "In der Stadt", "Vom Amt"],
        "?fehlt=fa-af": ["Für die Stadt", "In der Stadt", "Vom Amt", "Woanders"],
        "?q=Wünsche": ["Vom Amt"],
        "?q=06471": ["Vom Amt"],
    }.items():
        assert listed(editor_client, query) == titles, query


def test_the_list_takes_few_queries_however_long_it_is(
    editor_client, topic, django_assert_max_num_queries
):
    for number in range(60):
        organisation = make_organisation(name=str(number), slug=f"o{number}")
        make_offer(title_de=str(number), topics=[topic], organisation=organisation)
    with django_assert_max_num_queries(15):
        assert len(listed(editor_client, "?pruefung=overdue&fehlt=ar&q=Deutsch")) == 50


def test_several_offers_are_published_but_none_that_is_incomplete(client, editor_client, topic):
    good = make_offer(title_de="Gut", topics=[topic], published=False)
    no_topic = make_offer(title_de="Ohne Thema", published=False)
    no_way = make_offer(title_de="Ohne Weg", topics=[topic], phone="", published=False)
    no_way.places.create(city="Elz")
    response = act(editor_client, "publish", good, no_topic, no_way)
    assert [offer.title_de for offer in Offer.objects.published()] == ["Gut"]
    assert "1 Angebot ist geändert." in texts(response)
    assert "Ohne Thema (kein Thema)" in texts(response)
    assert "Ohne Weg (kein Weg zum Kontakt und kein Ort)" in texts(response)
    assert good.history.latest().history_user.username == "anna"
    act(editor_client, "unpublish", good)
    assert not Offer.objects.published().exists()


def test_several_offers_are_marked_as_checked_today(editor_client):
    offers = [make_offer(), make_offer()]
    assert "Heute geprüft" in editor_client.get(LIST).content.decode()
    assert "2 Angebote sind geändert." in texts(act(editor_client, "verify", *offers))
    for offer in Offer.objects.all():
        assert (offer.verified_on, offer.verified_by) == (TODAY, "Anna")
        assert offer.review_due == later(TODAY, 6)
        assert not offer.is_overdue


@pytest.mark.parametrize(("action", "days"), [("3", 91), ("6", 182), ("12", 365)])
def test_the_next_check_is_put_off(editor_client, action, days):
    act(editor_client, f"review_in_{action}", make_offer())
    assert Offer.objects.get().review_due == TODAY + timedelta(days=days)
    assert Offer.objects.get().verified_on is None


def test_several_offers_are_closed_and_opened_again(editor_client):
    offer = make_offer(closed_until=TODAY - DAY)
    act(editor_client, "close", offer)
    assert Offer.objects.get().is_closed
    act(editor_client, "reopen", offer)
    assert not Offer.objects.get().closed


def test_too_many_at_once_are_refused(editor_client):
    offer = make_offer()
    Offer.objects.bulk_create(
        Offer(title_de="x", slug=f"x{n}", organisation=offer.organisation) for n in range(MOST)
    )
    data = {"action": "close", "_selected_action": [offer.pk], "select_across": "1"}
    response = editor_client.post(LIST, data, follow=True)
    assert "höchstens 200" in texts(response)
    assert not Offer.objects.filter(closed=True).exists()


def test_who_may_only_read_is_offered_no_action(client, editor_client):
    offer = make_offer(published=False)
    User.objects.get().groups.get().permissions.remove(
        *User.objects.get().groups.get().permissions.filter(codename__regex="^(change|delete)_")
    )
    assert 'value="publish"' not in editor_client.get(LIST).content.decode()
    act(editor_client, "close", offer)
    assert not Offer.objects.get().closed


def test_a_draft_is_seen_before_the_public_sees_it(client, editor_client, topic):
    offer = make_offer(published=False, title_ar="دورة", topics=[topic])
    assert client.get(offer.get_absolute_url()).status_code == 404
    for code, title in (("de", "Deutschkurs"), ("ar", "دورة")):
        response = editor_client.get(reverse("admin:offer_preview", args=[offer.pk, code]))
        assert title in response.content.decode()
        assert "no-store" in response.headers["Cache-Control"]
    assert 'dir="rtl"' in response.content.decode()


def test_the_list_leads_to_reading_in_and_downloading(editor_client):
    html = editor_client.get(LIST).content.decode()
    for name in ("import_offers", "export_offers"):
        assert f'href="{reverse(f"admin:{name}")}' in html


def test_a_preview_needs_rights_and_a_language(client, editor_client):
    url = reverse("admin:offer_preview", args=[make_offer(published=False).pk, "ar"])
    assert editor_client.get(url.replace("/ar/", "/xx/")).status_code == 404
    client.logout()
    assert client.get(url).status_code == 302
    client.force_login(User.objects.create_user("gast", is_staff=True))
    assert client.get(url).status_code == 403


def test_a_search_without_result_becomes_a_synonym_or_an_offer(editor_client):
    SearchTerm.objects.create(term="Kita & Hort", language="de")
    url = "/verwaltung/offers/searchterm/"
    html = editor_client.get(url).content.decode()
    for label, add, name in (
        ("Als Suchwörter anlegen", "/verwaltung/offers/synonym/add/", "words"),
        ("Angebot anlegen", "/verwaltung/offers/offer/add/", "title_de"),
    ):
        query = f"?{name}=Kita+%26+Hort" + ("%2C+" if name == "words" else "")
        assert f'<a href="{add}{query}">{label}</a>' in html
        assert form_data(editor_client, add + query)[name].startswith("Kita & Hort")
    data = form_data(editor_client, "/verwaltung/offers/synonym/add/", words="Kita, Hort")
    editor_client.post("/verwaltung/offers/synonym/add/", data)
    assert Synonym.objects.get().listed() == ["Kita", "Hort"]
    row = SearchTerm.objects.get()
    data = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    editor_client.post(url, data)
    assert not SearchTerm.objects.exists()


@pytest.mark.parametrize("model", ["topic", "targetgroup", "helpnumber", "municipality"])
def test_what_offers_are_sorted_by_is_edited(editor_client, model):
    add = f"/verwaltung/offers/{model}/add/"
    names = {"name": "Neu", "ags": "06533001"} if model == "municipality" else {"name_de": "Neu"}
    data = form_data(editor_client, add, **names) | {"number": "116117"}
    response = editor_client.post(add, data, follow=True)
    obj = response.context["cl"].result_list[0]
    assert (str(obj), obj.slug) == ("Neu", "neu")
    url = reverse(f"admin:offers_{model}_change", args=[obj.pk])
    assert editor_client.post(url, form_data(editor_client, url)).status_code == 302
