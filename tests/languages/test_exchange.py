"""Files for translators: out, through other people's tools, and back."""

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import polib
import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings, strategies
from translate.storage import po as toolkit

from languages.catalogues import catalogue_paths
from languages.models import Import, Origin
from languages.po_export import HTML_NOTE, MACHINE_NOTE, export_po
from languages.po_import import Kind, apply, read_po
from languages.registry import REGISTRY, SOURCE
from tests.factories import make_area, make_page, make_programme
from tests.languages.po_files import (
    entry_of,
    everything,
    key,
    kinds,
    read,
    translated,
)

pytestmark = pytest.mark.both_databases

CODES = [code for code in REGISTRY if code != SOURCE]


def outdated_and_current(code="en"):
    """Make one outdated, one current and one machine-made translation."""
    area = make_area(title_de="Alt\nund\tlang", task_de='Mit "Zeichen" \\ und\r\nZeilen')
    area.translate("title", code, "Old\nand\tlong")
    area.translate("task", code, 'With "signs" \\ and\r\nlines', origin=Origin.MACHINE)
    area.title_de = "Neu\nund\tlang"
    area.save()
    return area


@pytest.mark.parametrize("code", CODES)
def test_every_language_is_a_file_that_gettext_accepts(starter, tmp_path, code):
    file = tmp_path / "file.po"
    call_command("exporttranslations", code, output=str(file), stdout=StringIO())
    check = subprocess.run(
        ["msgfmt", "-c", "-o", os.devnull, file], capture_output=True, text=True, check=False
    )
    assert (check.returncode, check.stderr) == (0, "")
    po = polib.pofile(str(file))
    assert po.metadata["Language"] == REGISTRY[code].tag
    catalogue = polib.pofile(str(catalogue_paths()[code]))
    assert po.metadata["Plural-Forms"] == catalogue.metadata["Plural-Forms"]
    msgids = {entry.msgid for entry in po}
    assert "Alle Kontakte" in msgids and "veröffentlicht" not in msgids  # public, staff only


def test_the_export_tells_what_a_translator_needs(languages):
    area = outdated_and_current()
    page = make_page(title_de="Titel")
    po = export_po("en")
    title, task = entry_of(po, area, "title"), entry_of(po, area, "task")
    assert title.fuzzy and title.previous_msgid == "Alt\nund\tlang"
    assert title.msgid == "Neu\nund\tlang" and title.msgstr == "Old\nand\tlong"
    assert "Name" in title.comment and "höchstens 100 Zeichen" in title.comment
    assert "http://testserver/en/bereiche/bereich/" in title.comment
    assert (task.tcomment, task.fuzzy) == (MACHINE_NOTE, False)
    assert task.msgid == 'Mit "Zeichen" \\ und\nZeilen'  # gettext allows no \r
    body = entry_of(po, page, "body")
    assert HTML_NOTE in body.comment and body.msgstr == ""
    assert not any(entry.msgctxt == key(area, "body") for entry in po)  # nothing in German


def test_a_language_without_a_catalogue_gets_its_plural_rule_from_cldr(
    languages, settings, tmp_path
):
    settings.LOCALE_PATHS = [tmp_path]
    make_programme()
    assert export_po("uk").metadata["Plural-Forms"].startswith("nplurals=3; plural=(n%10==1")


# Other people's tools


def gettext(command, file):
    """Run a program of gettext on a file and return what it makes of it."""
    new = file.with_suffix(".new.po")
    subprocess.run([*command, "-o", new], check=True, capture_output=True)
    return new


def by_msgcat(file):
    return gettext(["msgcat", file], file)


def by_msgmerge(file):
    return gettext(["msgmerge", "--previous", "--quiet", file, file], file)


def by_toolkit(file):
    new = file.with_suffix(".new.po")
    store = toolkit.pofile.parsefile(str(file))
    store.savefile(str(new))
    return new


def all_of(po):
    """Return each entry without the order and the line breaks that tools may change."""
    return {
        (entry.msgctxt, entry.msgid): (
            entry.msgid_plural,
            entry.msgstr,
            entry.msgstr_plural,
            sorted(entry.flags),
            entry.previous_msgid,
            entry.comment,
            entry.tcomment,
            sorted(entry.occurrences),
        )
        for entry in po
    }


