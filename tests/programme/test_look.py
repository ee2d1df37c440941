"""A colour and a logo of the district's own."""

import re
from io import BytesIO

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from programme import colours
from programme.models import Programme
from tests.admin_forms import errors, form_data
from tests.factories import make_languages, make_programme
from tests.pages import read


@pytest.fixture
def programme(db):
    make_languages("de", "ar")
    return make_programme()


def save(staff_client, programme, **changes):
    change = reverse("admin:programme_programme_change", args=[programme.pk])
    return staff_client.post(change, form_data(staff_client, change, **changes))


def picture(*size):
    out = BytesIO()
    Image.new("RGBA", size, (0, 90, 60, 0)).save(out, "PNG")
    return SimpleUploadedFile("../../x.php", out.getvalue(), "text/html")


def test_without_one_no_page_loads_a_second_stylesheet(client, programme):
    assert len(read(client, "/de/").all("link", rel="stylesheet")) == 1
    assert client.get("/aussehen.css").status_code == 404


def test_a_colour_is_live_on_every_page_at_once(client, staff_client, programme):
    assert save(staff_client, programme, colour="#00664A").status_code == 302
    for path in ("/de/", "/ar/kontakte/", "/de/gibt-es-nicht/"):
        assert '<link rel="stylesheet" href="/aussehen.css">' in client.get(path).content.decode()
    response = client.get("/aussehen.css")
    assert response.headers["Content-Type"].startswith("text/css")
    assert not response.cookies
    found = re.findall(r"--([\w-]+):(#\w{6})", response.content.decode())
    assert found[0] == ("action", "#00664A")
    assert [name for name, _colour in found] == ["action", "action-strong"] * 2
    assert "&" not in response.content.decode()


@pytest.mark.parametrize("colour", ["#ffe12f", "#7a9", "red", "#2044aa;}", "#2044ag"])
def test_a_colour_that_cannot_be_read_or_is_none_is_refused(staff_client, programme, colour):
    response = save(staff_client, programme, colour=colour)
    assert "colour" in errors(response)
    programme.refresh_from_db()
    assert programme.colour == ""


def test_what_is_no_colour_never_gets_into_the_stylesheet(client, programme):
    Programme.objects.update(colour="red;}*{")
    response = client.get("/aussehen.css")
    assert response.status_code == 200
    assert "red" not in response.content.decode()


@given(st.integers(0, 0xFFFFFF))
def test_every_colour_that_is_accepted_has_enough_contrast_in_both_modes(number):
    colour = f"#{number:06x}"
    try:
        colours.validate_colour(colour)
    except colours.ValidationError:
        return
    light, dark = (re.findall("#.{6}", part) for part in colours.variables(colour))
    assert all(colours.worst_contrast(shade, colours.LIGHT) >= 4.5 for shade in light)
    assert all(colours.worst_contrast(shade, colours.DARK) >= 4.5 for shade in dark)


def test_the_contrast_is_that_of_wcag():
    assert round(colours.contrast("#000000", "#ffffff"), 2) == 21
    assert round(colours.contrast("#777777", "#ffffff"), 2) == 4.48


def test_the_grounds_are_those_of_the_stylesheet():
    css = (settings.BASE_DIR / "static/css/site.css").read_text(encoding="utf-8")
    for grounds, place in ((colours.LIGHT, 0), (colours.DARK, 1)):
        for name, ground in zip(("page", "hued", "note"), grounds, strict=True):
            value = re.findall(rf"--{name}: (#\w+);", css)[place]
            assert {value, f"#{value[1] * 6}"} & {ground}, name
    # What stands on a button: the page's own colour, in both modes.
    assert re.findall(r"--on-action: (#\w+);", css) == ["#fff", "#131525"]


def test_a_logo_is_made_small_and_stands_beside_the_name(client, staff_client, programme):
    assert save(staff_client, programme, logo=picture(2000, 500)).status_code == 302
    programme = Programme.objects.get()
    image, _ = read(client, "/ar/").one("img")
    assert (image["width"], image["height"], image["alt"]) == ("160", "40", "")
    response = client.get(image["src"])
    assert response.headers["Content-Type"] == "image/png"
    stored = Image.open(BytesIO(b"".join(response)))
    assert (stored.size, stored.getpixel((1, 1))) == ((480, 120), (255, 255, 255))
    assert "--action" not in client.get("/aussehen.css").content.decode()
    programme.logo.storage.delete(programme.logo.name)
    programme.save()
    assert not read(client, "/de/").all("img")
    assert client.get(image["src"]).status_code == 404


def test_a_logo_that_was_replaced_is_public_no_longer(client, staff_client, programme):
    save(staff_client, programme, logo=picture(200, 100))
    old = Programme.objects.get().logo.url
    save(staff_client, programme, logo=picture(100, 100))
    assert client.get(old).status_code == 404
    assert save(staff_client, programme, logo=SimpleUploadedFile("x.png", b"x")).status_code == 200
