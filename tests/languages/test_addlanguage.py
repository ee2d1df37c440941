"""Adding and removing a language, for real: in a copy of the project with its own database."""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing

import polib
import pytest
from django.conf import settings

from languages.registry import REGISTRY


def quoted(names):
    return ", ".join(f'"{name}"' for name in names)


class Copy:
    """A copy of the project; a command in it is a process of its own, as for a translator."""

    def __init__(self, folder, served_before):
        self.root, self.data = folder / "project", folder / "data"
        ignored = shutil.ignore_patterns(".*", "var", "tests", "*.mo", "*.pyc.*")
        shutil.copytree(settings.BASE_DIR, self.root, ignore=ignored)
        shutil.copytree(served_before, self.data)

    def run(self, *arguments, fails=False, **environment):
        result = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=self.root,
            capture_output=True,
            text=True,
            env={
                "PATH": os.environ["PATH"],
                "DATA_DIR": str(self.data),
                "DEBUG": "1",
                "SITE_URL": "http://testserver",
                "PYTHONDONTWRITEBYTECODE": "1",
                "PYTHONWARNINGS": "error",
                "PYTHONUTF8": "1",
                **environment,
            },
        )
        assert bool(result.returncode) == fails, result.stdout + result.stderr
        assert "Traceback" not in result.stderr, result.stderr
        return result.stderr if fails else result.stdout

    def shell(self, code):
        """Run code in the copy and return the JSON that it prints."""
        return json.loads(self.run("shell", "--verbosity=0", "--command", f"import json\n{code}"))

    def query(self, sql):
        with closing(sqlite3.connect(self.data / "wir.sqlite3")) as database:
            rows = database.execute(sql).fetchall()
            database.commit()
            return rows

    def columns(self):
        """Return {table: columns} of what is translated, and of its history."""
        tables = [name for (name,) in self.query("SELECT name FROM sqlite_master")]
        return {
            table: [row[1] for row in self.query(f"PRAGMA table_info({table})")]
            for table in tables
            if table.startswith(("programme_", "contacts_")) and "_id_" not in table
        }

    def texts(self, columns):
        found = {t: self.query(f"SELECT {quoted(c)} FROM {t}") for t, c in columns.items() if c}
        found.pop("programme_contentversion", None)  # a new language is a change
        return found | {"translations": self.query("SELECT * FROM languages_translation")}

    def files(self):
        paths = [path for path in self.root.rglob("*") if path.is_file() and path.suffix != ".mo"]
        return {str(path.relative_to(self.root)): path.read_bytes() for path in paths}


@pytest.fixture(scope="module")
def copy(tmp_path_factory, served_before):
    return Copy(tmp_path_factory.mktemp("addlanguage"), served_before)


BROKEN = """CREATE TRIGGER broken BEFORE {} ON languages_language
BEGIN SELECT RAISE(ABORT, 'kein Platz'); END"""

PAGES = """
from django.test import Client
from languages.models import Language
pages = lambda: [Client().get(f"/{code}/") for code in ("ckb", "ar", "de")]
before = [page.status_code for page in pages()]
Language.objects.filter(code="ckb").update(published=True)
print(json.dumps([before, [(page.status_code, page.content.decode()) for page in pages()]]))
"""


def test_a_language_is_added_and_everything_else_stays(copy):
    columns, registry = copy.columns(), (copy.root / "languages/registry.json").read_text()
    texts = copy.texts(columns)
    said = copy.run("addlanguage", "CKB")

    assert "Sorani (Kurdisch) (کوردیی ناوەندی) ist angelegt, noch nicht öffentlich" in said
    assert "exporttranslations ckb --output ckb.po" in said
    assert re.search(r"Es fehlen \d\d+ Texte der Seiten, \d\d+ Texte der Oberfläche", said)
    now = (copy.root / "languages/registry.json").read_text()
    assert now.startswith(registry.removesuffix("\n]\n"))
    assert json.loads(now)[-1]["code"] == "ckb"
    assert now.count("\n") == registry.count("\n") + 1

    copy.run("makemigrations", "--check", "--dry-run")
    new = {table: set(names) - set(columns[table]) for table, names in copy.columns().items()}
    assert {"title_ckb", "body_ckb"} <= new["programme_area"]
    assert new["programme_area"] == new["programme_historicalarea"]
    assert new["contacts_contactperson"] == new["contacts_historicalcontactperson"] != set()
    assert copy.texts(columns) == texts

    po = copy.root / "locale/ckb/LC_MESSAGES/django.po"
    assert po.with_suffix(".mo").exists()
    assert_gettext_reads(po, forms=2)

    before, after = copy.shell(PAGES)
    assert before == [404, 200, 200]
    assert [status for status, _page in after] == [200] * 3
    assert '<html lang="ckb" dir="rtl"' in after[0][1]
    assert "WIR-Koordination" in after[0][1]  # German stands in for what is missing


