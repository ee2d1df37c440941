"""Staff enter absences and hours below the form of a contact person."""

from datetime import date, timedelta

import pytest

from contacts.models import Absence, ContactException, ContactHours
from tests.admin_forms import form_data
from tests.contacts.test_admin import change
from tests.factories import make_contact
from tests.offers.staff import editor_client, texts  # noqa: F401  a fixture and a helper

FIRST = date(2090, 11, 23)
DAY = timedelta(days=1)


@pytest.fixture
def anna(editor_client):
    return make_contact(slug="anna", first_name="", last_name="Anna")


@pytest.fixture
def berta(anna):
    return make_contact(slug="berta", first_name="", last_name="Berta")


def away(number, first, last=None, deputy=None):
    """What is typed into one row."""
    values = {"first_day": first, "last_day": last, "deputy": deputy and deputy.pk}
    return {f"absences-{number}-{name}": value for name, value in values.items()}


def save(client, person, typed):
    return client.post(change(person), form_data(client, change(person), **typed), follow=True)


def refused(response):
    """Return {field: [messages]} of each row of absences."""
    [table] = [
        t for t in response.context["inline_admin_formsets"] if t.formset.prefix == "absences"
    ]
    return [dict(row.errors) for row in table.formset.forms]


def test_an_editor_enters_an_absence_and_hours(editor_client, anna, berta):
    typed = away(0, FIRST, FIRST + DAY, berta)
    typed |= {"hours-0-weekday": "0", "hours-0-opens": "9", "hours-0-closes": "12 Uhr"}
    typed |= {"exceptions-0-first_day": "24.12.2090", "by_appointment": "on"}
    response = save(editor_client, anna, typed)
    assert response.redirect_chain
    assert [str(row) for row in anna.absences.all()] == ["23.11.2090 – 24.11.2090"]
    assert anna.absences.get().deputy == berta
    assert [str(row) for row in anna.hours.all()] == ["Montag 09:00–12:00"]
    assert [str(row) for row in anna.exceptions.all()] == ["24.12.2090"]
    anna.refresh_from_db()
    assert anna.by_appointment
    for model in (Absence, ContactHours, ContactException):
        assert model.history.get().history_user.username == "anna"


def test_each_row_says_what_is_wrong_with_it(editor_client, anna, berta):
    typed = away(0, FIRST, FIRST - DAY)
    assert refused(save(editor_client, anna, typed))[0] == {
        "last_day": ["Der letzte Tag liegt vor dem ersten. Bitte prüfen Sie beide Tage."]
    }
    typed = away(0, FIRST, FIRST, anna)
    assert refused(save(editor_client, anna, typed))[0] == {
        "deputy": ["Niemand kann sich selbst vertreten. Bitte wählen Sie jemand anderen."]
    }
    assert not Absence.objects.exists()


@pytest.mark.parametrize(
    ("first", "last", "is_refused"),
    [
        (FIRST - 2 * DAY, FIRST - DAY, False),
        (FIRST - DAY, FIRST, True),
        (FIRST + DAY, FIRST + DAY, True),
        (FIRST + 2 * DAY, FIRST + 9 * DAY, True),
        (FIRST + 3 * DAY, None, False),
        (FIRST - DAY, None, True),
    ],
)
def test_no_day_is_in_two_absences(editor_client, anna, first, last, is_refused):
    anna.absences.create(first_day=FIRST, last_day=FIRST + 2 * DAY)
    response = save(editor_client, anna, away(1, first, last))
    assert anna.absences.count() == (1 if is_refused else 2)
    if is_refused:
        said = {"first_day": ["Diese Tage überschneiden sich mit einer anderen Abwesenheit."]}
        assert refused(response)[:2] == [{}, said]


def test_an_absence_is_replaced_in_one_saving(editor_client, anna):
    anna.absences.create(first_day=FIRST, last_day=FIRST + DAY)
    response = save(editor_client, anna, away(1, FIRST) | {"absences-0-DELETE": "on"})
    assert response.redirect_chain
    assert anna.absences.get().last_day is None


def test_what_somebody_else_entered_meanwhile_counts_too(editor_client, anna):
    data = form_data(editor_client, change(anna), **away(0, FIRST, FIRST + DAY))
    anna.absences.create(first_day=FIRST, last_day=FIRST)
    response = editor_client.post(change(anna), data)
    assert "überschneiden" in str(refused(response))
    assert anna.absences.count() == 1


def test_days_that_overlap_already_stop_nobody_who_changes_something_else(editor_client, anna):
    for _number in range(2):
        anna.absences.create(first_day=FIRST)
    assert save(editor_client, anna, {"room": "12"}).redirect_chain
    anna.refresh_from_db()
    assert anna.room == "12"


def test_a_deputy_who_is_away_herself_is_a_hint_and_no_error(editor_client, anna, berta):
    berta.absences.create(first_day=FIRST + DAY, last_day=FIRST + DAY)
    response = save(editor_client, anna, away(0, FIRST, FIRST + DAY, berta))
    assert anna.absences.exists()
    assert "Berta ist selbst nicht da: 24.11.2090 – 24.11.2090." in texts(response)
    response = save(editor_client, anna, {"absences-0-last_day": FIRST})
    assert "selbst nicht da" not in texts(response)


def test_a_deleted_absence_can_be_had_back(editor_client, anna, berta):
    anna.absences.create(first_day=FIRST, last_day=FIRST + DAY, deputy=berta)
    save(editor_client, anna, {"absences-0-DELETE": "on"})
    history = change(anna).replace("/change/", "/history/")
    html = editor_client.get(history).content.decode()
    assert "<dt>Abwesenheit gelöscht</dt>" in html and "23.11.2090 – 24.11.2090 (Vertr" in html
    key = f"absence:{Absence.history.filter(history_type='-').get().pk}"
    editor_client.post(history, {"restore": key})
    assert anna.absences.get().deputy == berta


def test_a_deputys_history_does_not_list_the_absences_of_others(editor_client, anna, berta):
    anna.absences.create(first_day=FIRST, deputy=berta).delete()
    html = editor_client.get(change(berta).replace("/change/", "/history/")).content.decode()
    assert "Abwesenheit" not in html
