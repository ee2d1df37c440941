"""The coverage: how many offers there are of each topic, in each municipality and language."""

import csv
import re
from datetime import timedelta
from html import unescape
from random import Random

import pytest
from django.contrib.auth.models import Group, User
from django.utils import timezone
from django.utils.html import strip_tags

from contacts.models import SpokenLanguage
from offers.models import Offer, Topic
from offers.overview import overview
from tests.factories import make_municipality, make_offer, make_topic
from tests.offers.staff import editor_client  # noqa: F401  fixture

URL = "/verwaltung/abdeckung/"
TABLE = '<table class="coverage">'
APART = ["ganzer Landkreis", "ohne Kommune", "alle"]


def table(client, query=""):
    """Return the table on the page, as {row: {column: what stands there}}."""
    html = client.get(URL + query).content.decode().split(TABLE)[1].split("</table>")[0]
    html = re.sub(r'<span class="visually-hidden">.*?</span>', "", html)
    rows = re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]
    (_topic, *columns), *rows = [[unescape(strip_tags(c)).strip() for c in row] for row in cells]
    return {label: dict(zip(columns, values, strict=True)) for label, *values in rows}


def numbers(client, query=""):
    return {
        row: {column: int(text.removesuffix(" Lücke")) for column, text in cells.items()}
        for row, cells in table(client, query).items()
    }


def downloaded(client, query="?"):
    response = client.get(f"{URL}{query}&format=csv")
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(response.content.decode("utf-8-sig").splitlines(), delimiter=";"))


@pytest.fixture
def lists(editor_client):
    """Three topics, three municipalities and three languages."""
    languages = [SpokenLanguage.objects.create(code=code) for code in ("ar", "de", "uk")]
    towns = [make_municipality(name=n, slug=n, ags=f"0653300{n}") for n in "123"]
    return [make_topic(name_de=f"Thema {n}", slug=f"t{n}") for n in "123"], towns, languages


def some(random, choices):
    return random.sample(choices, random.randrange(len(choices) + 1))


@pytest.fixture(params=[1, 2, 3])
def offers(request, lists):
    random = Random(request.param)
    topics, towns, languages = lists
    today = timezone.localdate()
    for _number in range(30):
        make_offer(
            topics=some(random, topics),
            municipalities=some(random, towns),
            places=[{"municipality": town} for town in some(random, [*towns, None])],
            spoken_languages=some(random, languages),
            whole_district=random.random() < 0.3,
            confidential_address=random.random() < 0.3,
            published=random.random() < 0.8,
            valid_to=random.choice([None, None, today, today - timedelta(days=1)]),
        )


def counted(with_district, language=None):
    """Count anew, offer by offer."""
    found = {topic.name_de: dict.fromkeys([*"123", *APART], 0) for topic in Topic.objects.all()}
    found |= {name: dict.fromkeys([*"123", *APART], 0) for name in ("ohne Thema", "alle")}
    for offer in Offer.objects.filter(published=True):
        spoken = {spoken.code for spoken in offer.spoken_languages.all()}
        over = offer.valid_to and offer.valid_to < timezone.localdate()
        if over or (language and language not in spoken):
            continue
        towns = {town.name for town in offer.municipalities.all()}
        if not offer.confidential_address:
            towns |= {place.municipality.name for place in offer.places.all() if place.municipality}
        if offer.whole_district:
            towns = {*"123"} if with_district else set()
            columns = {*towns, "ganzer Landkreis", "alle"}
        else:
            columns = {*(towns or {"ohne Kommune"}), "alle"}
        topics = {topic.name_de for topic in offer.topics.all()} or {"ohne Thema"}
        for row in (*topics, "alle"):
            for column in columns:
                found[row][column] += 1
    return found


def test_the_numbers_are_those_of_the_rows(editor_client, offers):
    for language in (None, "ar", "uk"):
        query = f"sprache={language or ''}"
        assert numbers(editor_client, f"?{query}") == counted(True, language)
        assert numbers(editor_client, f"?{query}&landkreis=ohne") == counted(False, language)


def test_each_number_leads_to_a_list_of_that_length(client, editor_client, offers):
    for query in ("", "?sprache=ar", "?ansicht=sprachen"):
        found = numbers(editor_client, query)
        matrix = editor_client.get(URL + query).context["matrix"]
        linked = [cell for _row, cells in matrix.rows for cell in cells if cell.url]
        assert len(linked) == 16
        for cell in linked:
            row, column = cell.label.split(", ")
            assert cell.url.startswith("/de/angebote/")
            assert client.get(cell.url).context["total"] == cell.count == found[row][column]


def test_languages_are_counted_and_unknown_ones_too(editor_client, lists):
    (topic, _other, _third), _towns, (arabic, german, _ukrainian) = lists
    make_offer(topics=[topic], spoken_languages=[arabic, german])
    make_offer(topics=[topic], spoken_languages=[german])
    make_offer(topics=[topic])
    assert table(editor_client, "?ansicht=sprachen")["Thema 1"] == {
        "Arabisch": "1",
        "Deutsch": "2",
        "Ukrainisch": "0 Lücke",
        "nicht bekannt": "1",
        "alle": "3",
    }


