"""Two people edit at once: each keeps what they changed, and nothing is lost."""

import pytest

from contacts.models import ContactPerson
from tests.admin_forms import errors, form_data
from tests.contacts.test_admin import change, person  # noqa: F401  a helper and a fixture

LIST = "/verwaltung/contacts/contactperson/"


def list_data(people, **changes):
    """What a browser sends from the editable list; `changes` are per slug."""
    data = {"form-TOTAL_FORMS": len(people), "form-INITIAL_FORMS": len(people), "_save": "Sichern"}
    for number, someone in enumerate(people):
        row = {"position": someone.position, "published": someone.published}
        data |= {f"form-{number}-id": someone.pk}
        for name, value in (row | changes.get(someone.slug, {})).items():
            data |= {f"form-{number}-{name}": value} if value is not False else {}
            data |= {f"initial-form-{number}-{name}": row[name]}
    return data


def test_the_list_reorders_and_hides(client, staff_client, starter):
    people = list(ContactPerson.objects.all())
    changes = {"meliha-delalic": {"position": 0}, "marie-ostermann": {"published": False}}
    assert staff_client.post(LIST, list_data(people, **changes)).status_code == 302
    html = client.get("/de/kontakte/").content.decode()
    assert "Ostermann" not in html
    assert html.index("Delalic") < html.index("Adigüzel")


def test_an_old_list_does_not_publish_again_what_somebody_hid(staff_client, starter):
    old = list_data(list(ContactPerson.objects.all()), **{"marie-ostermann": {"position": 9}})
    ContactPerson.objects.filter(slug="marie-ostermann").update(published=False)
    ContactPerson.objects.filter(slug="meliha-delalic").update(position=7)
    assert staff_client.post(LIST, old).status_code == 302
    rows = {p.slug: (p.position, p.published) for p in ContactPerson.objects.all()}
    assert rows["marie-ostermann"] == (9, False)
    assert rows["meliha-delalic"] == (7, True)


def test_the_list_offers_what_its_form_needs(staff_client, starter):
    html = staff_client.get(LIST).content.decode()
    assert 'name="initial-form-0-published"' in html
    assert 'name="form-0-position"' in html


def test_two_editors_each_keep_what_they_changed(staff_client, person):
    first = form_data(staff_client, change(person), phone="06431/296-111")
    second = form_data(staff_client, change(person), room="12", role_ar="دور جديد")
    staff_client.post(change(person), first)
    assert staff_client.post(change(person), second).status_code == 302
    person.refresh_from_db()
    assert (person.phone, person.room, person.role_ar) == ("06431/296-111", "12", "دور جديد")


def test_two_editors_of_one_field_see_both_texts(staff_client, person):
    first = form_data(staff_client, change(person), duties_de="Text der ersten")
    second = form_data(staff_client, change(person), duties_de="Text der zweiten", room="12")
    staff_client.post(change(person), first)
    response = staff_client.post(change(person), second)
    assert "Text der ersten" in " ".join(errors(response)["duties_de"])
    html = response.content.decode()
    assert "Text der zweiten" in html
    person.refresh_from_db()
    assert (person.duties_de, person.room) == ("Text der ersten", "")
    # Saving the same form once more is the decision for the second text.
    second["_opened"] = response.context["adminform"].form.opened
    assert staff_client.post(change(person), second).status_code == 302
    person.refresh_from_db()
    assert (person.duties_de, person.room) == ("Text der zweiten", "12")


def test_an_old_form_does_not_undo_a_translation_or_an_assignment(staff_client, person):
    stale = form_data(staff_client, change(person), room="12")
    person.role_tr = "Danışman"
    person.save()
    person.areas.clear()
    assert staff_client.post(change(person), stale).status_code == 302
    person.refresh_from_db()
    assert (person.role_tr, person.room, list(person.areas.all())) == ("Danışman", "12", [])


@pytest.mark.parametrize("opened", ["", "{", "[]", '"x"', '{"phone": 3}', '{"nonsense": "a"}'])
def test_a_broken_hidden_field_does_no_harm(staff_client, person, opened):
    data = form_data(staff_client, change(person), room="12", _opened=opened)
    assert staff_client.post(change(person), data).status_code in (200, 302)


def test_a_second_try_after_an_error_keeps_what_others_saved_meanwhile(staff_client, person):
    first = form_data(staff_client, change(person), room="Neu", published=None)
    second = form_data(staff_client, change(person), phone="12")
    staff_client.post(change(person), first)
    response = staff_client.post(change(person), second)
    second |= {"phone": "06431/296-111", "_opened": response.context["adminform"].form.opened}
    assert staff_client.post(change(person), second).status_code == 302
    person.refresh_from_db()
    assert (person.room, person.published, person.phone) == ("Neu", False, "06431/296-111")


def test_deciding_one_conflict_keeps_the_other_fields_of_the_first_editor(staff_client, person):
    first = form_data(staff_client, change(person), duties_de="Text der ersten", room="Neu")
    second = form_data(staff_client, change(person), duties_de="Text der zweiten")
    staff_client.post(change(person), first)
    response = staff_client.post(change(person), second)
    second["_opened"] = response.context["adminform"].form.opened
    assert staff_client.post(change(person), second).status_code == 302
    person.refresh_from_db()
    assert (person.duties_de, person.room) == ("Text der zweiten", "Neu")


def test_a_conflict_names_choices_as_the_form_does(staff_client, person):
    first = form_data(staff_client, change(person), salutation="herr", valid_from="01.02.2026")
    second = form_data(staff_client, change(person), salutation="", valid_from="03.02.2026")
    staff_client.post(change(person), first)
    refused = errors(staff_client.post(change(person), second))
    assert "„Herr“" in " ".join(refused["salutation"])
    assert "„1. Februar 2026“" in " ".join(refused["valid_from"])
