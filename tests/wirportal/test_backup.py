"""`manage.py backup`: real processes, on whole sites of their own."""

import json
import re
import resource
import signal
import tarfile
import threading
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User
from django.urls import reverse
from django.utils import timezone

from tests.wirportal.sites import archives
from wirportal.backup import postgresql
from wirportal.backup import report as backup_report
from wirportal.backup.archive import Archive, Refused
from wirportal.backup.writing import only_one


@pytest.mark.both_databases
def test_a_backup_says_what_is_in_it_and_holds_nothing_that_is_secret_to_the_machine(
    site, tmp_path
):
    said = site.run("backup", tmp_path)
    (path,) = archives(tmp_path)
    assert said.startswith(f"Gesichert in {path}: ")
    assert "3 Dateien" in said
    assert "MB" in said
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]
    with tarfile.open(path) as tar:
        names = tar.getnames()
    assert sorted(name for name in names if "/" in name) == [
        "locale/de/LC_MESSAGES/django.po",
        "media/photos/Ünser Bild.jpg",
        "media/videos/dgs.mp4",
    ]
    assert b"who is signed in" not in path.read_bytes()
    with Archive(path) as archive:
        counted = {table: len(rows) for table, rows in site.content().items()}
        assert {table: archive.manifest["rows"][table] for table in counted} == counted
        assert archive.manifest["rows"]["django_session"] == 0
    assert "Die Sicherung ist in Ordnung" in site.run("backup", "--check", path)


@pytest.mark.both_databases
def test_while_others_write_and_upload_the_backup_is_one_moment(sites, site, tmp_path):
    """A row and its partner change in one transaction; a file is there before its row."""
    stop = threading.Event()

    def write():
        number = 0
        with site.connection() as connection:
            while not stop.is_set():
                number += 1
                site.upload(f"media/photos/{number}.jpg")
                connection.execute("BEGIN")
                connection.execute(f"UPDATE programme_programme SET site_name = 'n{number}'")
                connection.execute(
                    f"UPDATE contacts_contactperson SET role_de = 'n{number}', "
                    f"photo = 'photos/{number}.jpg'"
                )
                connection.execute("COMMIT")
                if number > 1:
                    (site.folder / f"media/photos/{number - 1}.jpg").unlink()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for name in ("1.tar", "2.tar", "3.tar"):
            site.run("backup", tmp_path / name)
    finally:
        stop.set()
        thread.join()
    seen = set()
    for name in ("1.tar", "2.tar", "3.tar"):
        copy = sites.empty()
        copy.run("restore", "--yes", tmp_path / name)
        pairs = copy.ask(
            "SELECT DISTINCT site_name, role_de FROM programme_programme, contacts_contactperson"
        )
        assert len(pairs) == 1
        assert pairs[0][0] == pairs[0][1]
        seen.add(pairs[0][0])
        with Archive(tmp_path / name) as archive:
            photo = f"photos/{pairs[0][0][1:]}.jpg"
            assert f"media/{photo}" in archive.files or archive.manifest["missing"] == [photo]
    assert len(seen) == 3, "somebody wrote all the time"


def test_a_file_that_the_database_names_and_nobody_has_is_told(site, tmp_path):
    (site.folder / "media/videos/dgs.mp4").unlink()
    process = site.start("backup", tmp_path / "a.tar")
    _said, complaint = process.communicate()
    assert complaint == "Diese Datei fehlt in den Uploads: videos/dgs.mp4\n"
    assert process.returncode == 0


def test_only_the_oldest_archives_of_this_site_are_deleted(site, tmp_path):
    site.run("backup", tmp_path / "a.tar")
    mine = tmp_path / "a.tar"
    for day in range(1, 6):
        (tmp_path / f"wir-2020010{day}-000000.tar").write_bytes(mine.read_bytes())
    (tmp_path / "wir-20190101-000000.tar").write_bytes(b"of somebody else")
    with tarfile.open(
        tmp_path / "wir-20190102-000000.tar",
        "w",
        pax_headers={"comment": "wir-portal http://x.example"},
    ) as tar:
        tar.add(mine, "other.tar")
    assert "3 ältere gelöscht" in site.run("backup", tmp_path, "--keep", 3)
    left = [path.name for path in archives(tmp_path)]
    assert left[:4] == [
        "wir-20190101-000000.tar",
        "wir-20190102-000000.tar",
        "wir-20200104-000000.tar",
        "wir-20200105-000000.tar",
    ]
    assert len(left) == 5
    assert mine.exists()
    assert "--keep" in site.refusal("backup", tmp_path, "--keep", 0)


