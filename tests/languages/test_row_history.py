"""The history also tells what was added, changed and deleted in the rows below a form."""

import re
from datetime import date, time, timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from offers.models import OfferHours, Place
from tests.admin_forms import form_data
from tests.factories import make_contact, make_municipality, make_offer, make_topic
from tests.offers.tables import run, xlsx_file

pytestmark = pytest.mark.both_databases


def page(client, obj, query=""):
    name = f"admin:{obj._meta.app_label}_{obj._meta.model_name}_history"
    return client.get(reverse(name, args=[obj.pk]) + query)


def shown(client, obj, query=""):
    """Return [(who and why, [(kind, [what happened])])] of the page, the newest first."""
    versions = page(client, obj, query).context["versions"]
    return [
        (" · ".join(filter(None, [str(version.user or ""), version.reason])), lines(version))
        for version in versions
    ]


def lines(version):
    found = [(change.label, [str(change.diff)]) for change in version.changes]
    for row in version.rows:
        texts = [f"{label}: {text}" if label else text for label, text in row.lines]
        found.append((row.label, [unescape(text) for text in texts]))
    return found


def age(obj, *models, days=1):
    """Let all that happened so far have happened so many days before."""
    for history in (obj.history, *(model.history for model in models)):
        for record in history.all():
            record.history_date -= timedelta(days=days)
            record.save(update_fields=["history_date"])


def save(client, obj, **changes):
    url = reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change", args=[obj.pk])
    assert client.post(url, form_data(client, url, **changes)).status_code == 302


def test_rows_are_shown_with_what_was_saved_with_them(staff_client, db):
    elz, limburg = [
        make_municipality(name=name, slug=name.lower(), ags=ags)
        for name, ags in {"Elz": "06533004", "Limburg": "06533009"}.items()
    ]
    offer = make_offer(
        topics=[make_topic()],
        places=[{"street": "Weg 1", "municipality": elz}],
        hours=[{"weekday": 0, "opens": time(14), "closes": time(16, 30)}],
    )
    age(offer, Place, OfferHours)
    save(
        staff_client,
        offer,
        **{"title_de": "Neu", "places-0-street": "Weg 2", "places-0-municipality": limburg.pk},
        **{"hours-0-weekday": 1, "hours-0-opens": "15:00"},
        **{"hours-1-weekday": 3, "hours-1-opens": "09:00", "hours-1-closes": "12:00"},
        **{"exceptions-0-first_day": "2026-12-24", "exceptions-0-last_day": "2026-12-31"},
        **{"dates-0-starts": "2026-07-01T10:00", "dates-0-ends": "2026-07-01T12:00"},
    )
    assert shown(staff_client, offer)[0] == (
        "redaktion",
        [
            ("Titel", ["<del>Deutschkurs</del> <ins>Neu</ins>"]),
            (
                "Ort geändert: Weg 2, Limburg",
                [
                    "Straße und Hausnummer: Weg <del>1</del><ins>2</ins>",
                    "Kommune: <del>Elz</del> <ins>Limburg</ins>",
                ],
            ),
            (
                "Öffnungszeit geändert: Dienstag 15:00–16:30",
                [
                    "Wochentag: <del>Montag</del> <ins>Dienstag</ins>",
                    "von: <del>14:00</del> <ins>15:00</ins>",
                ],
            ),
            ("Öffnungszeit hinzugefügt", ["Donnerstag 09:00–12:00"]),
            (
                "Ausnahme hinzugefügt",
                ["24.12.2026 (letzter Tag: 31.12.2026)"],
            ),
            ("Termin hinzugefügt", ["01.07.2026 10:00 (Ende: 01.07.2026 12:00)"]),
        ],
    )


def test_all_is_in_the_order_of_its_dates(staff_client, db):
    offer = make_offer(places=[{"street": "Weg 1"}])
    place = offer.places.get()
    age(offer, Place)
    place.delete()
    age(offer, Place)
    offer.title_de = "Neu"
    offer.save()
    age(offer, Place)
    offer.places.create(name="Rathaus", street="Weg 3").save()  # once more, with no change
    kinds = [kind for _who, changes in shown(staff_client, offer) for kind, _texts in changes]
    assert kinds == ["Ort hinzugefügt", "Titel", "Ort gelöscht"]
    [restorable] = [
        row for v in page(staff_client, offer).context["versions"] for row in v.rows if row.key
    ]
    assert restorable.label == "Ort gelöscht"


