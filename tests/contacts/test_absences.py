"""Who helps today: absences with their deputies, at the right minute and on every page."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from contacts.models import Absence, ContactPerson
from contacts.presence import Presence
from offers.models import Offer, Topic
from programme.models import Area
from tests.factories import make_area, make_contact, make_offer
from tests.pages import read

FIRST, LAST = date(2026, 11, 23), date(2026, 11, 30)
DAY = timedelta(days=1)
DEPUTY = "tel:+496431296399"


@pytest.fixture
def clock(clock):
    clock(FIRST)
    return clock


@pytest.fixture
def people(db):
    """Anna, Berta, Carla and Dora, each with an own number, all public."""
    names = ("anna", "berta", "carla", "dora")
    return [
        make_contact(slug=name, first_name="", last_name=name.title(), phone=f"06431/296-{number}")
        for number, name in enumerate(names, 1)
    ]


def away(person, deputy=None, first_day=FIRST, last_day=LAST):
    return person.absences.create(first_day=first_day, last_day=last_day, deputy=deputy)


def words(person):
    """Return what pages say of somebody: "" for who is there, else until when and who helps."""
    found = Presence().away(person)
    return f"{found.until or '?'} {found.deputy or 'niemand'}" if found else ""


def test_somebody_is_away_from_the_first_to_the_last_day(clock, people):
    anna, berta, *_rest = people
    away(anna, berta)
    for day, said in (
        (FIRST - DAY, ""),
        (FIRST, "2026-11-30 Berta"),
        (LAST, "2026-11-30 Berta"),
        (LAST + DAY, ""),
    ):
        clock(day)
        assert words(anna) == said
        assert words(berta) == ""


def test_a_deputy_who_is_away_is_followed_to_the_next_who_is_there(clock, people):
    anna, berta, carla, dora = people
    away(anna, berta)
    away(berta, carla, last_day=FIRST + DAY)
    assert words(anna) == "2026-11-30 Carla"
    away(carla, dora, last_day=FIRST)
    assert words(anna) == "2026-11-30 Dora"
    clock(FIRST + 2 * DAY)
    assert words(anna) == "2026-11-30 Berta"


def test_deputies_in_a_circle_help_nobody(clock, people):
    anna, berta, carla, _dora = people
    away(anna, berta)
    away(berta, carla)
    away(carla, anna)
    assert [words(person) for person in people[:3]] == ["2026-11-30 niemand"] * 3
    assert sorted(Presence().missed()) == [anna.pk, berta.pk, carla.pk]


@pytest.mark.parametrize(
    "hidden",
    [{"published": False}, {"valid_to": FIRST - DAY}, {"valid_from": FIRST + DAY}],
)
def test_who_is_not_public_stands_in_for_nobody(clock, people, hidden):
    away(people[0], people[1])
    ContactPerson.objects.filter(slug="berta").update(**hidden)
    assert words(people[0]) == "2026-11-30 niemand"


def test_absences_that_follow_each_other_are_one_to_the_reader(clock, people):
    anna, berta, carla, _dora = people
    away(anna, berta)
    away(anna, carla, first_day=LAST + DAY, last_day=LAST + 4 * DAY)
    away(anna, carla, first_day=LAST + 6 * DAY, last_day=LAST + 9 * DAY)
    assert words(anna) == "2026-12-04 Berta"
    clock(LAST + DAY)
    assert words(anna) == "2026-12-04 Carla"
    away(anna, first_day=LAST + 5 * DAY, last_day=None)
    assert words(anna) == "? Carla"


def test_a_deleted_deputy_leaves_the_absence(clock, people):
    away(people[0], people[1])
    people[1].delete()
    assert words(people[0]) == "2026-11-30 niemand"


@pytest.mark.parametrize(
    ("values", "field", "message"),
    [
        ({"last_day": FIRST - DAY}, "last_day", "Der letzte Tag liegt vor dem ersten"),
        ({"deputy": 0}, "deputy", "Niemand kann sich selbst vertreten"),
        ({"deputy": 2}, "deputy", "Carla steht nicht auf der Website"),
    ],
)
def test_what_cannot_be_is_refused_in_clear_words(clock, people, values, field, message):
    people[2].published = False
    if "deputy" in values:
        values = {"deputy": people[values["deputy"]]}
    row = Absence(**{"person": people[0], "first_day": FIRST, "last_day": LAST} | values)
    with pytest.raises(ValidationError) as refused:
        row.full_clean()
    assert message in refused.value.message_dict[field][0]
    assert not Absence.objects.exists()


def test_an_old_absence_may_name_somebody_who_has_left(clock, people):
    people[1].published = False
    row = Absence(person=people[0], first_day=FIRST, last_day=LAST, deputy=people[1])
    clock(LAST + DAY)
    row.full_clean()


def site_with_an_absence():
    """The coordinator is away; an offer and a topic name her. Return all pages that show her."""
    Absence.objects.all().delete()
    person = ContactPerson.objects.get(slug="nurcan-adiguezel")
    away(person, ContactPerson.objects.get(slug="marie-ostermann"))
    make_offer(slug="beratung", contact=person)
    Offer.objects.filter(slug="offener-treff").update(
        area=Area.objects.get(slug="wir-koordination")
    )
    Topic.objects.filter(slug="wohnen").update(contact=person)
    return [
        *("", "bereiche/wir-koordination/", "kontakte/", "kontakte/nurcan-adiguezel/"),
        *("angebote/beratung/", "angebote/offener-treff/", "angebote/?thema=wohnen"),
    ]


@pytest.mark.both_databases
def test_every_page_that_shows_somebody_says_who_helps_instead(client, full_site, clock):
    pages = site_with_an_absence()
    for code, until in (("de", "30. November 2026"), ("ar", "30 نوفمبر 2026"), ("tr", "30 Kasım")):
        for path in pages:
            html = client.get(f"/{code}/{path}").content.decode()
            _before, notice, rest = html.partition('<div class="away">')
            assert notice, path
            box = rest.partition("</div>")[0]
            assert until in box, (code, path)
            assert DEPUTY in box
            assert "Marie Ostermann</bdi>" in box
            assert "tel:+496431296538" in rest
    clock(LAST + DAY)
    for path in pages:
        assert "away" not in client.get(f"/de/{path}").content.decode()


def test_the_words_are_short_and_plain(client, full_site, clock):
    site_with_an_absence()
    html = " ".join(client.get("/de/kontakte/nurcan-adiguezel/").content.decode().split())
    assert "<p><strong>Nicht da bis 30. November 2026.</strong></p> <p>Vertretung: Frau <a" in html
    Absence.objects.update(last_day=None, deputy=None)
    html = client.get("/de/kontakte/nurcan-adiguezel/").content.decode()
    assert '<div class="note">\n  <p><strong>Zurzeit nicht da.</strong></p>' in html
    assert "Vertretung" not in html


def test_a_new_absence_is_live_at_the_next_request(client, starter, clock):
    person = ContactPerson.objects.get(slug="nurcan-adiguezel")
    assert "Nicht da" not in client.get("/de/").content.decode()
    row = away(person)
    assert "Nicht da" in client.get("/de/").content.decode()
    row.delete()
    assert "Nicht da" not in client.get("/de/").content.decode()


def guide(client):
    response = client.get("/de/angebote/?q=gibtesnicht")
    shown = response.context["guide"]
    assert shown.phone[-3:] in response.content.decode()
    return shown.slug


def test_the_guide_is_somebody_who_is_there(client, starter, clock):
    ContactPerson.objects.filter(slug="meliha-delalic").update(gives_guidance=True)
    assert guide(client) == "meliha-delalic"
    delalic, ostermann, adiguezel = (
        ContactPerson.objects.get(slug=slug)
        for slug in ("meliha-delalic", "marie-ostermann", "nurcan-adiguezel")
    )
    row = away(delalic, ostermann)
    assert guide(client) == "marie-ostermann"
    clock(LAST + DAY)
    assert guide(client) == "meliha-delalic"
    clock(FIRST)
    row.deputy = None
    row.save()
    assert guide(client) == "nurcan-adiguezel"  # the first who is there
    for person in (ostermann, adiguezel):
        away(person)
    assert guide(client) == "meliha-delalic"
    assert "Nicht da bis" in client.get("/de/angebote/?q=gibtesnicht").content.decode()


def test_without_contacts_there_is_no_guide_and_no_error(client, db, clock):
    make_area()
    assert client.get("/de/angebote/?q=gibtesnicht").context["guide"] is None


def test_the_sheet_says_in_both_languages_who_helps_and_when(client, starter, clock):
    person = ContactPerson.objects.get(slug="nurcan-adiguezel")
    away(person, ContactPerson.objects.get(slug="marie-ostermann"))
    person.hours.create(weekday=0, opens="09:00", closes="12:00")
    text = read(client, "/tr/kontakte/nurcan-adiguezel/?blatt=a4").one("body")[1]
    for said in ("30 Kasım 2026", "bis 30. November 2026", "Pazartesi", "Montag"):
        assert said in text
    assert text.count("06431/296-399") == 2