def test_a_full_disk_leaves_the_old_archive_and_a_note(site, tmp_path):
    path = tmp_path / "a.tar"
    site.run("backup", path)
    before = path.read_bytes()
    good = json.loads((site.folder / "backup.json").read_text())

    def fill_the_disk():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))

    line = site.refusal("backup", path, preexec_fn=fill_the_disk)
    assert line.startswith("Die Sicherung ist fehlgeschlagen.")
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
    noted = json.loads((site.folder / "backup.json").read_text())
    assert noted["time"] == good["time"]
    assert noted["failed"]["reason"]


def test_a_killed_backup_leaves_the_old_archive_and_the_next_one_cleans_up(site, tmp_path):
    path = tmp_path / "a.tar"
    site.run("backup", path)
    before = path.read_bytes()
    with site.upload("media/videos/long.mp4").open("r+b") as file:
        file.truncate(2_000_000_000)  # takes no place, but time to read
    process = site.start("backup", path)
    while process.poll() is None and not list(tmp_path.glob(".wir-backup-*/archive.tar")):
        time.sleep(0.01)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 2
    (site.folder / "media/videos/long.mp4").unlink()
    site.run("backup", path)
    assert list(tmp_path.iterdir()) == [path]
    site.run("backup", "--check", path)


def test_a_long_video_is_never_in_memory(site, tmp_path):
    with site.upload("media/videos/long.mp4").open("r+b") as file:
        file.truncate(400_000_000)
    process, peak = site.start("backup", tmp_path / "a.tar"), 0
    while process.poll() is None:
        peak = memory(process) or peak
        time.sleep(0.02)
    process.communicate()
    assert process.returncode == 0
    assert (tmp_path / "a.tar").stat().st_size > 400_000_000
    assert 10_000 < peak < 250_000


def memory(process):
    """Return the kilobytes that it has needed at most; what wait4 says begins with its parent's."""
    with suppress(OSError):
        status = Path(f"/proc/{process.pid}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        return int(found[1]) if found else 0


def test_a_file_of_another_kind_is_not_replaced(site, tmp_path):
    other = tmp_path / "letter.odt"
    other.write_text("important")
    assert "wird nicht ersetzt" in site.refusal("backup", other)
    assert other.read_text() == "important"
    assert "gibt es nicht" in site.refusal("backup", tmp_path / "nowhere" / "a.tar")


def test_backups_and_restores_do_not_meet(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    for _one_after_the_other in range(2):
        with only_one(), pytest.raises(Refused, match="läuft gerade"), only_one():
            pass


def test_a_damaged_database_is_no_backup(site, tmp_path):
    size = site.file.stat().st_size
    with site.file.open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\xff" * 40_960)
    assert "fehlgeschlagen" in site.refusal("backup", tmp_path)
    assert not archives(tmp_path)


def test_programs_of_postgresql_that_are_missing_or_too_old_are_named(monkeypatch, tmp_path):
    with pytest.raises(Refused, match=r"der Server ist Version 99\..*|fehlt"):
        postgresql.program("pg_dump", 99)
    monkeypatch.setattr(postgresql, "DEBIAN", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Refused, match="pg_dump fehlt"):
        postgresql.program("pg_dump", 15)


def start_page(client):
    return client.get(reverse("admin:index")).content.decode()


@pytest.mark.parametrize(
    ("days", "failed", "text", "is_worrying"),
    [
        (None, None, "Noch nie gesichert.", True),
        (0, None, "Letzte Sicherung: heute.", False),
        (1, None, "Letzte Sicherung vor 1 Tag.", False),
        (7, None, "Letzte Sicherung vor 7 Tagen.", False),
        (8, None, "Letzte Sicherung vor 8 Tagen.", True),
        (1, {"reason": "full"}, "Der letzte Versuch ist fehlgeschlagen.", True),
    ],
)
def test_the_start_page_tells_how_old_the_last_backup_is(
    staff_client, settings, tmp_path, days, failed, text, is_worrying
):
    settings.DATA_DIR = tmp_path
    if days is not None:
        then = timezone.now() - timedelta(days=days)
        backup_report.report(time=then.isoformat(), failed=failed)
    page = start_page(staff_client)
    assert text in page
    assert ("errornote" in page) == is_worrying


def test_only_those_who_lead_are_told_about_backups(starter, client, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    for group, is_told in (("Redaktion", False), ("Leitung", True)):
        user = User.objects.create_user(group, password="x", is_staff=True)
        user.groups.add(Group.objects.get(name=group))
        client.force_login(user)
        assert ("Noch nie gesichert." in start_page(client)) == is_told


def test_a_note_that_nobody_can_read_counts_as_never(staff_client, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    for text in ("", "[]", '{"time": 5}', '{"time": "yesterday"}'):
        (tmp_path / "backup.json").write_text(text)
        assert "Noch nie gesichert." in start_page(staff_client)