@pytest.mark.parametrize("tool", [by_msgcat, by_msgmerge, by_toolkit])
@pytest.mark.parametrize("code", ["ar", "de-simple", "fa-af"])
def test_tools_lose_nothing(starter, tmp_path, tool, code):
    outdated_and_current(code)
    before = export_po(code)
    file = tmp_path / "file.po"
    before.save(str(file))
    new = tool(file)
    assert all_of(polib.pofile(str(new))) == all_of(before)
    preview = read_po(new)
    assert (preview.code, preview.changes, preview.rejected) == (code, [], [])


def test_a_translation_made_in_a_spreadsheet_comes_back(starter, tmp_path):
    area = make_area(title_de='Ein, neuer; "Bereich"')
    file, table, back = (tmp_path / name for name in ("a.po", "a.csv", "b.po"))
    export_po("en").save(str(file))
    tool = lambda name: Path(sys.executable).with_name(name)  # noqa: E731
    subprocess.run([tool("po2csv"), file, table], check=True, capture_output=True)
    lines = table.read_text(encoding="utf-8").replace(
        '"Ein, neuer; ""Bereich""",""', '"Ein, neuer; ""Bereich""","A new, ""area"""'
    )
    table.write_text(lines, encoding="utf-8")
    subprocess.run([tool("csv2po"), "-t", file, table, back], check=True, capture_output=True)
    preview = read_po(back)
    assert kinds(preview) == {(Kind.NEW, 'A new, "area"')} and not preview.rejected
    apply(preview)
    area.refresh_from_db()
    assert area.title_en == 'A new, "area"'


@pytest.mark.parametrize("code", CODES)
def test_an_untouched_file_changes_nothing(starter, code):
    outdated_and_current(code)
    before = everything()
    preview = read(export_po(code))
    assert (preview.changes, preview.rejected, preview.fuzzy) == ([], [], 1)
    assert apply(preview).changes == []
    assert everything() == before


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    strategies.text(strategies.characters(exclude_categories=["Cs", "Cc"]), max_size=80),
    strategies.text(strategies.sampled_from('ab\\"\n\t\r %\u2028\x85'), max_size=80),
)
def test_any_text_survives_the_round_trip(area, german, english):
    german, english = german.replace("[", ""), english.replace("\x85", " ").replace("\r", "")
    area.task_de, area.task_en = german if german.strip() else "x", ""
    area.save()
    preview = read(translated(task=english))
    expected = english.strip()
    assert not preview.rejected
    assert [change.after for change in preview.changes] == ([expected] if expected else [])
    assert all(change.source == area.task_de for change in preview.changes)
    area.translate("task", "en", english)
    assert read(export_po("en")).changes == []


def test_the_commands_say_what_they_do(area, tmp_path, capsys):
    call_command("exporttranslations", "en", output="-")
    assert f'msgctxt "{key(area, "title")}"' in capsys.readouterr().out
    file = tmp_path / "en.po"
    po = translated(title="Language", audience="x" * 501)
    po.save(str(file))
    call_command("importtranslations", file, dry_run=True)
    shown = capsys.readouterr().out
    assert "neu  Bereich „Sprache“  Name  " in shown and "Language" in shown
    assert "zu lang: 501" in shown and "Nichts geschrieben" in shown
    assert not Import.objects.exists()
    call_command("importtranslations", file)
    imp = Import.objects.get()
    assert f"Import {imp.pk}." in capsys.readouterr().out and imp.filename == "en.po"
    call_command("importtranslations", file)
    assert "Nichts zu ändern" in capsys.readouterr().out
    call_command("importtranslations", undo=imp.pk)
    assert "zurückgenommen" in capsys.readouterr().out
    area.refresh_from_db()
    assert not area.title_en
    with pytest.raises(CommandError, match="schon zurückgenommen") as error:
        call_command("importtranslations", undo=imp.pk)
    assert error.value.returncode == 1
    wrong = [["--undo", "0"], [], [str(tmp_path / "missing.po")], [str(tmp_path)]]
    for arguments in [*wrong, [str(file), "--undo", "1"]]:
        with pytest.raises(CommandError):
            call_command("importtranslations", *arguments)
    with pytest.raises(CommandError):
        call_command("exporttranslations", "en", output=str(tmp_path))
