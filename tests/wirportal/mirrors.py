"""A site whose copies have every kind of link, and the copying of it."""

from datetime import time, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from languages.models import Language
from offers.models import Organisation, Topic
from programme.models import Page
from tests.factories import make_offer

LIVE = "http://testserver"


@pytest.fixture
def folder(tmp_path, settings):
    settings.DATA_DIR = tmp_path / "data"
    settings.DATA_DIR.mkdir()
    return tmp_path / "www" / "kopie"


@pytest.fixture
def site(transactional_db, full_site, monkeypatch):
    monkeypatch.setattr("offers.views.PAGE_SIZE", 4)
    for number in range(5):
        make_offer(
            slug=f"kurs-{number}",
            title_de=f"Kurs {number}",
            organisation=Organisation.objects.get(slug="landkreis-limburg-weilburg"),
            topics=Topic.objects.filter(slug="begegnung") if number else Topic.objects.all(),
            hours=[{"weekday": 0, "opens": time(9), "closes": time(12)}],
            valid_to=timezone.localdate() + timedelta(days=30),  # so it has a calendar
        )
    page = Page.objects.get(slug="impressum")
    page.body_de += (
        f'<p><a href="{LIVE}/de/kontakte">Kontakte</a> <a href="/">Sprachen</a> '
        '<a href="/de/angebote/?ort=elz&amp;thema=begegnung#inhalt">Treffpunkte in Elz</a></p>'
    )
    page.save()


@pytest.fixture
def small_site(site):
    Language.objects.exclude(code__in=["de", "ar"]).update(published=False)
    Page.objects.filter(slug="leichte-sprache").update(published=False)  # leads to de-simple


@pytest.fixture
def german_site(small_site):
    Language.objects.exclude(code="de").update(published=False)


def export(folder):
    output = StringIO()
    call_command("exportsite", folder, stdout=output)
    return output.getvalue()
