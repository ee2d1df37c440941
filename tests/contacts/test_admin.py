"""Staff edit contact persons in the admin; what they save is public at once."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from contacts.models import ContactPerson
from languages.models import Language, Origin
from languages.registry import REGISTRY
from tests.admin_forms import errors, form_data
from tests.factories import make_contact

ADD = "/verwaltung/contacts/contactperson/add/"


def change(person):
    return reverse("admin:contacts_contactperson_change", args=[person.pk])


def picture(size=(900, 600), mode="RGB", kind="JPEG", **options):
    out = BytesIO()
    Image.new(mode, size, "#2044aa").save(out, kind, **options)
    return out.getvalue()


@pytest.fixture
def person(starter):
    return ContactPerson.objects.get(slug="meliha-delalic")


def test_a_changed_number_is_public_at_once_in_every_language(staff_client, person):
    data = form_data(staff_client, change(person), phone="06431/296-111")
    assert staff_client.post(change(person), data).status_code == 302
    for code in REGISTRY:
        html = staff_client.get(f"/{code}/").content.decode()
        assert "tel:+496431296111" in html
        assert "296321" not in html


def test_correcting_a_number_makes_no_translation_a_persons(staff_client, person):
    data = form_data(staff_client, change(person), phone="06431/296-111")
    staff_client.post(change(person), data)
    assert set(person.translations.values_list("origin", flat=True)) == {Origin.MACHINE}


def test_a_translation_typed_in_the_form_is_a_persons(staff_client, person):
    staff_client.post(change(person), form_data(staff_client, change(person), role_en="Adviser"))
    assert person.translations.get(field="role", language="en").origin == Origin.HUMAN
    assert person.translations.get(field="role", language="ar").origin == Origin.MACHINE


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"phone": "123"}, "phone", "keine gültige Telefonnummer"),
        ({"email": "m.delalic@"}, "email", "gültige E-Mail-Adresse"),
        ({"slug": "marie-ostermann"}, "slug", "existiert bereits"),
        ({"last_name": None}, "last_name", "zwingend erforderlich"),
        ({"role_de": None}, "role_de", "zwingend erforderlich"),
        ({"valid_from": "02.02.2026", "valid_to": "01.02.2026"}, "valid_to", "vor dem Anfang"),
        ({"phone": None, "email": None}, "__all__", "fehlt eine Telefonnummer"),
        ({"position": "-1"}, "position", "größer oder gleich 0"),
    ],
)
def test_bad_input_is_explained_beside_its_field_and_nothing_is_lost(
    staff_client, person, changes, field, message
):
    changes = {"duties_de": "Ein neuer Satz.", "role_ar": "دور جديد"} | changes
    data = form_data(staff_client, change(person), **changes)
    response = staff_client.post(change(person), data)
    assert message in " ".join(errors(response)[field])
    html = response.content.decode()
    assert "Ein neuer Satz." in html
    assert "دور جديد" in html
    person.refresh_from_db()
    assert person.duties_de != "Ein neuer Satz."


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("foto.jpg", b"Das ist nur Text.", "kein vollständiges Bild"),
        ("foto.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "kein vollständiges Bild"),
        ("foto.jpg", picture() + b"\0" * 20_000_000, "zu groß"),
        ("foto.jpg", picture(kind="GIF"), "kein vollständiges Bild"),
        ("foto.jpg", picture(kind="EPS"), "kein vollständiges Bild"),
        ("foto.jpg", picture()[:2000], "kein vollständiges Bild"),
        ("foto.png", picture((6000, 6000), "1", "PNG"), "Bildpunkte"),
    ],
)
def test_a_file_that_is_no_usable_photo_is_refused(staff_client, person, name, content, message):
    data = form_data(staff_client, change(person), duties_de="Ein neuer Satz.")
    data["photo"] = SimpleUploadedFile(name, content, "image/jpeg")
    response = staff_client.post(change(person), data)
    assert message in " ".join(errors(response)["photo"])
    assert "Ein neuer Satz." in response.content.decode()


def test_a_photo_is_made_anew_without_metadata(client, staff_client, person):
    exif = Image.Exif()
    exif[0x010E] = "Geheimer Ort"
    data = form_data(
        staff_client, change(person), photo_text_de="Porträt", photo_text_en="Portrait"
    )
    upload = picture((900, 600), exif=exif)
    assert b"Geheimer Ort" in upload
    data["photo"] = SimpleUploadedFile("Urlaub am Ort.jpg", upload)
    assert staff_client.post(change(person), data).status_code == 302
    person.refresh_from_db()
    assert "Urlaub" not in person.photo.name
    response = client.get(person.photo.url)
    content = b"".join(response)
    assert b"Geheimer Ort" not in content
    assert Image.open(BytesIO(content)).size == (480, 480)
    assert response.headers["Content-Type"] == "image/jpeg"
    assert "sandbox" in response.headers["Content-Security-Policy"]
    html = client.get("/en/kontakte/meliha-delalic/").content.decode()
    assert f'src="{person.photo.url}"' in html
    assert 'alt="Portrait"' in html


def test_a_photo_of_a_phone_held_upright_is_stored_upright(staff_client, person):
    lying, exif, out = Image.new("RGB", (600, 600), "blue"), Image.Exif(), BytesIO()
    lying.paste("red", (0, 0, 300, 600))
    exif[0x0112] = 6  # to be turned clockwise: what is on the left belongs on top
    lying.save(out, "JPEG", exif=exif)
    data = form_data(staff_client, change(person))
    data["photo"] = SimpleUploadedFile("foto.jpg", out.getvalue())
    assert staff_client.post(change(person), data).status_code == 302
    person.refresh_from_db()
    with person.photo.open() as file, Image.open(file) as stored:
        colours = [stored.getpixel(place) for place in ((400, 50), (50, 400))]
    assert [red > blue for red, _green, blue in colours] == [True, False]


def test_a_transparent_picture_gets_a_white_ground(person):
    out = BytesIO()
    Image.new("RGBA", (50, 80)).save(out, "PNG")
    person.photo = SimpleUploadedFile("p.png", out.getvalue())
    person.save()
    with Image.open(person.photo.path) as stored:
        assert stored.format == "JPEG"
        assert stored.getpixel((240, 240)) == (255, 255, 255)


def test_a_new_person_needs_only_german(client, staff_client, starter):
    data = {
        "last_name": "Muster",
        "slug": "muster",
        "role_de": "Beraterin",
        "email": "muster@example.org",
        "position": "0",
        "published": "on",
    }
    data = form_data(staff_client, ADD, **data)
    assert staff_client.post(ADD, data).status_code == 302
    assert client.get("/ar/kontakte/muster/").status_code == 200


def test_each_language_has_a_block_with_its_counter_and_direction(staff_client, person):
    person.duties_ar = ""
    person.save()
    html = staff_client.get(change(person)).content.decode()
    assert html.count("<details>") == len(REGISTRY) - 1
    assert "Arabisch (العربية): 1 von 2 Texten" in html
    assert "Englisch (English): 2 von 2 Texten" in html
    assert '<input type="text" name="role_fa_af"' in html
    field = html[html.index('name="role_fa_af"') :].split(">")[0]
    assert 'lang="fa-AF"' in field
    assert 'dir="rtl"' in field
    for code in REGISTRY:
        assert f'href="/{code}/kontakte/meliha-delalic/"' in html or code == "de"


def test_without_a_login_nothing_is_shown(client, starter):
    person = ContactPerson.objects.first()
    for url in ("/verwaltung/", change(person), ADD):
        response = client.get(url)
        assert response.status_code == 302
        assert response.headers["Location"].startswith("/verwaltung/login/")


def test_a_photo_without_a_description_is_decoration_beside_the_name(client, starter):
    person = make_contact(photo=SimpleUploadedFile("p.jpg", picture()))
    assert 'alt=""' in client.get(person.get_absolute_url()).content.decode()


def test_a_removed_portrait_can_no_longer_be_fetched(client, starter):
    person = make_contact(photo=SimpleUploadedFile("p.jpg", picture()))
    first = person.photo.url
    assert b"".join(client.get(first))[:2] == b"\xff\xd8"
    person.photo = SimpleUploadedFile("q.jpg", picture())
    person.save()
    assert client.get(first).status_code == 404
    assert b"".join(client.get(person.photo.url))[:2] == b"\xff\xd8"
    person.published = False
    person.save()
    assert client.get(person.photo.url).status_code == 404


def test_a_missing_photo_file_breaks_neither_page_nor_form(client, staff_client, starter):
    person = make_contact(photo=SimpleUploadedFile("p.jpg", picture()))
    person.photo.storage.delete(person.photo.name)
    assert client.get(person.get_absolute_url()).status_code == 200
    data = form_data(staff_client, change(person), room="12")
    response = staff_client.post(change(person), data)
    assert response.status_code == 302, errors(response)


def test_line_breaks_of_a_browser_are_no_change(staff_client, person):
    person.duties_en = "Line one\nLine two"
    person.save(origin=Origin.MACHINE)
    data = form_data(staff_client, change(person), room="12", duties_en="Line one\r\nLine two")
    assert staff_client.post(change(person), data).status_code == 302
    assert person.translations.get(field="duties", language="en").origin == Origin.MACHINE


def test_an_address_is_made_from_the_name_when_left_empty(staff_client, starter):
    typed = {"first_name": "Jörg", "last_name": "Weiß", "role_de": "Berater"}
    data = form_data(staff_client, ADD, **typed)
    for expected in ("joerg-weiss", "joerg-weiss-2", "joerg-weiss-3"):
        assert staff_client.post(ADD, data).status_code == 302
        assert ContactPerson.objects.latest("pk").slug == expected


def test_staff_without_rights_see_no_links_they_may_not_follow(client, starter, django_user_model):
    user = django_user_model.objects.create_user("gast", password="x", is_staff=True)
    client.force_login(user)
    html = client.get("/verwaltung/").content.decode()
    assert "Das fehlt noch" not in html
    response = client.get(change(ContactPerson.objects.first()))
    assert response.status_code == 403
    assert "Zur Verwaltung" in response.content.decode()


def test_view_on_site_is_offered_only_for_what_the_public_can_open(staff_client, person):
    assert "/ar/kontakte/meliha-delalic/" in staff_client.get(change(person)).content.decode()
    Language.objects.filter(code="ar").update(published=False)
    assert "/ar/kontakte/meliha-delalic/" not in staff_client.get(change(person)).content.decode()
    person.published = False
    person.save()
    assert "/de/kontakte/meliha-delalic/" not in staff_client.get(change(person)).content.decode()


def test_a_lost_csrf_token_is_explained_in_german(staff, starter, person):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(staff)
    response = strict.post(change(person), {"phone": "1"})
    assert response.status_code == 403
    assert "Kopieren Sie, was Sie geschrieben haben." in response.content.decode()


def test_a_huge_body_is_refused_before_it_is_read(client, starter):
    response = client.post("/verwaltung/login/", {"x": "y" * 1_100_000})
    assert response.status_code == 413
