"""Collecting on the way: pages that carry a shortlist, and those that know none."""

import re
from itertools import product
from urllib.parse import parse_qs, urlsplit

import pytest

from contacts.models import ContactPerson
from languages.registry import REGISTRY
from offers.models import Offer, Topic
from offers.shortlist import MOST
from tests.factories import make_area, make_contact, make_offer
from tests.pages import Reading, read, sitemap

pytestmark = pytest.mark.django_db

PUT = "Auf den Merkzettel"
IS_ON = "Steht auf dem Merkzettel"
#: What is no page of the site: files, calls, other sites, and the place in this page.
NO_PAGE = re.compile(r"(?:tel|mailto|geo|https?):|.*\.(?:vcf|ics|svg)$|/media/|/api/|#")


class Reader:
    """Somebody who follows links by their text."""

    def __init__(self, client, path):
        self.client, self.path = client, path
        self.open(path)

    def open(self, path):
        self.path = f"{urlsplit(self.path).path}{path}" if path.startswith("?") else path
        response = self.client.get(self.path, follow=True)
        assert response.status_code == 200, path
        if response.redirect_chain:
            self.path = response.redirect_chain[-1][0]
        self.page = Reading(response.content.decode())
        return self

    def click(self, text):
        links = [a["href"] for a, said in self.page.all("a") if said.startswith(text)]
        assert links, f"{text} on {self.path}"
        return self.open(links[0])

    @property
    def query(self):
        return {name: value for name, [value] in parse_qs(urlsplit(self.path).query).items()}

    @property
    def states(self):
        return [text for _, text in self.page.all("strong") if text == IS_ON]


@pytest.fixture
def offers(full_site):
    """25 offers of one topic: two pages of a list."""
    topic = Topic.objects.get(slug="wohnen")
    return [make_offer(slug=f"o{n}", title_de=f"Hilfe {n:02}", topics=[topic]) for n in range(25)]


def keys(*entries):
    return "-".join(entry.key for entry in entries)


def test_a_counsellor_collects_on_the_way_and_returns_to_the_same_list(client, offers):
    reader = Reader(client, "/de/angebote/").click("Wohnen").click("Weiter").click("Hilfe 20")
    assert reader.click(PUT).states == [IS_ON]
    assert reader.query == {"z": offers[20].key}
    # From here on, the list is part of every address, and the way back leads to the same place.
    reader.click("Weiter sammeln").click("Wohnen").click("Weiter").click("Hilfe 21")
    assert reader.click(PUT).states == [IS_ON]
    reader.click("Weiter sammeln")
    assert reader.query == {"thema": "wohnen", "seite": "2", "z": keys(*offers[20:22])}
    assert reader.states == [IS_ON] * 2
    reader.click(f"{PUT}: Hilfe 22")
    assert reader.query["z"] == keys(*offers[20:23])
    assert reader.query["seite"] == "2"
    reader.click("Entfernen: Hilfe 20").click("Kontakte").click(f"{PUT}: Meliha Delalic")
    person = ContactPerson.objects.get(slug="meliha-delalic")
    assert reader.query == {"z": keys(*offers[21:23], person)}
    reader.click("العربية")
    assert reader.path.startswith("/ar/kontakte/?z=")
    reader.click("Deutsch").click("Ihr Merkzettel: 3 Einträge")
    assert [text for _, text in reader.page.all("h2")][:2] == ["Hilfe 21", "Hilfe 22"]
    assert "." in reader.query["z"]  # from now on it is known how they were
    reader.click("Angebote sammeln")
    assert reader.path.startswith("/de/angebote/?z=")
    reader.click("Ihr Merkzettel").click("Leer machen")
    assert reader.path == "/de/merkzettel/"
    reader.click("Kontakte sammeln")
    assert reader.query == {"z": "-"}
    assert reader.click(f"{PUT}: Meliha Delalic").query == {"z": person.key}
    assert reader.click("Entfernen").query == {"z": "-"}


def test_what_the_search_of_the_list_finds_is_put_on_it_once(client, offers):
    reader = Reader(client, "/de/merkzettel/?q=hilfe").click(f"{PUT}: Hilfe 01")
    assert reader.query["q"] == "hilfe"
    assert reader.query["z"].partition(".")[0] == offers[1].key
    assert reader.states == [IS_ON]
    assert reader.page.one("li", id=offers[1].key)
    assert not [text for _, text in reader.page.all("a") if text == f"{PUT}: Hilfe 01"]


