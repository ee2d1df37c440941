"""Two editors work on the tables of one offer at once; nobody loses anything silently."""

import pytest
from django.contrib.auth.models import Permission

from tests.admin_forms import form_data
from tests.factories import make_offer
from tests.offers.staff import change, editor_client, topic  # noqa: F401  fixtures

CONFLICT = "Jemand anderes hat dieses Feld inzwischen geändert."
DELETED = "Jemand anderes hat inzwischen eine Zeile gelöscht"
MONDAY = {"weekday": 0, "opens": "09:00", "closes": "12:00"}
TUESDAY = {"weekday": 1, "opens": "14:00", "closes": "16:00"}


@pytest.fixture
def offer(topic):
    return make_offer(topics=[topic], hours=[MONDAY, TUESDAY], places=[{"street": "Weg 1"}])


def hours(offer):
    return [str(row) for row in offer.hours.all()]


def sent_again(response, data):
    """What the browser sends when the editor saves the page that came back once more."""
    tables = [table.formset for table in response.context["inline_admin_formsets"]]
    formset = next(formset for formset in tables if formset.prefix == "hours")
    old = {key: value for key, value in data.items() if not key.startswith("hours-")}
    rows = {"_opened": response.context["adminform"].form.opened}
    for part in (formset.management_form, *formset.forms):
        rows |= {bound.html_name: bound.value() for bound in part if bound.value() is not None}
    return {key: value for key, value in (old | rows).items() if value is not False}


def test_each_keeps_what_they_changed_in_different_rows(editor_client, offer):
    first = form_data(editor_client, change(offer), **{"hours-0-opens": "08:00"})
    second = form_data(editor_client, change(offer), **{"hours-1-closes": "17:00"})
    assert editor_client.post(change(offer), first).status_code == 302
    assert editor_client.post(change(offer), second).status_code == 302
    assert hours(offer) == ["Montag 08:00–12:00", "Dienstag 14:00–17:00"]


def test_each_keeps_what_they_changed_in_one_row(editor_client, offer):
    first = form_data(editor_client, change(offer), **{"hours-0-opens": "08:00"})
    second = form_data(editor_client, change(offer), **{"hours-0-closes": "13:00"})
    editor_client.post(change(offer), first)
    assert editor_client.post(change(offer), second).status_code == 302
    assert hours(offer)[0] == "Montag 08:00–13:00"


def test_two_texts_for_one_cell_are_both_shown_and_the_second_saving_decides(editor_client, offer):
    first = form_data(editor_client, change(offer), **{"hours-0-opens": "08:00"})
    second = form_data(editor_client, change(offer), **{"hours-0-opens": "10:00"})
    editor_client.post(change(offer), first)
    response = editor_client.post(change(offer), second)
    html = response.content.decode()
    assert CONFLICT in html
    assert "08:00" in html
    assert 'value="10:00"' in html
    assert hours(offer)[0] == "Montag 08:00–12:00"
    assert editor_client.post(change(offer), sent_again(response, second)).status_code == 302
    assert hours(offer) == ["Montag 10:00–12:00", "Dienstag 14:00–16:00"]


def test_a_row_deleted_meanwhile_stays_deleted_when_nobody_touched_it(editor_client, offer):
    stale = form_data(editor_client, change(offer), **{"hours-1-closes": "17:00"})
    offer.hours.filter(weekday=0).delete()
    assert editor_client.post(change(offer), stale).status_code == 302
    assert hours(offer) == ["Dienstag 14:00–17:00"]


def test_dates_that_others_changed_or_deleted_meanwhile_stay_so(editor_client, offer):
    one = offer.dates.create(starts="2026-09-01T10:00Z", ends="2026-09-01T11:00Z")
    two = offer.dates.create(starts="2026-09-02T10:00Z", ends="2026-09-02T11:00Z")
    stale = form_data(editor_client, change(offer), **{"dates-0-ends": "2026-09-01T14:00"})
    offer.dates.filter(pk=one.pk).update(starts="2026-09-01T09:00Z")
    two.delete()
    assert editor_client.post(change(offer), stale).status_code == 302
    date = offer.dates.get()
    assert f"{date.starts:%H:%M} {date.ends:%H:%M}" == "09:00 12:00"


def test_a_row_deleted_by_both_is_no_conflict(editor_client, offer):
    stale = form_data(editor_client, change(offer), **{"hours-0-DELETE": "on"})
    offer.hours.filter(weekday=0).delete()
    assert editor_client.post(change(offer), stale).status_code == 302
    assert hours(offer) == ["Dienstag 14:00–16:00"]


