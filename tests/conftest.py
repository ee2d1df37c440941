import shutil
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

from contacts.models import ContactPerson, SpokenLanguage
from languages.catalogues import compile_catalogues
from programme.models import Area, Page
from tests.factories import PDF, make_full_offer, make_publication


@pytest.fixture(scope="session", autouse=True)
def catalogues():
    compile_catalogues()


@pytest.fixture(autouse=True)
def media_root(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def starter(db):
    """The site as it is after `make serve` on a new machine."""
    call_command("setup", stdout=StringIO())


@pytest.fixture
def full_site(starter):
    """The starter content with everything switched on that is optional."""
    page = Page.objects.get(slug="gebaerdensprache")
    page.published = True
    page.video = SimpleUploadedFile("dgs.mp4", b"\0\0\0\x18ftypmp42")
    page.captions = SimpleUploadedFile("dgs.vtt", b"WEBVTT\n")
    page.video_link = "https://video.example.org/dgs"
    page.save()
    person = ContactPerson.objects.get(slug="meliha-delalic")
    person.spoken_languages.set(SpokenLanguage.objects.filter(code__in=["de", "ar", "fa-af"]))
    make_full_offer()
    make_publication(
        area=Area.objects.get(slug="wir-koordination"), file=SimpleUploadedFile("k.pdf", PDF)
    )


@pytest.fixture
def staff(db):
    return User.objects.create_superuser("redaktion", password="ein langes Passwort")


@pytest.fixture
def staff_client(client, staff):
    client.force_login(staff)
    return client


@pytest.fixture(scope="session")
def browser_type_launch_args():
    """Debian's Chromium where there is one, else the one that Playwright installed."""
    arguments = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
    ]
    return {"executable_path": shutil.which("chromium"), "args": arguments}
