"""The shortlist: what its address says, what is shown of it, and what nobody means well with."""

from datetime import time, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts.models import Absence, ContactPerson
from offers.models import Offer
from offers.shortlist import LONGEST, MOST
from tests.factories import make_area, make_contact, make_languages, make_offer, make_programme
from tests.pages import Reading, read

pytestmark = [pytest.mark.both_databases, pytest.mark.django_db]

CHANGED = "Hier hat sich etwas geändert, seit es auf den Merkzettel kam."
GONE = {"Dieses Angebot gibt es nicht mehr.", "Diese Kontaktperson gibt es nicht mehr."}


@pytest.fixture
def person(db):
    make_programme()
    return make_contact(areas=[make_area()])


@pytest.fixture
def offer(person):
    place = {"street": "Weg 1", "city": "Elz"}
    hours = [{"weekday": 0, "opens": time(9), "closes": time(12)}]
    return make_offer(places=[place], hours=hours, area=person.areas.get())


def opened(client, code="de", **parameters):
    """Return the page that an address leads to, and the state that it then has."""
    response = client.get(f"/{code}/merkzettel/", parameters, follow=True)
    assert response.status_code == 200
    assert "private" in response.headers["Cache-Control"]
    last = response.redirect_chain[-1][0] if response.redirect_chain else ""
    state = parse_qs(urlsplit(last).query).get("z", [parameters.get("z", "")])[0]
    return Reading(response.content.decode()), state


def shown(page):
    return [text for _, text in page.all("h2") if text not in {"Weitergeben", "Gefunden"}]


def notes(page):
    return {text.removesuffix(" Gesehen") for _, text in page.all("p", **{"class": "note"})}


def test_what_is_put_on_it_is_shared_printed_and_taken_off(client, offer, person):
    page, state = opened(client, z=offer.key)
    assert shown(page) == ["Deutschkurs"]
    assert client.get(f"/de/merkzettel/?z={state}").status_code == 200  # it leads nowhere else
    page, state = opened(client, z=state, dazu=person.mark)
    assert shown(page) == ["Deutschkurs", "Erika Muster"]
    assert notes(page) == set()
    assert state == f"{offer_mark(client, offer)}-{person.mark}"
    assert state.startswith(f"{offer.key}.") and person.mark.startswith(f"{person.key}.")
    first = state.partition(".")[0]
    assert shown(opened(client, z=state, runter=first)[0]) == ["Erika Muster", "Deutschkurs"]
    page, other = opened(client, z=state, hoch=person.mark.partition(".")[0])
    assert shown(page) == ["Erika Muster", "Deutschkurs"]
    assert shown(opened(client, z=other, hoch=first)[0]) == ["Deutschkurs", "Erika Muster"]
    page, rest = opened(client, z=state, weg=first)
    assert (shown(page), rest) == (["Erika Muster"], person.mark)
    assert shown(opened(client)[0]) == []
    make_languages()
    sheet = read(client, f"/en/merkzettel/?z={state}&blatt=a4")
    assert [text for _, text in sheet.all("p", **{"class": "number"})] == ["06431/296-0"] * 2
    addresses = {text for _, text in sheet.all("p", **{"class": "address"})}
    assert addresses == {f"http://testserver/en/merkzettel/?z={state}"}
    assert "Beraterin" in " ".join(text for _, text in sheet.all("div", lang="de"))


def offer_mark(client, offer):
    """Return what the address says of an offer as it is now."""
    return opened(client, z=offer.key)[1]


def change_title(offer, person):
    Offer.objects.filter(pk=offer.pk).update(title_de="Anders")


def change_number_of_the_person(offer, person):
    ContactPerson.objects.filter(pk=person.pk).update(phone="06431/296-1")


def move(offer, person):
    offer.places.update(street="Weg 2")


def change_hours(offer, person):
    offer.hours.update(opens=time(10))


def close(offer, person):
    Offer.objects.filter(pk=offer.pk).update(closed=True)


@pytest.mark.parametrize(
    "change", [change_title, change_number_of_the_person, move, change_hours, close]
)
def test_what_changed_since_is_marked_until_it_was_seen(client, offer, person, change):
    state = offer_mark(client, offer)
    assert notes(opened(client, z=state)[0]) == set()
    change(offer, person)
    page, same = opened(client, z=state)
    assert notes(page) == {CHANGED}
    assert same == state
    assert CHANGED in read(client, f"/de/merkzettel/?z={state}&blatt=a4").one("main")[1]
    page, new = opened(client, z=state, dazu=state.partition(".")[0])
    assert notes(page) == set()
    assert new == offer_mark(client, offer) != state


