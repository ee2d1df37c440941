"""The history shows what changed, word by word, and takes a single change back."""

import re
from datetime import date, timedelta
from html import unescape
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from contacts.models import ContactPerson
from languages.models import Origin
from languages.status import Status
from offers.models import Cost
from programme.models import Area
from tests.admin_forms import form_data
from tests.factories import make_area, make_municipality, make_offer, make_organisation, make_topic
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


@pytest.mark.parametrize("pause", [0, 60])
def test_a_second_click_tells_that_the_change_is_undone(staff_client, area, pause):
    change = reverse("admin:programme_area_change", args=[area.pk])
    staff_client.post(change, form_data(staff_client, change, title_de="Neu", title_en="New"))
    area.history.update(history_date=timezone.now() - timedelta(seconds=pause))
    history = reverse("admin:programme_area_history", args=[area.pk])
    html = staff_client.get(history).content.decode()
    for column, text in {"title_de": "WIR-Koordination", "title_en": "WIR coordination"}.items():
        value = re.search(rf'value="(\d+:{column})"', html)[1]
        for word in ("ist", "war schon", "war schon"):
            page = staff_client.post(history, {"undo": value}, follow=True)
            assert page.redirect_chain == [(history, 302)]
            assert f"Die Änderung {word} zurückgenommen." in page.content.decode()
            area.refresh_from_db()
            assert getattr(area, column) == text


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


