"""`manage.py restore`: real processes, on whole sites of their own."""

import re
import resource
import sqlite3
import time
from contextlib import closing

import pytest

from tests.wirportal.sites import archives
from tests.wirportal.test_full_disk import UNSHARE, may_mount
from tests.wirportal.test_serve import fetch, free_port, serving


def edit(site):
    site.execute(
        "UPDATE programme_programme SET site_name = 'Später'",
        "DELETE FROM languages_translation",
        "UPDATE programme_page SET video = 'videos/new.mp4'",
    )
    (site.folder / "media/videos/dgs.mp4").unlink()
    site.upload("media/videos/new.mp4", b"new")
    site.upload("locale/ar/LC_MESSAGES/django.po", b'msgid "a"\nmsgstr "c"\n')


@pytest.mark.both_databases
def test_on_an_empty_machine_every_row_every_trigger_and_every_file_comes_back(sites, site, good):
    new = sites.empty()
    said = new.run("restore", "--yes", good)
    assert "Alle sind abgemeldet." in said
    assert "beschädigt" not in said  # there was nothing
    assert not list(new.folder.glob("aside/*"))
    assert new.state() == site.state()
    assert new.ask("SELECT count(*) FROM django_session") == [(0,)]
    assert site.ask("SELECT count(*) FROM django_session") == [(1,)]
    assert not list(new.folder.rglob(".restore")) + list(new.folder.rglob(".wir-backup-*"))
    number = new.version()
    new.execute("UPDATE programme_programme SET site_name = 'A'")
    assert new.version() != number, "the triggers work"


@pytest.mark.both_databases
def test_what_was_there_before_is_kept_aside_and_comes_back_in_the_same_way(site, good):
    before, edited_version = site.state(), site.version()
    edit(site)
    edited, versions = site.state(), {edited_version, site.version()}
    assert edited != before
    said = site.run("restore", "--yes", good)
    assert site.state() == before
    assert site.version() not in versions
    (aside,) = archives(site.folder / "aside")
    assert f"Der bisherige Stand liegt in {aside}" in said
    assert aside.stat().st_mode & 0o777 == 0o600
    site.run("restore", "--yes", aside)
    assert site.state() == edited


@pytest.mark.both_databases
def test_an_older_archive_is_migrated(site, tmp_path):
    before, path = site.state(), tmp_path / "old.tar"
    site.run("migrate", "usersessions", "zero")
    site.run("backup", path)
    assert "usersessions_usersession" not in site.content()
    site.run("migrate")
    site.run("restore", "--yes", path)
    assert site.state()[0].keys() == before[0].keys()
    assert ("usersessions", "0001_initial") in site.ask("SELECT app, name FROM django_migrations")


@pytest.mark.both_databases
def test_a_table_of_a_newer_version_is_not_in_the_way(site, good):
    before = site.state()
    site.execute(
        "CREATE TABLE programme_newer (id integer PRIMARY KEY, page bigint NOT NULL "
        "REFERENCES programme_page (id))",
        "INSERT INTO programme_newer SELECT id, id FROM programme_page",
    )
    site.run("restore", "--yes", good)
    assert site.state() == before


def test_without_a_terminal_it_wants_to_be_told(site, good):
    before = site.state()
    assert "--yes" in site.refusal("restore", good)
    assert site.state() == before


@pytest.mark.both_databases
def test_while_the_website_runs_nothing_is_restored_and_afterwards_everything(site, good):
    port = free_port()
    edit(site)
    with serving(site.folder, port, **site.url):
        assert "Später" in fetch(port, "/de/")
        edited = site.state()
        assert "Die Website läuft noch" in site.refusal("restore", "--yes", good)
        assert "Später" in fetch(port, "/de/")
        assert site.state() == edited
    site.run("restore", "--yes", good)
    with serving(site.folder, port, **site.url):
        home = fetch(port, "/de/")
        assert "tel:+496431296538" in home
        assert "Später" not in home, "a page was kept of it"


