"""Files that are something else as well: what is stored of them, and how it is sent."""

import re
import struct
import zlib
from io import BytesIO

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import reverse
from PIL import Image

from contacts.models import ContactPerson
from programme.models import Area, Page, Publication
from programme.uploads import logo_path, photo_path, publication_path, video_path
from tests.admin_forms import errors, form_data
from tests.factories import PDF

SCRIPT = b"<?php system($_GET[0]); ?><html><script>window.__xss=1</script></html>"
NAMES = [
    "../../../x.pdf",
    "..\\..\\x.pdf",
    "/etc/x.pdf",
    "x.php.pdf",
    "x<script>.pdf",
    ".htaccess.pdf",
]


def polyglot():
    """Return a picture that holds a script in a comment, in its EXIF data and behind its end."""
    exif = Image.Exif()
    exif[0x010E] = SCRIPT.decode()
    out = BytesIO()
    Image.new("RGB", (600, 600), "red").save(out, "JPEG", comment=SCRIPT, exif=exif)
    return out.getvalue() + SCRIPT


def bomb(side):
    """Return the head of a PNG of side × side pixels."""
    head = b"IHDR" + struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))
    return b"\x89PNG\r\n\x1a\n" + chunk


def change(obj):
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change", args=[obj.pk])


@pytest.fixture
def person(starter):
    return ContactPerson.objects.get(slug="meliha-delalic")


def test_of_a_picture_with_a_script_only_the_picture_is_kept(client, staff_client, person):
    data = form_data(staff_client, change(person))
    data["photo"] = SimpleUploadedFile("../../x.php.jpg", polyglot(), "text/html")
    assert staff_client.post(change(person), data).status_code == 302
    person.refresh_from_db()
    response = client.get(person.photo.url)
    content = b"".join(response)
    assert content.startswith(b"\xff\xd8\xff")
    assert b"php" not in content and b"script" not in content
    assert response.headers["Content-Type"] == "image/jpeg"
    assert_is_harmless(response)


@pytest.mark.parametrize(
    "content", [bomb(30_000), bomb(60_000), b"GIF89a\xff\xff\xff\xff;", SCRIPT]
)
def test_a_bomb_is_refused_as_a_picture(staff_client, person, content):
    data = form_data(staff_client, change(person))
    data["photo"] = SimpleUploadedFile("x.jpg", content, "image/jpeg")
    assert errors(staff_client.post(change(person), data))["photo"]


def test_nobody_can_guess_the_address_of_a_file():
    paths = [photo_path, logo_path, publication_path, video_path]
    assert len({path(None, "bild.jpg") for path in paths for _again in range(3)}) == 12
    assert all(re.search(r"/[a-z0-9]{16}\.", path(None, "bild.jpg")) for path in paths)


def assert_is_harmless(response):
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", NAMES)
def test_a_pdf_with_a_script_is_only_downloaded(client, staff_client, starter, name):
    file = SimpleUploadedFile("x.pdf", PDF.replace(b"obj <<", SCRIPT + b"obj <<"), "text/html")
    area = Area.objects.get(slug="wir-koordination")
    form = {"title_de": "Konzept", "area": area.pk, "date": "31.01.2026", "language": "de"}
    form |= {"published": "on"}
    body = encode_multipart(BOUNDARY, form | {"file": file})
    body = body.replace(b'"x.pdf"', f'"{name}"'.encode())
    url = "/verwaltung/programme/publication/add/"
    assert staff_client.generic("POST", url, body, MULTIPART_CONTENT).status_code == 302
    stored = Publication.objects.get().file
    assert stored.name.startswith("publications/") and len(stored.name) < 40
    assert stored.path.startswith(str(settings.MEDIA_ROOT))
    response = client.get(stored.url)
    b"".join(response)
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert_is_harmless(response)


def test_a_video_with_a_script_is_sent_as_a_video(client, staff_client, starter):
    page = Page.objects.get(slug="gebaerdensprache")
    data = form_data(staff_client, change(page), published="on")
    data["video"] = SimpleUploadedFile("x.mp4", b"\0\0\0\x18ftyp" + SCRIPT, "text/html")
    data["captions"] = SimpleUploadedFile("x.vtt", b"WEBVTT\n" + SCRIPT, "text/html")
    assert staff_client.post(change(page), data).status_code == 302
    page.refresh_from_db()
    for file, kind in ((page.video, "video/mp4"), (page.captions, "text/vtt")):
        response = client.get(file.url)
        b"".join(response)
        assert response.headers["Content-Type"].startswith(kind)
        assert_is_harmless(response)