def test_what_is_gone_is_named(client, offer, person):
    state = f"{offer_mark(client, offer)}-{person.mark}"
    yesterday = timezone.localdate() - timedelta(days=1)
    Offer.objects.update(valid_to=yesterday)
    ContactPerson.objects.update(published=False)
    page, same = opened(client, z=state)
    assert (notes(page), same) == (GONE, state)
    html = str(client.get(f"/de/merkzettel/?z={state}").content)
    assert "Erika" not in html and "Deutschkurs" not in html
    sheet = read(client, f"/de/merkzettel/?z={state}&blatt=a4")
    assert GONE.issubset(text for _, text in sheet.all("strong"))
    ContactPerson.objects.all().delete()
    Offer.objects.all().delete()
    assert notes(opened(client, z=state)[0]) == GONE


def test_the_secret_address_is_not_part_of_the_mark(client, offer):
    Offer.objects.update(confidential_address=True)
    state = offer_mark(client, offer)
    offer.places.update(street="Geheimer Weg 3")
    assert offer_mark(client, offer) == state


def test_the_search_finds_offers_and_people_and_keeps_what_is_on_it(client, offer, person):
    for query, found in (("deutschkurs", "Deutschkurs"), ("beraterin erika", "Erika Muster")):
        page, _state = opened(client, z=person.mark, q=query)
        assert shown(page) == ["Erika Muster", found]
        hidden = {a["value"] for a, _ in page.all("input", type="hidden", name="z")}
        assert hidden == {person.mark}
    assert len(shown(opened(client, z=person.mark, q="gibtesnicht")[0])) == 1
    page, _state = opened(client, z=person.mark, q="deutsch", dazu=offer_mark(client, offer))
    assert shown(page) == ["Erika Muster", "Deutschkurs", "Deutschkurs"]


def test_the_language_switch_keeps_it(client, offer, person):
    make_languages()
    page = read(client, f"/de/merkzettel/?z={person.mark}&q=x")
    links = {a["hreflang"]: a["href"] for a, _ in page.all("a") if "hreflang" in a}
    assert links["ar"] == f"/ar/merkzettel/?z={person.mark}"
    assert shown(opened(client, "ar", z=person.mark)[0])[0].endswith("Erika Muster")


@pytest.mark.parametrize(
    "state",
    [
        *(
            "-" * 500,
            "a",
            "k",
            "a0",
            "a.",
            "a1.",
            "a1.zz",
            "x1",
            "a1.ABCD",
            "A1",
            "\0",
            "a1\0",
            "ä",
        ),
        *("a" + "z" * 8, "k" + "z" * 8, "a" + "z" * 50, "'; DROP TABLE", "%", "<script>", "k-1"),
        *("a١", "-".join(["k1"] * 500), "-".join(f"a{n}" for n in range(1, 10_000))),
        *("x" * 100_000, "-".join(["zz"] * 5_000), "a1.0000-a1.1111-a1"),
    ],
)
def test_nothing_that_stands_in_the_address_breaks_it(client, offer, state):
    for name in ("z", "dazu", "weg", "hoch", "runter", "q"):
        for paper in ("", "a4"):
            response = client.get("/de/merkzettel/", {name: state, "blatt": paper}, follow=True)
            assert response.status_code == 200
            assert len(response.content) < 150_000


def test_more_than_fit_are_left_out_and_it_says_so(client, person):
    page, _state = opened(client, z="-".join(f"a{n}" for n in range(1, 1000)))
    assert len(page.all("li", **{"class": "card"})) == MOST
    assert any("passen 30" in note for note in notes(page))
    full = "-".join(f"a{n}" for n in range(1, MOST + 1))
    assert len(full) < LONGEST
    assert not any("passen 30" in note for note in notes(opened(client, z=full)[0]))
    assert any("passen 30" in note for note in notes(opened(client, z=full, dazu="k1")[0]))


def test_more_entries_are_not_more_queries(client, offer, person):
    def queries(state):
        client.get("/de/merkzettel/", {"z": state, "q": "deutsch"})
        with CaptureQueriesContext(connection) as seen:
            assert client.get("/de/merkzettel/", {"z": state, "q": "deutsch"}).status_code == 200
        return len(seen)

    few = f"{offer_mark(client, offer)}-{person.mark}"
    for n in range(8):
        area = make_area(slug=f"b{n}")
        other = make_contact(slug=f"p{n}", areas=[area])
        make_offer(slug=f"o{n}", area=area, places=[{"city": "Elz"}])
        make_offer(slug=f"c{n}", contact=other)
    marks = [offer_mark(client, o) for o in Offer.objects.all()]
    many = "-".join(marks + [p.mark for p in ContactPerson.objects.all()])
    before = queries(few)
    assert before <= 22
    assert queries(many) == before


def test_who_is_away_and_who_helps_stands_there_too(client, person):
    deputy = make_contact(
        slug="vertretung", last_name="Beispiel", phone="06431/296-111", published=True
    )
    Absence.objects.create(person=person, first_day=timezone.localdate(), deputy=deputy)
    for more in ("", "&blatt=a4"):
        html = client.get(f"/de/merkzettel/?z={person.mark}{more}").content.decode()
        assert "Zurzeit nicht da." in html
        assert "06431/296-111" in html