def test_an_edited_row_that_was_deleted_meanwhile_comes_back_as_a_new_one(editor_client, offer):
    changes = {"hours-0-opens": "08:00", "hours-1-closes": "17:00", "hours-2-weekday": "4"}
    changes |= {"hours-2-opens": "07:00", "hours-2-closes": "08:00", "cost_note_de": "2 Euro"}
    stale = form_data(editor_client, change(offer), **changes)
    offer.hours.filter(weekday=0).delete()
    response = editor_client.post(change(offer), stale)
    html = response.content.decode()
    assert DELETED in html
    for kept in ('value="08:00"', 'value="17:00"', 'value="07:00"', 'value="2 Euro"'):
        assert kept in html
    assert hours(offer) == ["Dienstag 14:00–16:00"]
    assert editor_client.post(change(offer), sent_again(response, stale)).status_code == 302
    assert hours(offer) == ["Montag 08:00–12:00", "Dienstag 14:00–17:00", "Freitag 07:00–08:00"]
    offer.refresh_from_db()
    assert offer.cost_note == "2 Euro"


def test_a_row_that_somebody_added_meanwhile_is_kept(editor_client, offer):
    stale = form_data(editor_client, change(offer), **{"hours-0-opens": "08:00"})
    offer.hours.create(weekday=0, opens="06:00", closes="07:00")
    assert editor_client.post(change(offer), stale).status_code == 302
    assert hours(offer)[:2] == ["Montag 06:00–07:00", "Montag 08:00–12:00"]


def test_rows_of_another_offer_cannot_be_changed(editor_client, offer):
    other = make_offer(title_de="Anderes", hours=[MONDAY])
    data = form_data(editor_client, change(offer), **{"hours-0-id": other.hours.get().pk})
    assert editor_client.post(change(offer), data | {"hours-0-opens": "05:00"}).status_code == 200
    assert hours(other) == ["Montag 09:00–12:00"]


@pytest.mark.parametrize("opened", ["", "{", "[]", '"x"', '{"opens": 3}'])
def test_a_broken_hidden_field_of_a_row_does_no_harm(editor_client, offer, opened):
    for gone in (False, True):
        data = form_data(editor_client, change(offer), **{"hours-0-opened_row": opened})
        if gone:
            offer.hours.filter(weekday=0).delete()
        assert editor_client.post(change(offer), data).status_code in (200, 302)


@pytest.mark.parametrize("number", ["", "x", "-1", "99999"])
def test_a_broken_number_of_rows_does_no_harm(editor_client, offer, number):
    data = form_data(editor_client, change(offer))
    for name in ("hours-INITIAL_FORMS", "hours-TOTAL_FORMS"):
        response = editor_client.post(change(offer), data | {name: number})
        assert response.status_code in (200, 302)
    assert len(hours(offer)) == 2


def test_no_more_rows_were_stored_than_are_sent(editor_client, offer):
    data = form_data(editor_client, change(offer), **{"hours-INITIAL_FORMS": "300"})
    html = editor_client.post(change(offer), data).content.decode()
    assert "hours-1-opens" in html and "hours-9-opens" not in html
    assert len(hours(offer)) == 2


def test_a_reader_sees_the_tables_without_what_only_forms_need(client, offer, django_user_model):
    user = django_user_model.objects.create_user("gast", password="x", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(user)
    html = client.get(change(offer)).content.decode()
    assert "Weg 1" in html
    assert "opened_row" not in html
    assert client.post(change(offer), {"title_de": "Neu"}).status_code == 403


def test_endless_rows_are_cut_and_what_fits_is_kept(editor_client, offer):
    typed = {"dates-TOTAL_FORMS": "99999"}
    for number in range(100):
        day = f"2027-{number // 28 + 1:02}-{number % 28 + 1:02}"
        typed |= {f"dates-{number}-starts": f"{day}T10:00", f"dates-{number}-ends": f"{day}T11:00"}
    data = form_data(editor_client, change(offer), **typed)
    response = editor_client.post(change(offer), data)
    html = response.content.decode()
    assert "Das sind zu viele Zeilen auf einmal. Unten stehen die ersten 100." in html
    assert html.count('-starts" value="2027') == 100
    assert "dates-100-starts" not in html
    assert editor_client.post(change(offer), data | {"dates-TOTAL_FORMS": "100"}).status_code == 302
    assert offer.dates.count() == 100
    # What is stored does not count: more can always be added.
    more = {"dates-100-starts": "2028-01-01T10:00", "dates-100-ends": "2028-01-01T11:00"}
    data = form_data(editor_client, change(offer), **more)
    assert editor_client.post(change(offer), data).status_code == 302
    assert offer.dates.count() == 101
