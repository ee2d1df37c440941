"""The search as readers and editors meet it: through the pages, at the next request."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from modeltranslation.utils import build_localized_fieldname

from languages.registry import REGISTRY
from offers import searchindex
from offers.models import Offer, SearchTerm, SearchText, Synonym
from offers.overview import overview
from offers.search import search
from tests.admin_forms import form_data
from tests.factories import (
    make_municipality,
    make_offer,
    make_topic,
)
from tests.offers.searching import find, site  # noqa: F401  the fixture
from tests.offers.staff import change

pytestmark = [pytest.mark.both_databases, pytest.mark.django_db]


def test_a_word_in_the_title_comes_before_one_in_the_text(client):
    make_offer(title_de="Aal", summary_de="Mit Schwimmkurs.", slug="text")
    make_offer(title_de="Babyschwimmkurs", slug="part")
    make_offer(title_de="Zum Schwimmkurs", slug="word")

    assert find(client, "Schwimmkurs") == ["word", "part", "text"]


def test_checked_offers_come_first_among_those_that_fit_as_well(client):
    today = timezone.localdate()
    make_offer(title_de="Chor A", slug="never-checked")
    due = today - timedelta(days=1)
    make_offer(title_de="Chor B", slug="overdue", verified_on=due, review_due=due)
    make_offer(title_de="Chor C", slug="checked", verified_on=today)
    make_offer(title_de="Treff", summary_de="Ein Chor.", slug="in-text", verified_on=today)

    assert find(client, "Chor") == ["checked", "never-checked", "overdue", "in-text"]


def test_the_name_of_the_topic_comes_after_the_title_and_before_the_text(client):
    make_offer(title_de="A im Text", summary_de="Auch Kochen.", slug="text")
    make_offer(title_de="B", topics=[make_topic(name_de="Kochen und Essen")], slug="topic")
    make_offer(title_de="C Kochen", slug="title")

    assert find(client, "kochen") == ["title", "topic", "text"]


def test_other_endings_of_a_word_are_found_as_well(client):
    make_offer(title_de="A", title_uk="Уроки німецької мови", slug="other")
    make_offer(title_de="B", title_uk="Німецька для роботи", slug="same")
    make_offer(title_de="C", title_uk="Німеччина", slug="no-form")

    assert find(client, "німецька", "uk") == ["same", "other"]


def test_what_is_free_is_found_by_that_word(client):
    make_offer(title_de="Chor", cost="free", slug="free")
    make_offer(title_de="Yoga", cost="paid", slug="paid")

    assert find(client, "kostenlos") == find(client, "مجاني", "ar") == ["free"]


def test_more_of_the_words_come_before_fewer(client):
    make_offer(title_de="Kochen", slug="cooking")
    make_offer(title_de="Kochen mit Kindern", slug="cooking-children")

    assert find(client, "Kochen Kinder") == ["cooking-children"]
    assert sorted(find(client, "Kochen Xylophon")) == ["cooking", "cooking-children"]


@pytest.mark.parametrize(
    "query",
    [
        '"a" OR NEAR(',
        "chor OR",
        "chor AND NOT treff",
        "NEAR(chor treff)",
        "*",
        "chor*",
        "title:chor",
        "{title text}: chor",
        '"chor',
        '""chor""',
        "-chor",
        "^chor",
        "chor + treff",
        "%",
        "_",
        "ch_r",
        "%chor%",
        "\\",
        "chor\\",
        "'; DROP TABLE offers_searchtext; --",
        "chor\0",
        "chor " * 2000,
        "x" * 10_000,
        ".,;:!?",
        "...",
        "()[]{}",
        "c",
        "ü",
        "ع",
        " ".join(f"wort{number}" for number in range(50)),
        "🎵",
        "chor 🎵",
        "\u202echor",
        "\ud7ff\ufffd",
    ],
)
def test_no_query_breaks_the_page(client, query):
    make_offer(title_de="Chor", slug="chor")
    make_offer(title_de="Treff", slug="treff", summary_de="Reden und essen.")

    found = find(client, query)

    words = re.findall(r"[a-z]+", query.lower())
    assert found == [word for word in ("chor", "treff") if word in words]


def test_letters_with_a_meaning_in_databases_mean_nothing(client):
    make_offer(title_de="Chor", slug="chor")

    for query in ("_hor", "c%r", "%", "*", "ch*", "c_or"):
        assert find(client, query) == [], query


def test_emoji_are_no_words(client):
    make_offer(title_de="Hilfe bei der Wohnungssuche", slug="wohnen")
    make_offer(title_de="House of One", slug="house")
    assert find(client, "Wohnung 🏠🔑") == ["wohnen"]
    assert "Nicht alle Wörter" not in client.get("/de/angebote/?q=Wohnung+🏠❤️").content.decode()
    assert find(client, "🏠") == []
    assert not SearchTerm.objects.exists()


def test_an_unknown_compound_is_found_by_its_parts(client):
    make_offer(title_de="Aal", summary_de="Kleidung für Kinder.", slug="both")
    make_offer(title_de="Kleidung", slug="clothes")
    make_offer(title_de="Ferien", summary_de="Für Kinder.", slug="children")
    Synonym.objects.create(words="Geld, Kleidung")
    assert find(client, "Kinderkleidung") == ["both"]
    assert find(client, "Arbeitskleidung") == ["clothes", "both"]
    assert set(find(client, "Taschengeld")) == {"clothes", "both"}  # by what means the same
    assert find(client, "Ferienunterricht") == ["children"]


def test_a_phrase_in_the_title_comes_first_though_a_synonym_finds_more(client):
    Synonym.objects.create(words="Wohnung finden, Wohnung")
    make_offer(title_de="Alte Wohnung", slug="part")
    make_offer(title_de="Eine Wohnung finden", slug="phrase")
    assert find(client, "Wohnung finden") == ["phrase", "part"]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite sorts in what is written")
@pytest.mark.parametrize("code", ["de", "fa-af"])
def test_little_is_left_unsorted_for_searches_to_go_through(code):
    with connection.cursor() as cursor:
        name = searchindex.table(code)
        cursor.execute("SELECT reloptions FROM pg_class WHERE relname = %s", [name])
        assert cursor.fetchone() == (["gin_pending_list_limit=512"],)


def test_a_part_is_found_in_more_words_than_are_asked_for_at_once(client, monkeypatch):
    monkeypatch.setattr(searchindex, "MOST_WORDS", 3)
    words = [f"Kurs{letter * 3}" for letter in "abcdefg"]
    for word in words:
        make_offer(title_de=f"A {word}", slug=f"title-{word}".lower())
        make_offer(
            title_de=f"B {word[-3:]}", summary_de=f"Ein {word}.", slug=f"text-{word}".lower()
        )
    slugs = [f"{place}-{word}".lower() for place in ("title", "text") for word in words]
    assert find(client, "kurs") == slugs


def test_a_part_of_very_many_words_does_not_overtax_the_database(client, monkeypatch):
    monkeypatch.setattr(searchindex, "MOST_WORDS", 1)
    make_offer(title_de="Chor", slug="many", summary_de=" ".join(f"Kurs{n}" for n in range(600)))
    assert find(client, "kurs") == ["many"]


def test_languages_without_spaces_are_found_by_a_part(client):
    make_offer(
        title_de="Kurs",
        title_en="我们提供免费的德语课程和有关住房工作教育以及健康问题的个人咨询服务",
        slug="long",
    )
    make_offer(title_de="Kurs", title_en="\u4f60", slug="other")
    assert find(client, "德语课程", "en") == ["long"]


def test_the_end_of_an_endless_word_does_no_harm(client):
    make_offer(title_de="Kurs", summary_de="ab" * 150, slug="endless")
    assert find(client, "ab" * 100) == ["endless"]


def test_very_short_words_are_found_as_words(client):
    make_offer(title_de="Kurs A1", slug="a1")
    make_offer(title_de="Kanada 17", slug="other")

    assert find(client, "A1") == ["a1"]


def test_many_synonyms_do_not_overtax_the_database(client):
    words = [f"wort{number}" for number in range(60)]
    for word in words[:8]:
        Synonym.objects.create(words=", ".join([word, *(f"{word}x{n}" for n in range(90))]))
    make_offer(title_de="wort3x77", slug="here")

    assert find(client, " ".join(words)) == ["here"]


def test_readers_find_german_words_and_those_of_their_language(client):
    make_offer(title_de="Chor", title_ar="جوقة", title_en="Choir", slug="choir")

    assert find(client, "Chor", "ar") == find(client, "جوقه", "ar") == ["choir"]
    assert find(client, "Choir", "en") == ["choir"]
    assert find(client, "جوقة", "en") == []


def test_a_mistyped_town_is_found(client):
    town = make_municipality(name="Weilburg", slug="weilburg")
    make_offer(title_de="Chor", slug="choir", municipalities=[town])

    assert find(client, "Weilbrug") == find(client, "chor weilburg") == ["choir"]


def test_synonyms_of_the_admin_work_at_the_next_request(staff_client):
    make_offer(title_de="Kindertagesstätte", slug="nursery")
    assert find(staff_client, "Bambini") == []

    url = "/verwaltung/offers/synonym/add/"
    data = form_data(staff_client, url, words="Bambini, Kindertagesstätte")
    assert staff_client.post(url, data).status_code == 302

    assert find(staff_client, "Bambini") == ["nursery"]
    Synonym.objects.get().delete()
    assert find(staff_client, "Bambini") == []


def test_an_edit_in_the_admin_is_found_at_the_next_request(staff_client):
    offer = make_offer(title_de="Chor", slug="choir", topics=[make_topic()])
    assert find(staff_client, "Chor") == ["choir"]

    data = form_data(staff_client, change(offer), title_de="Theater")
    response = staff_client.post(change(offer), data)

    assert response.status_code == 302
    assert find(staff_client, "Chor") == []
    assert find(staff_client, "Theater") == ["choir"]


def test_what_is_not_public_or_deleted_is_not_found(client):
    offer = make_offer(title_de="Chor", slug="choir")
    assert find(client, "Chor") == ["choir"]

    Offer.objects.update(published=False)
    assert find(client, "Chor") == []

    Offer.objects.update(published=True)
    assert find(client, "Chor") == ["choir"]

    Offer.objects.update(valid_to=timezone.localdate() - timedelta(days=1))
    assert find(client, "Chor") == []

    Offer.objects.update(valid_to=None)
    offer.delete()
    assert find(client, "Chor") == []
    assert not SearchText.objects.exists()


def test_a_query_of_every_language_is_safe_in_every_language():
    make_offer(**{build_localized_fieldname("title", code): "Chor" for code in REGISTRY})

    for code in REGISTRY:
        assert search("Chor", code, overview()).mask == 1