def assert_gettext_reads(po, forms):
    checked = subprocess.run(["msgfmt", "-c", "-o", os.devnull, po], capture_output=True)
    assert (checked.returncode, checked.stderr) == (0, b"")
    assert f"nplurals={forms};" in polib.pofile(str(po)).metadata["Plural-Forms"]


def test_a_failure_leaves_everything_as_it_was_and_the_next_run_works(copy):
    files, columns = copy.files(), copy.columns()
    has_ckb = (copy.root / "locale/ckb").exists()
    unreachable = copy.run(
        "addlanguage", "bg", fails=True, DATABASE_URL="postgres://nobody@127.0.0.1:1/none"
    )
    assert "Die Datenbank ist nicht erreichbar, nichts wurde geändert" in unreachable
    assert copy.files() == files

    # The last step fails, when there are files and columns already.
    copy.query(BROKEN.format("INSERT"))
    said = copy.run("addlanguage", "bg", fails=True)
    assert "„manage.py setup“ ist gescheitert: django.db.utils.IntegrityError: kein Platz" in said
    assert copy.files() == files
    assert copy.columns() == columns
    copy.query("DROP TRIGGER broken")

    copy.run("addlanguage", "bg", "--dry-run")
    assert copy.files() == files
    copy.run("addlanguage", "bg")
    registry = json.loads((copy.root / "languages/registry.json").read_text())
    assert [entry["code"] for entry in registry] == [*REGISTRY, *(["ckb"] * has_ckb), "bg"]
    new = set(copy.files()) - set(files)
    assert {re.sub(r"\d{4}", "number", name) for name in new} == {
        "contacts/migrations/number_add_bg.py",
        "locale/bg/LC_MESSAGES/django.po",
        "offers/migrations/number_add_bg.py",
        "programme/migrations/number_add_bg.py",
    }


REFUSED = """
from django.core.management import CommandError, call_command
said = []
for code in ("de", "en", "xx"):
    try:
        call_command("removelanguage", code, yes=True)
    except CommandError as error:
        said.append(str(error))
print(json.dumps(said))
"""

WRITE = """
from languages.models import Language
from programme.models import Area
Language.objects.filter(code="bg").update(published=False)
area = Area.objects.get(slug="wir-koordination")
area.body_de, area.body_bg = "", "<p>само</p>"
area.save()
area.translate("title", "bg", "Координация")
print(json.dumps(str(area.uuid)))
"""


def test_a_language_is_removed_only_when_its_texts_are_saved(copy):
    if not (copy.root / "locale/bg").exists():
        copy.run("addlanguage", "bg")
    columns = copy.columns()
    codes, translations = copy.query("SELECT code FROM languages_language"), copy.texts({})
    uuid = copy.shell(WRITE)
    before = copy.files()
    assert "Mit --yes wird es getan" in copy.run("removelanguage", "bg")
    is_source, is_published, is_unknown = copy.shell(REFUSED)
    assert "ist die Ausgangssprache" in is_source
    assert "ist veröffentlicht" in is_published
    assert "gibt es hier nicht" in is_unknown
    assert copy.files() == before
    assert not (copy.data / "removed").exists()

    # Stopped half way: the texts are saved, and a second run ends what the first began.
    copy.query(BROKEN.format("DELETE"))
    assert "beendet" in copy.run("removelanguage", "bg", "--yes", fails=True)
    copy.query("DROP TRIGGER broken")
    copy.run("removelanguage", "bg", "--yes")

    (saved,) = (copy.data / "removed").glob("bg-*.po")
    found = {entry.msgctxt: entry.msgstr for entry in polib.pofile(str(saved)) if entry.msgstr}
    assert found[f"programme.area:{uuid}:title"] == "Координация"
    assert found[f"programme.area:{uuid}:body"] == "<p>само</p>"
    assert list((copy.data / "removed").glob("bg-*-locale/LC_MESSAGES/django.po"))
    assert not (copy.root / "locale/bg").exists()
    assert '"bg"' not in (copy.root / "languages/registry.json").read_text()
    gone = {table: set(columns[table]) - set(names) for table, names in copy.columns().items()}
    assert {"title_bg", "body_bg"} <= gone["programme_historicalarea"] == gone["programme_area"]
    left = copy.query("SELECT code FROM languages_language")
    assert (left, copy.texts({})) == ([row for row in codes if row != ("bg",)], translations)
    copy.run("makemigrations", "--check", "--dry-run")
