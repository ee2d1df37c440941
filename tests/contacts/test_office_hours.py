"""When a contact person can be reached: on the cards, on the own page, for machines."""

import json
import re
from datetime import date, time

import pytest

from contacts.models import ContactException, ContactPerson
from tests.contacts.test_absences import away

MONDAY, THURSDAY = date(2026, 11, 23), date(2026, 11, 26)
PAGE = "/de/kontakte/meliha-delalic/"


@pytest.fixture
def person(starter, clock):
    clock(MONDAY)
    person = ContactPerson.objects.get(slug="meliha-delalic")
    person.hours.create(weekday=0, opens=time(9), closes=time(12))
    person.hours.create(weekday=3, opens=time(14), closes=time(16, 30))
    return person


def shown(client, path=PAGE):
    """Return the page as plain text, from its heading on."""
    html = client.get(path).content.decode().partition("<h1>")[2]
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def test_todays_hours_come_first_and_stand_on_every_card(client, person):
    text = shown(client)
    today, contact = text.index("Heute (Montag): von 9:00 bis 12:00 Uhr"), text.index("Kontakt")
    assert today < contact < text.index("Sprechzeiten")
    assert "Donnerstag von 14:00 bis 16:30 Uhr" in text
    for path in ("/de/", "/de/kontakte/", "/de/bereiche/wir-fallmanagement/"):
        assert shown(client, path).count("Heute (Montag): von 9:00 bis 12:00 Uhr") == 1
        assert "Donnerstag" not in shown(client, path)
    assert "الاثنين" in shown(client, PAGE.replace("de", "ar", 1))


def test_unknown_hours_are_never_closed(client, person):
    person.hours.all().delete()
    for path in (PAGE, "/de/", "/de/kontakte/"):
        assert not re.search("Heute|Sprechzeit|geschlossen", shown(client, path))
    ContactPerson.objects.update(by_appointment=True)
    assert "Sprechzeiten Termine nach Vereinbarung" in shown(client)


def test_a_day_without_hours_is_no_closed_house(client, person, clock):
    clock(date(2026, 11, 24))
    assert "Heute keine Sprechzeit" in shown(client)
    assert "geschlossen" not in shown(client)


def test_other_hours_and_holidays_are_announced(client, person, clock):
    person.exceptions.create(first_day=THURSDAY, opens=time(8), closes=time(9))
    person.exceptions.create(first_day=date(2026, 12, 7))
    text = shown(client)
    assert "Donnerstag, 26. November 2026: von 8:00 bis 9:00 Uhr" in text
    assert "Montag, 7. Dezember 2026: keine Sprechzeit" in text
    clock(date(2027, 3, 26))  # a Friday
    assert "Montag, 29. März 2027: keine Sprechzeit ( Ostermontag )" in shown(client)
    clock(date(2027, 3, 29))
    assert "Heute keine Sprechzeit ( Ostermontag )" in shown(client)


def test_who_is_away_has_no_hours_today(client, person):
    away(person)
    text = shown(client)
    assert "Nicht da bis 30. November 2026. " in text
    assert "Heute" not in text
    assert "Montag von 9:00 bis 12:00 Uhr" in text
    assert "hoursAvailable" not in client.get(PAGE).content.decode()


def hours_for_machines(client, path=PAGE):
    html = client.get(path).content.decode()
    data = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', html)[1])
    return data["contactPoint"][0].get("hoursAvailable")


def test_machines_read_the_same_hours(client, person):
    person.exceptions.create(first_day=THURSDAY)
    kind = {"@type": "OpeningHoursSpecification"}
    closed = {"validFrom": "2026-11-26", "validThrough": "2026-11-26"}
    assert hours_for_machines(client) == [
        kind | {"dayOfWeek": "Monday", "opens": "09:00", "closes": "12:00"},
        kind | {"dayOfWeek": "Thursday", "opens": "14:00", "closes": "16:30"},
        kind | closed | {"opens": "00:00", "closes": "00:00"},
    ]
    assert hours_for_machines(client, "/de/kontakte/marie-ostermann/") is None
    assert "hoursAvailable" not in client.get("/de/").content.decode()


def test_an_address_book_gets_only_what_lasts(client, person):
    before = client.get(f"{PAGE[:-1]}.vcf").content
    away(person, ContactPerson.objects.get(slug="marie-ostermann"))
    assert client.get(f"{PAGE[:-1]}.vcf").content == before
    assert b"NOTE" not in before
    assert b"kontakte/meliha-delalic/" in before


def test_why_somebody_is_not_there_is_nowhere_to_be_entered():
    for model in (ContactException, ContactException.history.model):
        assert "reason" not in {field.name for field in model._meta.get_fields()}