@pytest.mark.both_databases
def test_killed_at_any_moment_a_site_is_left_that_works(site, good):
    after = site.state()
    edit(site)
    edited, number = site.state(), site.version()
    moments = {
        "unpacking": lambda: list(site.folder.glob(".wir-backup-*")),
        "files are waiting": lambda: list(site.folder.glob("media/.restore/videos/dgs.mp4")),
        "setting aside": lambda: list(site.folder.glob("aside/.wir-backup-*")),
        "set aside": lambda: archives(site.folder / "aside"),
        "first file": lambda: (site.folder / "media/videos/dgs.mp4").exists(),
        "replacing": lambda: [
            *site.folder.glob("wir.sqlite3-journal"),
            *site.folder.glob(".wir-backup-*/3.sql"),
        ],
        "replaced": lambda: not (site.folder / "media/videos/new.mp4").exists(),
    }
    for moment, has_come in moments.items():
        for path in archives(site.folder / "aside"):
            path.unlink()
        process = site.start("restore", "--yes", good)
        while process.poll() is None and not has_come():
            time.sleep(0.0005)
        process.kill()
        process.communicate()
        wait_for_postgresql(site)
        content, schema, files = site.state()
        assert content in (edited[0], after[0]), moment
        assert schema == after[1]
        assert content == edited[0] or site.version() != number
        named = {
            f"media/{row[0]}" for row in site.ask("SELECT video FROM programme_page") if row[0]
        }
        assert named <= set(files), moment
        if content == after[0]:
            edit(site)
    site.run("restore", "--yes", good)
    assert site.state() == after
    assert not list(site.folder.rglob(".*"))


def wait_for_postgresql(site):
    """What a killed process has asked for goes on until the server notices."""
    others = (
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
        "AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    while site.name and site.ask(others):
        time.sleep(0.05)


def test_a_full_disk_changes_nothing(site, good):
    edit(site)
    before = site.state()

    def fill_the_disk():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))

    site.refusal("restore", "--yes", good, preexec_fn=fill_the_disk)
    assert site.state() == before
    assert not list(site.folder.rglob(".*"))


#: Put a small file system in the place of one site, with another's files; then run the command.
#: Where it fails, everything must still be as it was.
ON_A_SMALL_DISK = """
mount -t tmpfs -o size="$2" none "$0" && cp -a "$1"/. "$0" && from="$1" && shift 2 || exit 3
"$@" || { diff -r --exclude=backup.lock "$from" "$0" >&2; exit 1; }
"""


def test_it_knows_beforehand_how_much_room_it_needs(sites, site, good):
    small = sites.empty()
    if not may_mount(small.folder):
        pytest.skip("this machine mounts nothing for us; see 'a huge database' in broken_archives")
    edit(site)
    used = sum(-(-path.stat().st_size // 4096) * 4096 for path in site.folder.rglob("*"))

    def on_a_disk_with(free):
        small.before = [*UNSHARE, "sh", "-c", ON_A_SMALL_DISK]
        small.before += map(str, (small.folder, site.folder, used + free))
        return small

    said = on_a_disk_with(1_000_000).refusal("restore", "--yes", good)
    needed = int(re.search(r"Der Platz reicht nicht: gebraucht werden (\d+) MB", said)[1])
    on_a_disk_with((needed - 1) * 1_000_000).refusal("restore", "--yes", good)
    on_a_disk_with((needed + 1) * 1_000_000).run("restore", "--yes", good)


def test_in_place_of_a_broken_database_its_log_is_not_replayed(sites, site, good, tmp_path):
    after = site.state()
    with closing(sqlite3.connect(site.file, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("UPDATE programme_programme SET site_name = 'Aus dem Log'")
        log = site.file.with_name("wir.sqlite3-wal").read_bytes()
    site.file.write_bytes(b"no database at all " * 1000)
    site.file.with_name("wir.sqlite3-wal").write_bytes(log)
    site.upload("media/photos/more.jpg")
    said = site.run("restore", "--yes", good)
    assert "Datenbank ist beschädigt" in said
    (aside,) = (site.folder / "aside").iterdir()
    assert (aside / "wir.sqlite3").read_bytes().startswith(b"no database")
    assert (aside / "wir.sqlite3-wal").read_bytes() == log
    assert site.content() == after[0]
    assert site.files() == after[2] | {"media/photos/more.jpg": b"a file"}


def test_a_broken_database_that_somebody_has_open_is_not_replaced(site, good):
    port = free_port()
    with serving(site.folder, port, **site.url):
        fetch(port, "/de/")
        with site.file.open("r+b") as file:
            file.write(b"no database at all")
        before = site.file.read_bytes()
        assert "Die Website läuft noch" in site.refusal("restore", "--yes", good)
        assert site.file.read_bytes() == before


def test_a_missing_database_is_put_back(site, good):
    after = site.state()
    site.file.unlink()
    site.run("restore", "--yes", good)
    assert site.state() == after
