"""A file is written completely or not at all, and can be taken back."""

import os
import signal
import sqlite3
import subprocess
import sys

import pytest
from django.conf import settings as site
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from languages.interface import override_path
from languages.models import Import, Origin
from languages.po_checks import Refused
from languages.po_export import export_po
from languages.po_import import apply, undo
from languages.translatable import Translatable
from tests.factories import make_contact
from tests.languages.po_files import (
    everything,
    interface_text,
    key,
    read,
    translated,
)

pytestmark = pytest.mark.both_databases


def fail_at(monkeypatch, number):
    """Let the translation with this number fail."""
    translate, calls = Translatable.translate, []

    def failing(self, *args, **kwargs):
        calls.append(args)
        if len(calls) == number:
            raise RuntimeError("power cut")
        return translate(self, *args, **kwargs)

    monkeypatch.setattr(Translatable, "translate", failing)


def test_an_error_in_the_middle_leaves_nothing(area, monkeypatch):
    po = translated(title="Language", audience="All", task="[[Name]]")
    interface_text(po, "Alle Kontakte").msgstr = "Everybody"
    before = everything()
    fail_at(monkeypatch, 3)
    with pytest.raises(RuntimeError):
        apply(read(po))
    assert everything() == before
    assert not Import.objects.exists() and not override_path("en").exists()


def test_no_room_for_the_interface_file_leaves_nothing(area, settings):
    po = translated(title="Language")
    interface_text(po, "Alle Kontakte").msgstr = "Everybody"
    preview, before = read(po), everything()
    settings.DATA_DIR.parent.mkdir(exist_ok=True)
    settings.DATA_DIR.write_text("not a folder")
    with pytest.raises(OSError, match="data"):
        apply(preview)
    assert everything() == before and not Import.objects.exists()


def test_what_changes_between_preview_and_apply_stops_everything(area):
    preview = read(translated(title="Language", audience="All"))
    area.translate("audience", "en", "Typed just now")
    before = everything()
    with pytest.raises(Refused, match="Bereich „Sprache“ Für wen"):
        apply(preview)
    assert everything() == before


def test_undo_restores_everything_but_what_came_later(area):
    reviewer = User.objects.create_user("reviewer")
    area.translate("title", "en", "Tongue", origin=Origin.MACHINE)
    area.translations.update(reviewed_by=reviewer, reviewed_at=timezone.now(), source="Noch älter")
    make_contact(role_de="Beraterin")
    before = everything()
    imp = apply(read(translated(title="Language", audience="All", task="[[Name]]")))
    assert undo(imp) == []
    content, rows = everything()
    assert rows == before[1]
    assert content == before[0]
    with pytest.raises(Refused, match="schon zurückgenommen"):
        undo(imp)

    imp = apply(read(translated(title="Language", audience="All", task="[[Name]]")))
    area.translate("audience", "en", "Everyone")
    reviewer.delete()
    assert undo(imp) == [key(area, "audience")]
    area.refresh_from_db()
    assert (area.title_en, area.audience_en, area.task_en) == ("Tongue", "Everyone", None)
    assert area.translations.get(field="title").reviewed_by is None


def test_undo_passes_over_what_is_deleted(area):
    imp = apply(read(translated(title="Language")))
    name = key(area, "title")
    area.delete()
    assert undo(imp) == [name]


KILLED = """
import os, signal, sys
import django
django.setup()
from pathlib import Path
from languages.translatable import Translatable
from languages.po_import import apply, read_po

translate, calls = Translatable.translate, []
def killing(self, *args, **kwargs):
    calls.append(args)
    if len(calls) == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    return translate(self, *args, **kwargs)
Translatable.translate = killing
print(apply(read_po(Path(sys.argv[1]))).pk)
"""


@pytest.mark.skipif(connection.vendor != "sqlite", reason="compares the whole file of SQLite")
def test_a_killed_process_leaves_nothing_half_done(starter, tmp_path):
    folder = tmp_path / "killed"
    folder.mkdir()
    (folder / "static").mkdir()
    environment = os.environ | {
        "DATA_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": "wirportal.settings",
        "PYTHONPATH": str(site.BASE_DIR),
    }

    def run(*arguments):
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=site.BASE_DIR,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def dump():
        with sqlite3.connect(folder / "wir.sqlite3") as database:
            lines = list(database.iterdump())
        database.close()
        return lines

    assert run("manage.py", "migrate", "-v0").returncode == 0
    assert run("manage.py", "setup").returncode == 0
    po = export_po("en")  # the starter content has the same identities everywhere
    for entry in po:
        if "body" not in (entry.msgctxt or "") and "[[" not in entry.msgid:
            entry.msgstr = entry.msgstr and f"{entry.msgstr[:50]}!"
    file = tmp_path / "file.po"
    po.save(str(file))
    before = dump()
    killed = run("-c", KILLED, str(file), "7")
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert dump() == before and not (folder / "locale").exists()
    whole = run("-c", KILLED, str(file), "0")
    assert (whole.returncode, whole.stdout.strip()) == (0, "1"), whole.stderr
    assert dump() != before and (folder / "locale/en/LC_MESSAGES/django.mo").exists()