def test_gaps_are_marked_with_a_word_and_listed(editor_client, lists):
    (first, second, _third), (town, other, _last), _languages = lists
    make_offer(topics=[first], municipalities=[town, other])
    make_offer(topics=[second], municipalities=[town])
    assert table(editor_client)["Thema 2"] == {
        **{"1": "1", "2": "0 Lücke", "3": "0 Lücke"},
        **{"ganzer Landkreis": "0", "ohne Kommune": "0", "alle": "1"},
    }
    response = editor_client.get(URL)
    matrix = response.context["matrix"]
    assert matrix.empty_rows() == ["Thema 3"]
    assert matrix.empty_columns() == ["3"]
    assert matrix.single_gaps() == [("Thema 2", ["2"])]
    listed = response.content.decode().split("<h2>Lücken</h2>")[1]
    for text in ("Themen ohne Angebot", "Kommunen ohne Angebot", "<strong>Thema 2</strong>: 2<"):
        assert text in listed


def test_an_offer_for_the_whole_district_fills_gaps_unless_told_otherwise(editor_client, lists):
    (topic, *_others), _towns, _languages = lists
    make_offer(topics=[topic], whole_district=True)
    assert table(editor_client)["Thema 1"]["2"] == "1"
    without = table(editor_client, "?landkreis=ohne")["Thema 1"]
    assert (without["2"], without["ganzer Landkreis"], without["alle"]) == ("0 Lücke", "1", "1")


def test_without_gaps_the_page_says_so(editor_client):
    make_offer(topics=[make_topic()], municipalities=[make_municipality()])
    assert "Es gibt keine Lücken." in editor_client.get(URL).content.decode()


@pytest.mark.parametrize("offers", [1], indirect=True)
def test_the_file_holds_what_the_page_shows(editor_client, offers):
    for query in ("?", "?sprache=ar", "?landkreis=ohne", "?ansicht=sprachen"):
        headings, *rows = downloaded(editor_client, query)
        assert headings[0] == "Thema"
        assert numbers(editor_client, query) == {
            label: dict(zip(headings[1:], map(int, values), strict=True)) for label, *values in rows
        }, query


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)"])
def test_no_name_becomes_a_formula(editor_client, name):
    town = make_municipality(name=name)
    make_offer(topics=[make_topic(name_de=name)], municipalities=[town])
    headings, first, _sum = downloaded(editor_client)
    assert headings[1] == first[0] == f"'{name}"


@pytest.mark.parametrize("code", ["xx", "a" * 5000, "<script>", "%00"])
def test_an_unknown_language_has_no_numbers(editor_client, lists, code):
    make_offer(topics=lists[0])
    response = editor_client.get(f"{URL}?sprache={code}")
    html = response.content.decode()
    assert response.status_code == 200
    assert "gibt es hier nicht" in html and TABLE not in html and "<script>" not in html
    assert len(downloaded(editor_client, f"?sprache={code}")) == 1


def test_with_nothing_to_count_the_page_says_so(editor_client):
    for text, make in (
        ("Es gibt noch keine öffentlichen Angebote.", make_offer),
        ("Es gibt noch keine Themen.", make_topic),
        ("Es gibt noch keine Kommunen", make_municipality),
    ):
        for query in ("", "?ansicht=sprachen"):
            html = editor_client.get(URL + query).content.decode()
            assert text in html and TABLE not in html
            assert len(downloaded(editor_client, query or "?")) == 1
        make()
    assert table(editor_client)["Sprache"]["Musterstadt"] == "0 Lücke"


def test_only_those_who_may_see_offers_see_it(client, editor_client):
    link = f'href="{URL}"'
    assert link in editor_client.get("/verwaltung/").content.decode()
    translator = User.objects.create_user("tarik", is_staff=True)
    translator.groups.add(Group.objects.get(name="Übersetzung"))
    client.force_login(translator)
    assert link not in client.get("/verwaltung/").content.decode()
    for query in ("", "?format=csv"):
        assert client.get(URL + query).status_code == 403
    client.logout()
    assert client.get(URL).status_code == 302
    client.force_login(User.objects.get(username="anna"))
    assert client.post(URL).status_code == 405


@pytest.mark.parametrize("offers", [1], indirect=True)
def test_few_queries_answer_however_much_there_is(
    editor_client, offers, django_assert_max_num_queries
):
    overview()
    for query in ("", "?sprache=ar&landkreis=ohne", "?ansicht=sprachen", "?format=csv"):
        with django_assert_max_num_queries(10):  # two note the download
            editor_client.get(URL + query)


def test_a_sentence_tells_of_gaps_that_offers_for_the_whole_district_hide(editor_client, lists):
    for topic in lists[0]:
        make_offer(topics=[topic], whole_district=True)
    make_offer(topics=lists[0][:1], municipalities=lists[1][:1])
    text = "Ohne Angebote für den ganzen Landkreis gibt es 8 Lücken."
    html = editor_client.get(URL).content.decode()
    assert text in html and 'href="?landkreis=ohne"' in html
    cells = [c for row in table(editor_client, "?landkreis=ohne").values() for c in row.values()]
    assert sum("Lücke" in cell for cell in cells) == 8 + len("23")
    for query in ("?landkreis=ohne", "?ansicht=sprachen"):
        assert "Ohne Angebote für" not in editor_client.get(URL + query).content.decode()