PAGES = [
    *("", "angebote/", "angebote/?seite=2", "angebote/?q=hilfe&ort=elz", "angebote/o1/", "inhalt/"),
    *("kontakte/", "kontakte/meliha-delalic/", "partner/", "partner/?art=authority", "impressum/"),
    *("partner/landkreis-limburg-weilburg/", "bereiche/wir-koordination/", "angebote/?q=xyz"),
    *("angebote/o1/fehler/", "angebote/o1/?blatt=a4", "angebote/?ort=elz&blatt=a5"),
]


def test_every_link_of_a_page_carries_it_and_the_page_is_for_this_reader_only(client, offers):
    state = keys(*offers[3:5])
    for path in PAGES:
        response = client.get(f"/ar/{path}{'&' if '?' in path else '?'}z={state}")
        assert response.status_code == 200, path
        assert "private" in response.headers["Cache-Control"], path
        assert response.headers["X-Robots-Tag"] == "noindex, nofollow"
        page = Reading(response.content.decode())
        links = [a["href"] for a, _ in page.all("a") if not NO_PAGE.match(a["href"])]
        assert len(links) >= len(REGISTRY)
        for link in links:
            carried = parse_qs(urlsplit(link).query).get("z", [""])[0]
            assert set(carried.split("-")) & set(state.split("-")), f"{path}: {link}"
            assert link.count("z=") == 1, f"{path}: {link}"
        fields = page.all("input", type="hidden", name="z", value=state)
        assert len(fields) == len(page.all("form", method="get")), path
        others = page.all("link", rel="canonical") + page.all("link", rel="alternate")
        assert not [link for link, _ in others if "z=" in link["href"]]
        assert "z=" not in "".join(text for _, text in page.all("bdi"))  # on paper
        assert len(page.all("p", **{"class": "note view"})) == ("blatt" not in path)
    robots = client.get("/robots.txt").content.decode().splitlines()
    assert {"Disallow: /*?z=", "Disallow: /*&z="} <= set(robots)


def test_pages_without_it_know_none(client, offers):
    for path in [p for p in sitemap(client) if p.startswith("/de/")] + ["/de/angebote/?seite=1"]:
        response = client.get(path)
        html = response.content.decode()
        is_entry = re.fullmatch(r"/de/(angebote|kontakte)/[\w-]+/", path)
        assert html.count("z=") == html.count(PUT) == (1 if is_entry else 0), path
        assert "X-Robots-Tag" not in response.headers
        assert not is_entry or re.search(r'href="\?z=[ak]\w+#\w+" rel="nofollow"', html)


def test_a_preview_offers_no_shortlist(offers, staff_client):
    Offer.objects.filter(pk=offers[0].pk).update(published=False)
    html = staff_client.get(
        f"/verwaltung/offers/offer/{offers[0].pk}/vorschau/de/"
    ).content.decode()
    assert "Vorschau" in html and PUT not in html


def test_people_who_stand_twice_on_a_page_have_one_anchor(client, offers):
    person = make_contact(areas=[make_area(slug=f"b{n}") for n in range(2)])
    html = client.get(f"/de/?z={person.key}").content.decode()
    assert html.count(IS_ON) == 2
    assert html.count(f'id="{person.key}"') == 1


def test_a_full_list_takes_no_more_and_says_so(client, offers):
    state = "-".join(f"a{n}" for n in range(1000, 1000 + MOST))
    page = read(client, f"/de/angebote/?thema=wohnen&z={state}")
    line = page.one("p", **{"class": "note view"})[1]
    assert line == "Ihr Merkzettel: 30 Einträge. Mehr passen nicht darauf."
    assert not [text for _, text in page.all("a") if text.startswith(PUT)]


HOSTILE = [
    *(
        "",
        "-",
        "x",
        "a0",
        "\0",
        "<script>",
        '"><b>',
        "%",
        "ä",
        "' OR 1=1",
        "\\g<0>",
        "k-1",
        "a" * 20,
    ),
    *("x" * 100_000, "-".join(f"a{n}" for n in range(10_000)), "-" * 5_000, "//evil.example"),
    *("angebote/?z=a1", "angebote/../../x", "https://evil.example/", "angebote/\r\nX: y"),
]


def test_nothing_in_the_address_breaks_a_page_that_carries_it(client, offers):
    for name, value in product(("z", "von"), HOSTILE):
        for path in ("angebote/", "angebote/o1/", "kontakte/", "merkzettel/"):
            parameters = {"seite": "1", "z": "a1", name: value}
            response = client.get(f"/de/{path}", parameters, follow=True)
            assert response.status_code == 200, (path, name, value)
            html = response.content.decode()
            assert "<b>" not in html and "//evil.example" not in html
            assert len(html) < 50_000, (path, name, value)