def test_rows_of_a_new_object_are_no_change_of_it(staff_client, db):
    offer = make_offer(places=[{"street": "Weg 1"}])
    assert "Seit dem Anlegen wurde nichts geändert." in page(staff_client, offer).content.decode()


def test_absences_are_shown_with_names(staff_client, db):
    person = make_contact()
    deputy = make_contact(first_name="Max", slug="max")
    age(person)
    absence = person.absences.create(first_day=date(2026, 3, 1), last_day=date(2026, 3, 9))
    age(person, type(absence))
    absence.deputy = deputy
    absence.save()
    assert shown(staff_client, person) == [
        (
            "",
            [
                (
                    "Abwesenheit geändert: 01.03.2026 – 09.03.2026",
                    ["Vertretung: <ins>Max Muster</ins>"],
                )
            ],
        ),
        ("", [("Abwesenheit hinzugefügt", ["01.03.2026 – 09.03.2026"])]),
    ]


def test_what_a_file_changed_is_shown(staff_client, staff, db, tmp_path):
    offer = make_offer(
        places=[{"street": "Weg 1"}], hours=[{"weekday": 0, "opens": time(9), "closes": time(12)}]
    )
    age(offer, Place, OfferHours)
    row = {"id": str(offer.uuid), "Ort: Straße": "Weg 2", "Öffnungszeiten": "Di 9:00-12:00"}
    assert run(xlsx_file(row), tmp_path, user=staff).stored
    stored = Place.history.first().history_date  # the last step: a long table takes its time
    Place.history.filter(history_type="~").update(history_date=stored + timedelta(seconds=20))
    assert shown(staff_client, offer) == [
        (
            "redaktion · angebote.xlsx",
            [
                ("Ort geändert: Weg 2", ["Straße und Hausnummer: Weg <del>1</del><ins>2</ins>"]),
                ("Öffnungszeit hinzugefügt", ["Dienstag 09:00–12:00"]),
                ("Öffnungszeit gelöscht", ["Montag 09:00–12:00"]),
            ],
        )
    ]


def test_what_a_row_referred_to_may_be_gone(staff_client, db):
    elz = make_municipality(name="Elz")
    offer = make_offer(places=[{"street": "Weg 1", "municipality": elz}])
    age(offer, Place)
    offer.places.all().delete()
    elz.delete()
    [(_who, [(_kind, [text])])] = shown(staff_client, offer)
    assert text == f"Weg 1 (Kommune: gelöscht (Nr. {Place.history.first().municipality_id}))"


def test_hundreds_of_changes_take_as_many_queries_as_one_and_none_is_lost(staff_client, db):
    towns = [make_municipality(name=f"Ort {n}", slug=f"o{n}", ags=f"0653300{n}") for n in range(5)]
    offer = make_offer(places=[{"street": "Weg 0"}])
    place = offer.places.get()
    age(offer, Place, days=400)

    def change(number):
        place.street, place.municipality = f"Weg {number}", towns[number % 5]
        place.save()
        offer.title_de = f"Kurs {number}"
        offer.save()

    change(1)
    with CaptureQueriesContext(connection) as few:
        page(staff_client, offer)
    for number in range(2, 151):
        change(number)
    start = timezone.now() - timedelta(days=300)
    for history in (Place.history.filter(history_type="~"), offer.history.filter(history_type="~")):
        for number, record in enumerate(history.order_by("history_id")):
            record.history_date = start + timedelta(days=number)
            record.save(update_fields=["history_date"])
    with CaptureQueriesContext(connection) as many:
        first = shown(staff_client, offer)
    assert len(many) <= len(few) + 1
    assert len(first) == 50
    pages = [shown(staff_client, offer, f"?seite={number}") for number in (2, 3)]
    texts = [str(version) for versions in (first, *pages) for version in versions]
    assert len(texts) == 150
    assert all(f"<ins>{150 - n}</ins>" in text for n, text in enumerate(texts))
    html = page(staff_client, offer, "?seite=2").content.decode()
    assert re.findall(r'"(\?seite=\d)"', html) == ["?seite=1", "?seite=3"]
    oldest = re.findall(
        r'value="(\d+:title_de)"', page(staff_client, offer, "?seite=3").content.decode()
    )[-1]
    name = reverse("admin:offers_offer_history", args=[offer.pk]) + "?seite=3"
    assert staff_client.post(name, {"undo": oldest}).url == name
    offer.refresh_from_db()
    assert offer.title_de == "Deutschkurs"
