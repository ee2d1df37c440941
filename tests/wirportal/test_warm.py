"""`manage.py warm`: the pages are there before anybody asks for them."""

import re
from datetime import time, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from languages.models import Language
from offers.models import Offer, Topic
from programme.models import Programme
from tests.factories import make_offer
from tests.pages import Reading, sitemap
from tests.wsgi import ask

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("full_site")]


@pytest.fixture(autouse=True)
def two_languages(full_site):
    Language.objects.exclude(code__in=["de", "ar"]).update(published=False)


def warm(**options):
    output = StringIO()
    call_command("warm", stdout=output, **options)
    return output.getvalue()


def numbers(output):
    """Return how many pages were rendered, and how many were still good."""
    found = re.search(r"([\d.]+) Seiten neu erzeugt, ([\d.]+) waren noch aktuell", output)
    return int(found[1].replace(".", "")), int(found[2].replace(".", ""))


def addresses():
    """Return what readers ask for: each page of the sitemap, and the files that it loads."""
    with_form = ("/rueckmeldung/", "/barriere-melden/")
    pages = [path for path in sitemap(Client()) if not path.endswith(with_form)]
    files = set()
    for path in pages:
        page = Reading(Client().get(path).content.decode())
        linked = [a.get("href") for a, _ in page.all("a")] + [i["src"] for i, _ in page.all("img")]
        files |= {link for link in linked if link.endswith((".vcf", ".svg", ".ics"))}
    files.remove("/api/termine.ics")  # open data is never kept
    assert {path[-4:] for path in files} == {".vcf", ".svg", ".ics"}
    rest = ["/robots.txt", "/sitemap.xml", "/.well-known/security.txt", "/de/angebote/?seite=1"]
    return [*pages, *files, *rest]


def test_workers_find_every_page_after_warming(make_store):
    for number in range(21):
        make_course(number)
    output = warm()
    assert "fehlgeschlagen" not in output
    assert "Seiten: 5" in output
    assert "(100 %)" in output
    store = make_store()
    for address in [*addresses(), "/ar/angebote/?seite=2"]:
        assert ask(store, address, accept_encoding="br").status == 200, address
    assert store.application.asked == []


def make_course(number):
    make_offer(
        slug=f"kurs-{number}",
        title_de=f"Kurs {number}",
        organisation=Offer.objects.first().organisation,
        topics=Topic.objects.filter(quick_exit=False),  # those of violence have no calendar
        valid_to=timezone.localdate() + timedelta(days=30),
        hours=[{"weekday": 0, "opens": time(9), "closes": time(12)}],
    )


def test_a_warmed_page_is_the_one_that_a_worker_would_make(make_store, settings, tmp_path):
    warm(languages=["de"])
    kept = ask(make_store(), "/de/kontakte/")
    settings.DATA_DIR = tmp_path / "other"
    fresh = make_store()
    fresh.files.folder = tmp_path / "nothing"
    assert ask(fresh, "/de/kontakte/").decoded == kept.decoded
    assert len(fresh.application.asked) == 1


def test_again_it_renders_nothing_and_after_an_edit_everything(make_store):
    rendered, _good = numbers(warm())
    assert numbers(warm()) == (0, rendered)
    Programme.objects.update(site_name="Neuer Name")
    assert numbers(warm()) == (rendered, 0)
    store = make_store()
    assert "Neuer Name" in ask(store, "/ar/").text
    assert store.application.asked == []


def test_only_some_languages(make_store):
    warm(languages=["ar"])
    store = make_store()
    ask(store, "/ar/")
    ask(store, "/de/")
    assert store.application.asked == ["/de/?"]
    with pytest.raises(CommandError, match="Keine öffentliche Sprache: ru, xx"):
        warm(languages=["de", "ru", "xx"])


def test_it_stops_where_the_space_ends_with_the_important_pages_kept(make_store, settings):
    settings.PAGE_FILES = 200_000
    output = warm()
    missing = re.search(r"Der Platz ist voll: (\d+) Seiten passen nicht", output)
    assert int(missing[1]) > 20
    store = make_store()
    assert sum(size for _used, size, _path in store.files.files()) <= settings.PAGE_FILES
    for address in ("/de/", "/ar/", "/de/bereiche/wir-koordination/", "/ar/kontakte/"):
        ask(store, address)
    assert store.application.asked == []
    assert numbers(warm())[0] == 0, "nothing was driven out"


def test_failing_pages_are_listed_even_where_an_old_copy_answers(monkeypatch, make_store):
    ask(make_store(), "/de/kontakte/")
    Programme.objects.update(site_name="Neuer Name")

    def broken(*arguments):
        raise RuntimeError

    monkeypatch.setattr("contacts.views.render", broken)
    with pytest.raises(CommandError, match="fehlgeschlagen") as error:
        warm(languages=["de"])
    assert "/de/kontakte/ (" in str(error.value)


def test_with_debug_nothing_is_kept(settings):
    settings.DEBUG = True
    with pytest.raises(CommandError, match="DEBUG"):
        warm()
