"""Narrowing a list, getting out of an empty one, and help where it is about violence."""

import pytest

from contacts.models import SpokenLanguage
from offers.models import HelpNumber, Offer, SearchTerm, Topic
from programme.phone import tel_uri
from tests.factories import make_full_offer, make_municipality, make_offer
from tests.pages import read

pytestmark = pytest.mark.both_databases

EXIT, HELP = "https://www.wetter.de/", "tel:116016"


@pytest.fixture
def offers(starter):
    """Two on housing and one to meet; one of them is free, and one for women."""
    Offer.objects.all().delete()
    wohnen, begegnung = (Topic.objects.get(slug=slug) for slug in ("wohnen", "begegnung"))
    make_offer(slug="miete", title_de="Mietberatung", topics=[wohnen], cost="free")
    spoken = SpokenLanguage.objects.filter(code__in=["ar", "tr"])
    women = {"women_only": True, "spoken_languages": spoken}
    make_offer(slug="frauen", title_de="Wohnkurs", topics=[wohnen], **women)
    make_offer(slug="chor", title_de="Chor", topics=[begegnung], whole_district=True)


def cards(page):
    return page.all("article", **{"class": "card offer"})


def further(page):
    """Return {address: text} of the links that narrow a list."""
    links = page.all("a", rel="nofollow")
    return {a["href"]: text for a, text in links if "blatt" not in a["href"] and "?" in a["href"]}


def test_a_list_links_what_can_be_ticked_and_a_page_with_everything(client, offers):
    page = read(client, "/de/angebote/?thema=wohnen")
    assert further(page) == {
        "?thema=wohnen&auswahl=1": "Auswahl eingrenzen",
        "?thema=wohnen&kostenlos=1": "kostenlos (1)",
        "?thema=wohnen&frauen=1": "nur für Frauen (1)",
    }
    free = read(client, "/de/angebote/?thema=wohnen&kostenlos=1")
    assert "Mietberatung" in free.one("main")[1]
    assert not further(free)  # one offer is short enough


def test_every_filter_is_a_link_with_its_number(client, offers):
    page = read(client, "/ar/angebote/?ort=elz&auswahl=1")
    assert "Chor" not in page.one("main")[1]
    assert page.all("a", href="?ort=elz")
    page = read(client, "/ar/angebote/?kostenlos=&seite=1&auswahl=1")
    links = further(page)
    for address in ("thema=wohnen", "ort=elz", "sprache=tr", "kostenlos=1", "frauen=1"):
        number = links[f"?{address}"].rpartition("(")[2]
        assert f"({number}" == f"({len(cards(read(client, f'/ar/angebote/?{address}')))})"
    german = page.all("a", hreflang="de")[-1][0]["href"]
    assert german.endswith("?auswahl=1")
    combined = further(read(client, "/de/angebote/?thema=wohnen&auswahl=1"))
    assert combined["?thema=wohnen&sprache=ar"] == "Arabisch (1)"


def test_the_front_page_leads_to_towns_and_languages(client, offers):
    front = further(read(client, "/ar/angebote/"))
    assert front["?ort=elz"] == "Elz (1)"
    assert "?sprache=ar" in front
    assert not [address for address in front if "thema=" in address]  # they stand above
    assert "Chor" in read(client, "/ar/angebote/?ort=elz").one("main")[1]


def test_what_leads_to_the_same_list_is_no_link(client, offers):
    Offer.objects.update(cost="free")
    assert "?kostenlos=1" not in further(read(client, "/de/angebote/?seite=1"))


def test_an_empty_result_offers_the_next_best_step(client, starter):
    page = read(client, "/de/angebote/?thema=migrationsberatung&kostenlos=1&q=Fallmanagement")
    text = page.one("main")[1]
    assert "Dazu ist nichts eingetragen." in text
    assert "ohne „kostenlos“: 1 Angebot" in text
    assert page.all("a", href="tel:+496431296321")
    assert not [a for a, _text in page.all("a") if "blatt" in a["href"]]


def test_where_leaving_out_one_choice_is_not_enough_each_alone_is_offered(client, offers):
    page = read(client, "/de/angebote/?q=xyzzyq&thema=wohnen&ort=gibt-es-nicht&kostenlos=1")
    links = {text: a["href"] for a, text in page.all("a")}
    assert links["nur „Wohnen“: 2 Angebote"] == "?thema=wohnen"
    assert links["nur „kostenlos“: 1 Angebot"] == "?kostenlos=1"
    assert not [text for text in links if text.startswith(("ohne", "nur „gibt", "nur „xyzzyq"))]


def test_a_single_choice_without_result_leads_to_everything(client, offers):
    make_municipality(name="Leerdorf", slug="leerdorf", ags="06533999")
    Offer.objects.update(whole_district=False)
    text = read(client, "/de/angebote/?ort=leerdorf").one("main")[1]
    assert "ohne „Ort“: 3 Angebote" in text
    assert "Versuchen Sie" not in read(client, "/de/angebote/?q=xyzzyq").one("main")[1]


def test_pages_on_violence_show_help_numbers_and_a_quick_exit(client, starter):
    offer = make_full_offer()
    title = offer.title_de
    for path in (
        "angebote/?thema=frauen-gewaltschutz",
        f"angebote/{offer.slug}/",
        f"angebote/?q={title}",
        offer.organisation.get_absolute_url().removeprefix("/de/"),
    ):
        page = read(client, f"/ar/{path}")
        assert page.all("a", href=HELP), path
        assert page.all("a", href=EXIT), path
    assert read(client, f"/ar/angebote/{offer.slug}/fehler/").all("a", href=EXIT)
    for path in ("angebote/?thema=wohnen", "angebote/?q=Migrationsberatung", "partner/"):
        other = read(client, f"/de/{path}")
        assert not other.all("a", href=HELP), path
        assert not other.all("a", href=EXIT), path
    front = read(client, "/de/angebote/")
    for number in HelpNumber.objects.all():
        assert front.all("a", href=tel_uri(number.number))[0][1].endswith(number.name_de)


def test_the_calendar_of_others_in_the_house_learns_nothing_of_violence(client, starter):
    offer = make_full_offer()
    calendar = f"/de/angebote/{offer.slug}.ics"
    path = f"/de/angebote/{offer.slug}/"
    assert calendar not in client.get(path).content.decode()
    offer.topics.set([Topic.objects.get(slug="wohnen")])
    assert calendar in client.get(path).content.decode()


def test_a_single_word_that_is_found_by_a_part_only_is_counted(client, offers):
    for query in ("Xylofonberatung", "Mietberatung", "Mietberatung Xylofon"):
        read(client, f"/de/angebote/?q={query}")
    assert [row.term for row in SearchTerm.objects.all()] == ["xylofonberatung"]
