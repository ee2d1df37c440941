"""The same offer entered twice is found; two offers that only resemble each other are not."""

import pytest

from offers.duplicates import near
from offers.models import Offer
from offers.searchtext import index_offers
from tests.admin_forms import form_data
from tests.factories import make_offer, make_organisation
from tests.offers.staff import change, editor_client, topic  # noqa: F401  fixtures


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("06431/296-0", "06431 2960"),
        ("06431/296-0", "+49 6431 2960"),
        ("06431/296-0", "0049 (6431) 296 0"),
        ("+49 6431 2960", "(06431) 296–0"),
        ("115", "115"),
    ],
)
def test_one_number_is_found_however_it_is_written(db, one, other):
    first = make_offer(title_de="Kleiderkammer", phone=one)
    second = make_offer(title_de="Fahrradwerkstatt", phone=other)
    assert near(first) == [second]
    assert near(second) == [first]


@pytest.mark.parametrize(
    ("one", "other"), [("06431/296-0", "06431/296-01"), ("115", "06431/296115"), ("", "")]
)
def test_different_numbers_are_different(db, one, other):
    make_offer(title_de="Kleiderkammer", phone=one)
    assert near(make_offer(title_de="Fahrradwerkstatt", phone=other)) == []


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ("Deutschkurs für Frauen", "Deutschkurs für Frauen", True),
        ("Deutschkurs für Frauen", "Deutschkurs fuer frauen!", True),
        ("Deutschkurs für Frauen", "Deutschkurse für Frauen", True),
        ("Deutschkurs für Frauen", "Für Frauen: Deutschkurs", True),
        ("Deutschkurs", "Deutshkurs", True),
        ("Café International", "Cafe internationale", True),
        ("Sprachcafé in Weilburg", "Sprachkaffee in Weilburg", True),
        ("Deutschkurs A1", "Deutschkurs A2", False),
        ("Deutschkurs für Frauen", "Deutschkurs für Männer", False),
        ("Kleiderkammer", "Fahrradwerkstatt", False),
        ("دورة لغة", "دوره لغه", True),
    ],
)
def test_a_title_is_near_when_only_spelling_or_order_differ(db, one, other, found):
    first = make_offer(title_de=one, phone="")
    second = make_offer(title_de=other, phone="06431/296-5")
    assert near(first) == ([second] if found else [])
    assert near(second) == ([first] if found else [])


def test_a_like_title_comes_before_a_like_number(db):
    offer = make_offer(title_de="Kleiderkammer")
    number = make_offer(title_de="Beratung")
    title = make_offer(title_de="Die Kleiderkammer", phone="")
    assert near(offer) == [number]
    title.title_de = "Kleider-Kammer"
    title.save()
    assert near(offer) == [title, number]


def test_a_like_title_with_the_same_number_comes_first(db):
    others = [make_offer(title_de="Deutschkurs", phone=f"06431/11{n}") for n in range(3)]
    twice = make_offer(title_de="Deutschkurse", phone="06431/296-0")
    found = near(make_offer(title_de="Deutschkurs", phone="06431 2960"))
    assert found == [twice, *others]


def test_three_queries_are_enough_for_any_number_of_offers(db, django_assert_max_num_queries):
    organisation = make_organisation()
    offers = [
        Offer(title_de="Deutschkurs", slug=f"k-{number}", organisation=organisation, phone="115")
        for number in range(600)
    ]
    index_offers(Offer.objects.bulk_create(offers))
    offer = Offer.objects.first()
    with django_assert_max_num_queries(3):
        assert len(near(offer)) == 500


def test_an_editor_is_told_after_saving_and_whenever_the_form_is_open(editor_client, topic):
    other = make_offer(topics=[topic], title_de="Deutschkurse <b>")
    offer = make_offer(topics=[topic], title_de="Deutschkurs", phone="", email="a@example.org")
    data = form_data(editor_client, change(offer), title_de="Deutschkurs B")
    html = editor_client.post(change(offer), data, follow=True).content.decode()
    assert "Vielleicht doppelt" in html
    assert f'<a href="{change(other)}">Deutschkurse &lt;b&gt; – Musterverein</a>' in html
    html = editor_client.get(change(offer)).content.decode()
    assert "Gibt es dieses Angebot doppelt?" in html
    assert f'href="{change(other)}"' in html