def test_a_photo_that_was_replaced_or_removed_comes_back(staff_client, starter, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    someone = ContactPerson.objects.get(slug="meliha-delalic")
    change = reverse("admin:contacts_contactperson_change", args=[someone.pk])
    photos = {}
    for changes in ({"photo": picture("red")}, {"photo": picture("blue")}, {"photo-clear": "on"}):
        response = staff_client.post(change, form_data(staff_client, change) | changes)
        assert response.status_code == 302
        someone.refresh_from_db()
        if someone.photo:
            photos[someone.photo.name] = (tmp_path / someone.photo.name).read_bytes()
    red, blue = photos
    for name in (blue, red):
        assert "zurückgenommen" in photo_back(staff_client, someone, name)
        assert someone.photo.name == name
        assert (tmp_path / name).read_bytes() == photos[name]
    (tmp_path / blue).unlink()
    assert "Die Datei gibt es nicht mehr." in photo_back(staff_client, someone, blue)
    assert someone.photo.name == red


def photo_back(client, person, name):
    """Take the change back after which this was no longer the photo; return what staff are told."""
    for hour, record in enumerate(person.history.all()):  # or they would count as one saving
        record.history_date = timezone.now() - timedelta(hours=hour)
        record.save()
    history = reverse("admin:contacts_contactperson_history", args=[person.pk])
    offered = re.findall(r'value="(\d+):photo"', client.get(history).content.decode())
    [version, *_rest] = [pk for pk in offered if person.history.get(pk=pk).photo == name]
    response = client.post(history, {"undo": f"{version}:photo"}, follow=True)
    person.refresh_from_db()
    return response.content.decode()


def picture(color):
    out = BytesIO()
    Image.new("RGB", (600, 600), color).save(out, "PNG")
    return SimpleUploadedFile("photo.png", out.getvalue(), "image/png")


def of_offer(client, offer):
    html = client.get(reverse("admin:offers_offer_history", args=[offer.pk])).content.decode()
    return unescape(html)


def test_undo_never_empties_what_must_not_be_empty(staff_client, db):
    offer, topic = make_offer(), make_topic()
    offer.topics.set([topic])
    response = take_back(staff_client, offer, "topics")
    assert "Dieses Feld darf nicht leer sein." in response.content.decode()
    assert list(offer.topics.all()) == [topic]


def test_undo_leaves_out_what_was_deleted_since(staff_client, db):
    gone, kept, other = [make_topic(slug=slug) for slug in ("gone", "kept", "other")]
    offer = make_offer(topics=[gone, kept])
    change = reverse("admin:offers_offer_change", args=[offer.pk])
    staff_client.post(change, form_data(staff_client, change, topics=[other.pk]))
    gone.delete()
    take_back(staff_client, offer, "topics")
    assert list(offer.topics.all()) == [kept]


def test_the_history_reads_as_the_form_does(staff_client, db):
    offer = make_offer(topics=[make_topic(name_de="Sprache")], valid_to="2026-01-31")
    other = make_organisation(name="Bücherei")
    for column, value in {
        "organisation": other,
        "cost": "free",
        "valid_to": date(2026, 2, 28),
        "online": True,
        "title_ar": "",
        "how_it_works_de": '<p><a href="https://example.org/">Weg</a></p>',
    }.items():
        setattr(offer, column, value)
        offer.save()
    offer.how_it_works_de = '<p><a href="https://example.com/">Weg</a></p>'
    offer.save()
    html = of_offer(staff_client, offer)
    for text in (
        "<del>Musterverein</del> <ins>Bücherei</ins>",
        f"<ins>{Cost.FREE.label}</ins>",
        "<del>nein</del> <ins>ja</ins>",
        "Weg (nur die Form oder ein Link ist anders)",
    ):
        assert text in html
    assert "2026-02" not in html
    assert "<ins>Sprache</ins>" in html
    assert ":title_ar" not in html


def test_what_one_saving_wrote_is_one_version(staff_client, db):
    topic, other = make_topic(), make_topic(slug="anderes")
    offer = make_offer(topics=[topic])
    change = reverse("admin:offers_offer_change", args=[offer.pk])
    data = form_data(staff_client, change, title_de="Neu", topics=[other.pk])
    assert staff_client.post(change, data).status_code == 302
    html = of_offer(staff_client, offer)
    pks = {pk for pk, column in re.findall(r'value="(\d+):(title_de|topics)"', html)}
    offered = [pk for pk in pks if f'value="{pk}:title_de"' in html]
    assert len(offered) == 1 and f'value="{offered[0]}:topics"' in html
    take_back(staff_client, offer, "topics")
    take_back(staff_client, offer, "title_de")
    offer.refresh_from_db()
    assert (offer.title_de, list(offer.topics.all())) == ("Deutschkurs", [topic])


def test_deleted_rows_are_shown_and_brought_back(staff_client, db):
    offer = make_offer(hours=[{"weekday": 0, "opens": "14:00", "closes": "16:30"}])
    make_offer(places=[{"street": "Anderswo 1"}]).places.all().delete()
    offer.hours.all().delete()
    history = reverse("admin:offers_offer_history", args=[offer.pk])
    for _again in range(2):
        html = of_offer(staff_client, offer)
        assert "<dt>Öffnungszeit gelöscht</dt>" in html and "Montag 14:00–16:30" in html
        assert "Anderswo" not in html
        key = re.search(r'name="restore" value="([^"]+)"', html)[1]
        assert staff_client.post(history, {"restore": key}).status_code == 302
        assert [str(row) for row in offer.hours.all()] == ["Montag 14:00–16:30"]
        assert 'name="restore"' not in of_offer(staff_client, offer)
        again = staff_client.post(history, {"restore": key}, follow=True)
        assert "Die Änderung war schon zurückgenommen." in again.content.decode()
        assert [str(row) for row in offer.hours.all()] == ["Montag 14:00–16:30"]
        offer.hours.all().delete()


def test_a_deleted_place_whose_municipality_is_gone_is_explained(staff_client, db):
    town = make_municipality()
    offer = make_offer(places=[{"municipality": town}])
    offer.places.all().delete()
    town.delete()
    html = of_offer(staff_client, offer)
    key = re.search(r'name="restore" value="([^"]+)"', html)[1]
    history = reverse("admin:offers_offer_history", args=[offer.pk])
    response = staff_client.post(history, {"restore": key}, follow=True)
    assert 'class="error"' in response.content.decode()
    assert not offer.places.exists()


@pytest.mark.parametrize("key", ["", "x", "place:x", "place:999", "offer:1", ":"])
def test_a_broken_restore_is_not_found(staff_client, db, key):
    history = reverse("admin:offers_offer_history", args=[make_offer().pk])
    assert staff_client.post(history, {"restore": key}).status_code == 404
