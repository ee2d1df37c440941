"""The history shows what changed, word by word, and takes a single change back."""

import re

import pytest
from django.urls import reverse

from contacts.models import ContactPerson
from languages.models import Origin
from languages.status import Status
from programme.models import Area
from tests.admin_forms import form_data
from tests.factories import make_area
from tests.languages.test_translate import area, row, status  # noqa: F401  a fixture and helpers


def test_the_history_shows_words_and_takes_one_change_back(staff_client, staff, area):
    change = reverse("admin:programme_area_change", args=[area.pk])
    data = form_data(staff_client, change, title_de="Neuer Name", title_en="New name", position="7")
    staff_client.post(change, data)
    history = reverse("admin:programme_area_history", args=[area.pk])
    html = staff_client.get(history).content.decode()
    assert "<ins>Neuer" in html
    assert staff.username in html
    for column in ("title_de", "title_en"):
        value = re.search(rf'value="(\d+:{column})"', staff_client.get(history).content.decode())[1]
        assert staff_client.post(history, {"undo": value}).status_code == 302
    area.refresh_from_db()
    assert (area.title_de, area.title_en, area.position) == (
        "WIR-Koordination",
        "WIR coordination",
        7,
    )
    assert row(area, "title", "en").source == "WIR-Koordination"
    assert row(area, "title", "en").origin == Origin.MACHINE
    assert status(area, "title", "en") == Status.UNREVIEWED


@pytest.mark.parametrize(
    "value", ["", "x:y", "1:nothing", "999999:title_de", ":", "1:uuid", "1:title"]
)
def test_a_broken_undo_is_not_found(staff_client, area, value):
    history = reverse("admin:programme_area_history", args=[area.pk])
    assert staff_client.post(history, {"undo": value}).status_code == 404


def test_undo_brings_assignments_back(staff_client, starter):
    someone = ContactPerson.objects.get(slug="meliha-delalic")
    change = reverse("admin:contacts_contactperson_change", args=[someone.pk])
    both = [area.pk for area in Area.objects.all()]
    staff_client.post(change, form_data(staff_client, change, areas=both))
    history = reverse("admin:contacts_contactperson_history", args=[someone.pk])
    html = staff_client.get(history).content.decode()
    value = re.search(r'value="(\d+:areas)"', html)[1]
    assert staff_client.post(history, {"undo": value}).status_code == 302
    assert [area.slug for area in someone.areas.all()] == ["wir-fallmanagement"]


def take_back(client, obj, column):
    history = reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_history", args=[obj.pk])
    value = re.search(rf'value="(\d+:{column})"', client.get(history).content.decode())[1]
    return client.post(history, {"undo": value}, follow=True)


def test_undoing_a_new_translation_of_outdated_text_leaves_it_outdated(staff_client, area):
    area.title_de = "Neu"
    area.save()
    area.title_tr = "Yeni"
    area.save()
    assert status(area, "title", "tr") == Status.CURRENT
    take_back(staff_client, area, "title_tr")
    assert status(area, "title", "tr") == Status.OUTDATED
    assert row(area, "title", "tr").origin == Origin.MACHINE


def test_undoing_a_small_correction_keeps_translations_valid(staff_client, area):
    area.title_de = "WIR-Koordination!"
    area.save(small_correction=True)
    take_back(staff_client, area, "title_de")
    assert row(area, "title", "tr").source == "WIR-Koordination"
    assert status(area, "title", "tr") == Status.UNREVIEWED


def test_undoing_an_address_that_is_taken_now_is_explained(staff_client, area):
    area.slug = "anders"
    area.save()
    make_area(slug="wir-koordination")
    response = take_back(staff_client, area, "slug")
    assert response.status_code == 200
    assert "existiert bereits" in response.content.decode()
