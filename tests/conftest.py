import shutil
import time as seconds
from contextlib import suppress
from datetime import datetime, time, timedelta
from io import StringIO

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection, transaction
from django.utils import timezone

from contacts.models import ContactPerson, SpokenLanguage
from languages.catalogues import compile_catalogues
from programme.models import Area, Page, Programme
from programme.version import ContentVersion, version_reader
from tests.factories import PDF, make_full_offer, make_publication
from tests.prepared import once


def pytest_configure(config):
    """Compile before pytest-xdist starts its workers: they would write the same files."""
    if not hasattr(config, "workerinput"):
        compile_catalogues()


#: The longest first: begun last, they would keep one core busy alone. Only the first makes the site
#: at once that all servers start from, the second needs no database: the others would wait for it.
SLOW = ["test_restore", "test_worker", "test_fuzz", "test_mirror", "test_accessibility"]
SLOW += ["test_addlanguage", "test_nothing_lost", "test_reading", "test_xss", "test_serve"]
SLOW += ["test_two_hosts", "test_backup", "test_offer_editing", "test_fallback", "test_full_disk"]
SLOW += ["test_signin", "test_editing", "test_behind_proxies", "test_permissions"]
SLOW += ["test_every_page"]
PLACES = {name: place for place, name in enumerate(SLOW)}


def pytest_runtest_setup():
    """Begin no test just before midnight: what it takes for today would soon be yesterday."""
    now = timezone.localtime()
    midnight = datetime.combine(now.date() + timedelta(days=1), time(), now.tzinfo)
    if midnight - now < timedelta(seconds=20):
        seconds.sleep((midnight - now).total_seconds())


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: PLACES.get(item.path.stem, len(SLOW)))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item):
    """Empty the counters after tests that commit: their table is no model's, so it stays full."""
    marker = item.get_closest_marker("django_db")
    commits = marker and marker.kwargs.get("transaction")
    if commits or {"transactional_db", "live_server"} & set(item.fixturenames):
        with suppress(RuntimeError):  # it was skipped before it got a database
            cache.clear()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup):
    """Close what reads the content version: PostgreSQL drops no database that is in use."""
    yield
    if connection := getattr(version_reader(), "connection", None):
        connection.close()


@pytest.fixture(autouse=True)
def media_root(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


def has_rows(cursor, table):
    cursor.execute(f'SELECT EXISTS (SELECT * FROM "{table}")')
    return cursor.fetchone()[0]


@pytest.fixture(scope="session")
def starter_copy(django_db_setup, django_db_blocker):
    """Run `setup` once, keep its rows beside their tables, and return the SQL that copies them."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        call_command("setup", stdout=StringIO())
        tables = connection.introspection.django_table_names(only_existing=True)
        tables.remove(ContentVersion._meta.db_table)  # the triggers write a new one
        filled = [table for table in tables if has_rows(cursor, table)]
        for table in filled:
            cursor.execute(f'CREATE TABLE "starter_{table}" AS SELECT * FROM "{table}"')
        call_command("flush", interactive=False, verbosity=0)
    # Flushing also gave new numbers to the types and rights that are always there: none may stay.
    empty = [f'DELETE FROM "{table}"' for table in filled]
    fill = [f'INSERT INTO "{table}" SELECT * FROM "starter_{table}"' for table in filled]
    models = apps.get_models(include_auto_created=True)
    return [*empty, *fill, *connection.ops.sequence_reset_sql(no_style(), models)]


@pytest.fixture
def starter(db, starter_copy):
    """The site as it is after `make serve` on a new machine."""
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in starter_copy:
            cursor.execute(statement)
    ContentType.objects.clear_cache()
    yield
    ContentType.objects.clear_cache()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory):
    """The folder of a site with all tables and nothing in them; to be copied."""
    from tests.wirportal.sites import migrate

    return once(tmp_path_factory, "migrated", migrate)


@pytest.fixture(scope="session")
def django_db_keepdb():
    return connection.vendor == "sqlite"  # else Django deletes the copy of what was migrated


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix, migrated):
    """Migrate once in a run, and not once in each process of pytest-xdist."""
    test = connection.settings_dict["TEST"]
    if connection.vendor == "sqlite":
        shutil.copy(migrated / "wir.sqlite3", test["NAME"])
    else:
        test["TEMPLATE"] = (migrated / "name").read_text()


@pytest.fixture(scope="session")
def served_before(tmp_path_factory, migrated):
    """The folder of a site that `make serve` has set up and started once; to be copied."""
    from tests.wirportal.test_serve import free_port, serving

    def serve(folder):
        if (migrated / "wir.sqlite3").exists():
            shutil.copy(migrated / "wir.sqlite3", folder)
        with serving(folder, free_port()) as server:
            assert server.poll() is None
        shutil.rmtree(folder / "pages", ignore_errors=True)

    return once(tmp_path_factory, "served-before", serve)


@pytest.fixture
def data(served_before, tmp_path):
    """A folder of the test's own for a server: it starts at once, with all that is set up."""
    return shutil.copytree(served_before, tmp_path / "data")


@pytest.fixture
def full_site(starter):
    """The starter content with everything switched on that is optional."""
    Programme.objects.update(colour="#00664a")
    page = Page.objects.get(slug="gebaerdensprache")
    page.published = True
    page.video = SimpleUploadedFile("dgs.mp4", b"\0\0\0\x18ftypmp42")
    page.captions = SimpleUploadedFile("dgs.vtt", b"WEBVTT\n")
    page.video_link = "https://video.example.org/dgs"
    page.save()
    person = ContactPerson.objects.get(slug="meliha-delalic")
    person.spoken_languages.set(SpokenLanguage.objects.filter(code__in=["de", "ar", "fa-af"]))
    person.hours.create(weekday=0, opens=time(9), closes=time(12))
    person.exceptions.create(first_day=timezone.localdate() + timedelta(days=1))
    ContactPerson.objects.get(slug="nurcan-adiguezel").absences.create(
        first_day=timezone.localdate(), deputy=ContactPerson.objects.get(slug="marie-ostermann")
    )
    make_full_offer()
    make_publication(
        area=Area.objects.get(slug="wir-koordination"), file=SimpleUploadedFile("k.pdf", PDF)
    )


@pytest.fixture
def clock(monkeypatch):
    """Set all clocks to a time of day in the district."""

    def clock(day, hour=12, minute=0):
        now = timezone.make_aware(datetime.combine(day, time(hour, minute)))
        monkeypatch.setattr(timezone, "now", lambda: now)
        monkeypatch.setattr(seconds, "time", now.timestamp)

    return clock


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
