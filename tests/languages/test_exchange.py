"""Files for translators: out, through other people's tools, and back; all of it or nothing."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import zipfile
from io import BytesIO, StringIO
from pathlib import Path

import polib
import pytest
from django.conf import settings as site
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.utils import timezone
from hypothesis import HealthCheck, given, settings, strategies
from translate.storage import po as toolkit

from languages import po_import
from languages.catalogues import catalogue_paths
from languages.interface import override_path
from languages.models import Import, Origin, Translatable, Translation
from languages.po_checks import LARGEST, Refused
from languages.po_export import HTML_NOTE, MACHINE_NOTE, export_po
from languages.po_import import Kind, apply, read_po, undo
from languages.registry import REGISTRY, SOURCE
from languages.status import translatable_models
from tests.factories import make_area, make_contact, make_languages, make_page, make_programme

CODES = [code for code in REGISTRY if code != SOURCE]


@pytest.fixture(autouse=True)
def data_dir(settings, tmp_path):
    settings.DATA_DIR = tmp_path / "data"


@pytest.fixture
def languages(db):
    make_languages()


@pytest.fixture
def area(languages):
    return make_area(title_de="Sprache", task_de="Helfen.\nUnd [[Name]] fragen.")


def everything():
    """Return all that an import may change in the database."""
    content = {
        model: list(model.objects.order_by("pk").values()) for model in translatable_models()
    }
    return content, list(Translation.objects.order_by("pk").values())


def key(obj, field):
    return f"{obj._meta.label_lower}:{obj.uuid}:{field}"


def entry_of(po, obj, field):
    return next(entry for entry in po if entry.msgctxt == key(obj, field))


def translated(code="en", **texts):
    """Return an export in which "title" and so on of the only area are translated."""
    po = export_po(code)
    for entry in po:
        name = (entry.msgctxt or "").rpartition(":")[2]
        if (entry.msgctxt or "").startswith("programme.area:") and name in texts:
            entry.msgstr, entry.fuzzy = texts[name], False
    return po


def read(po, code=None):
    return read_po(str(po).encode(), code)


def kinds(preview):
    return {(change.kind, change.after) for change in preview.changes}


def reasons(preview):
    assert all(rejected.line > 0 for rejected in preview.rejected)
    return " ".join(rejected.reason for rejected in preview.rejected)


def outdated_and_current(code="en"):
    """Make one outdated, one current and one machine-made translation."""
    area = make_area(title_de="Alt\nund\tlang", task_de='Mit "Zeichen" \\ und\r\nZeilen')
    area.translate("title", code, "Old\nand\tlong")
    area.translate("task", code, 'With "signs" \\ and\r\nlines', origin=Origin.MACHINE)
    area.title_de = "Neu\nund\tlang"
    area.save()
    return area


# Export


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


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    strategies.text(strategies.characters(exclude_categories=["Cs", "Cc"]), max_size=80),
    strategies.text(strategies.sampled_from('ab\\"\n\t\r %\u2028\x85'), max_size=80),
)
def test_any_text_survives_the_round_trip(area, german, english):
    german, english = german.replace("[", ""), english.replace("\x85", " ").replace("\r", "")
    area.task_de, area.task_en = german or "x", ""
    area.save()
    preview = read(translated(task=english))
    expected = english.strip()
    assert not preview.rejected
    assert [change.after for change in preview.changes] == ([expected] if expected else [])
    assert all(change.source == area.task_de for change in preview.changes)
    area.translate("task", "en", english)
    assert read(export_po("en")).changes == []


# Import: what it does


def test_new_and_changed_translations_are_written_with_their_origin(area):
    area.translate("title", "en", "Tongue", origin=Origin.MACHINE)
    preview = read(translated(title="Language", task="Help.\nAnd ask [[Name]]."))
    assert kinds(preview) == {
        (Kind.CHANGED, "Language"),
        (Kind.NEW, "Help.\nAnd ask [[Name]]."),
    }
    before = everything()
    assert [change.before for change in preview.changes] == ["Tongue", ""]
    assert preview.changes[0].title == "Bereich „Sprache“" and preview.changes[0].label == "Name"
    assert everything() == before  # reading writes nothing
    user = User.objects.create_user("import")
    imp = apply(preview, user)
    area.refresh_from_db()
    assert (area.title_en, area.task_en) == ("Language", "Help.\nAnd ask [[Name]].")
    row = area.translations.get(field="title")
    assert (row.origin, row.source, row.reviewed_at) == (Origin.IMPORT, "Sprache", None)
    assert (imp.user, imp.language, len(imp.changes)) == (user, "en", 2)


def test_german_that_changed_since_the_export_is_recorded_as_the_old_one(area):
    po = translated(title="Language")
    area.title_de = "Sprachen"
    area.save()
    preview = read(po)
    assert kinds(preview) == {(Kind.OUTDATED, "Language")}
    apply(preview)
    row = area.translations.get()
    assert (row.source, entry_of(export_po("en"), area, "title").fuzzy) == ("Sprache", True)


def test_fuzzy_and_empty_entries_change_nothing(area):
    area.translate("title", "en", "Language")
    po = translated(title="")
    entry = entry_of(po, area, "task")
    entry.msgstr, entry.fuzzy = "Perhaps [[Name]]", True
    preview = read(po)
    assert (preview.changes, preview.fuzzy) == ([], 1)
    assert preview.empty >= 1
    apply(preview)
    area.refresh_from_db()
    assert (area.title_en, area.task_en) == ("Language", None)


def test_a_text_that_is_no_longer_fuzzy_fits_the_new_german(area):
    area.translate("title", "en", "Language")
    area.title_de = "Die Sprache"
    area.save()
    preview = read(translated(title="Language"))
    assert kinds(preview) == {(Kind.CONFIRMED, "Language")}
    imp = apply(preview)
    assert area.translations.get().source == "Die Sprache"
    undo(imp)
    assert area.translations.get().source == "Sprache"


def test_what_somebody_typed_meanwhile_is_a_conflict(area):
    po = translated(title="From the file", task="[[Name]] file")
    area.translate("title", "en", "Typed online")
    preview = read(po)
    assert kinds(preview) == {(Kind.CONFLICT, "From the file"), (Kind.NEW, "[[Name]] file")}
    assert len(preview.conflicts) == 1
    apply(preview)
    area.refresh_from_db()
    assert (area.title_en, area.task_en) == ("Typed online", "[[Name]] file")
    preview = read(po)
    preview.accept_conflicts = True
    apply(preview)
    area.refresh_from_db()
    assert area.title_en == "From the file"


def test_a_newer_text_stays_when_the_translator_touched_nothing(area):
    area.translate("title", "en", "Old")
    po = export_po("en")
    area.translate("title", "en", "Newer")
    assert read(po).changes == []


def test_without_the_mark_of_the_export_a_difference_is_a_change(area):
    po = translated(title="From the file")
    area.translate("title", "en", "Typed online")
    entry_of(po, area, "title").comment = ""
    assert kinds(read(po)) == {(Kind.CHANGED, "From the file")}


def test_rich_text_is_cleaned_and_plain_text_stays_literal(languages):
    page = make_page(title_de="Titel", body_de="<p>Text</p>")
    po = export_po("en")
    entry_of(po, page, "title").msgstr = "A < B & <b>bold</b>"
    entry_of(po, page, "body").msgstr = '<p onclick="x()">1 < 2 &amp; <a href="www.x.de">a</a>'
    preview = read(po)
    assert not preview.rejected
    apply(preview)
    page.refresh_from_db()
    assert page.title_en == "A < B & <b>bold</b>"
    assert page.body_en == '<p>1 &lt; 2 &amp; <a href="https://www.x.de">a</a></p>'
    assert read(export_po("en")).changes == []


def test_one_bad_entry_does_not_keep_the_others_out(area):
    preview = read(translated(title="x" * 101, task="Help [[Name]]."))
    assert "zu lang: 101 Zeichen, erlaubt sind 100" in reasons(preview)
    assert kinds(preview) == {(Kind.NEW, "Help [[Name]].")}


# Import: what it refuses

GOOD = """msgid ""
msgstr ""
"Language: en\\n"
"Content-Type: text/plain; charset=UTF-8\\n"

"""


def zipped():
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("xl/workbook.xml", GOOD)
    return file.getvalue()


BAD_FILES = {
    "empty": (b"", "fehlt die Sprache"),
    "no header": (b'msgid "a"\nmsgstr "b"\n', "fehlt die Sprache"),
    "broken header": (GOOD.replace("\\n", "").encode(), "fehlt die Sprache|charset"),
    "no charset": (b'msgid ""\nmsgstr "Language: en\\n"\n', "charset=UTF-8"),
    "other charset": (GOOD.replace("UTF-8", "ISO-8859-1").encode(), "charset=UTF-8"),
    "other language": (GOOD.replace(": en", ": ru").encode(), "Russisch, nicht für Englisch"),
    "unknown language": (GOOD.replace(": en", ": tlh").encode(), "„tlh“ wird hier nicht"),
    "german": (GOOD.replace(": en", ": de").encode(), "„de“ wird hier nicht"),
    "latin-1": ((GOOD + 'msgid "ü"\nmsgstr ""\n').encode("latin-1"), r"UTF-8.*Zeile 6"),
    "utf-16": (GOOD.encode("utf-16"), "keine PO-Datei"),
    "nul": ((GOOD + 'msgid "a"\nmsgstr "\0"\n').encode(), "keine PO-Datei"),
    "zip": (zipped(), "keine PO-Datei"),
    "50 MB": (b"#" * (50 * 2**20), "größer als 10 MB"),
    "html": (b"<!DOCTYPE html>\n", "Zeile 1 "),
    "cut in a line": ((GOOD + 'msgid "a"\nmsgstr "half a li').encode(), "Zeile 7 "),
    "bare quote": ((GOOD + 'msgid "a"\nmsgstr "b"c"\n').encode(), "Zeile 7 "),
    "msgstr first": ((GOOD + 'msgstr "b"\nmsgstr "c"\n').encode(), "Zeile 6 "),
    "a path": (b"/etc/hostname", "Zeile 1 "),
}


@pytest.mark.parametrize(("data", "reason"), BAD_FILES.values(), ids=list(BAD_FILES))
def test_bad_files_are_refused_in_plain_german(area, tmp_path, data, reason):
    before = everything()
    with pytest.raises(Refused, match=reason):
        read_po(data, "en")
    file = tmp_path / "file.po"
    file.write_bytes(data)
    with pytest.raises(CommandError, match=reason):
        call_command("importtranslations", file, language="en", stdout=StringIO())
    assert everything() == before


def test_a_huge_file_is_not_read_into_memory(languages, tmp_path):
    file = tmp_path / "huge.po"
    with file.open("wb") as sparse:
        sparse.truncate(50 * 2**30)
    with pytest.raises(Refused, match="10 MB"):
        read_po(file)
    assert LARGEST == 10 * 1024 * 1024


@pytest.mark.parametrize("code", ["de", "xx"])
def test_german_and_unknown_languages_are_not_translated_into(languages, code):
    with pytest.raises(Refused, match=f"„{code}“ wird hier nicht übersetzt"):
        read_po(GOOD.encode(), code)


@pytest.mark.parametrize("name", ["fa_AF", "fa-af", "FA-AF"])
def test_the_language_of_the_header_may_be_written_as_tools_do(languages, name):
    assert read_po(GOOD.replace(": en", f": {name}").encode()).code == "fa-af"


@pytest.mark.parametrize(
    ("field", "text", "reason"),
    [
        ("title", "x" * 101, "zu lang: 101 Zeichen"),
        ("title", "a\x01b", "Steuerzeichen"),
        ("task", "Help.", "Platzhalter in"),
        ("task", "Help [[Name]] and [[Other]].", "Platzhalter in"),
        ("body", "<p>Hi<script>alert(1)</script></p>", "nicht erlaubt: script"),
        ("body", "<p>Hi <img src=x onerror=alert(1)></p>", "nicht erlaubt: img"),
        ("body", "<h1>Hi</h1>", "nicht erlaubt: h1"),
        ("body", "<p></p>", "keinen Text"),
        ("body", "<p>1 <2 b</p><!-- <i> --> <math><a>", "nicht erlaubt"),
    ],
)
def test_bad_texts_are_rejected_with_their_line(area, field, text, reason):
    area.body_de = "<p>Mehr</p>"
    area.save()
    before = everything()
    po = translated(**{field: text})
    preview = read(po)
    assert reason in reasons(preview) and len(preview.rejected) == 1
    line = str(po).splitlines().index(f'msgctxt "{key(area, field)}"') + 1
    assert line - 8 < preview.rejected[0].line <= line
    assert apply(preview).changes == []
    assert everything() == before


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda key: key.replace("programme.area", "auth.user"), "Art „auth.user“ gibt es hier"),
        (lambda key: key.replace(":", ":0", 1), "Diesen Inhalt gibt es hier nicht"),
        (lambda key: key.replace("title", "slug"), "„slug“ ist kein Feld"),
        (lambda key: key.replace("title", "title_de"), "„title_de“ ist kein Feld"),
        (lambda key: "title", "in der Oberfläche nicht"),
    ],
)
def test_unknown_texts_are_rejected(area, change, reason):
    po = translated(title="Language")
    entry = entry_of(po, area, "title")
    entry.msgctxt = change(entry.msgctxt)
    preview = read(po)
    assert reason in reasons(preview) and not preview.changes


def test_a_text_that_comes_twice_is_taken_once(area):
    po = translated(title="Language")
    po.append(polib.POEntry(msgctxt=key(area, "title"), msgid="Other", msgstr="Second"))
    preview = read(po)
    assert kinds(preview) == {(Kind.NEW, "Language")}
    assert "schon in Zeile" in reasons(preview)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(strategies.data())
def test_damaged_files_are_refused_and_never_crash(area, data):
    whole = str(translated(title="Language")).encode()[:6000]
    start = data.draw(strategies.integers(0, len(whole)))
    rest = whole[start + data.draw(strategies.integers(0, 40)) :]
    damage = data.draw(
        strategies.binary(max_size=8) | strategies.sampled_from([b'"', b"\n", b"\\"])
    )
    before = everything()
    try:
        read_po(whole[:start] + damage + rest)
    except Refused as reason:
        assert str(reason)
    assert everything() == before


# The interface


@pytest.fixture
def commit(django_capture_on_commit_callbacks):
    """Do what happens after a commit, which a test's own transaction never reaches."""

    def apply_and_commit(preview):
        with django_capture_on_commit_callbacks(execute=True):
            return apply(preview)

    return apply_and_commit


def interface_text(po, msgid):
    return next(entry for entry in po if entry.msgid == msgid and not entry.msgctxt)


def test_interface_texts_go_into_the_data_dir_and_come_back(
    area, commit, django_capture_on_commit_callbacks
):
    po = translated(title="Language")
    interface_text(po, "Alle Kontakte").msgstr = "Everybody"
    preview = read(po)
    assert kinds(preview) == {(Kind.NEW, "Language"), (Kind.INTERFACE, "Everybody")}
    imp = commit(preview)
    path = override_path("en")
    assert path.is_relative_to(site.DATA_DIR) and len(list(path.parent.iterdir())) == 2
    mo = polib.mofile(str(path.with_suffix(".mo")))
    assert [(entry.msgid, entry.msgstr) for entry in mo] == [("Alle Kontakte", "Everybody")]
    assert "Plural-Forms" in mo.metadata
    assert interface_text(export_po("en"), "Alle Kontakte").msgstr == "Everybody"
    assert read(export_po("en")).changes == []

    second = export_po("en")
    interface_text(second, "Suche" if False else "barrierefrei").msgstr = "for everyone"
    commit(read(second))
    assert len(polib.pofile(str(path))) == 2  # the first one is still there
    with django_capture_on_commit_callbacks(execute=True):
        assert undo(imp) == []
    assert [entry.msgstr for entry in polib.pofile(str(path))] == ["for everyone"]
    assert interface_text(export_po("en"), "Alle Kontakte").msgstr != "Everybody"


def test_interface_texts_that_changed_meanwhile_are_a_conflict(area, commit):
    po, second = export_po("en"), export_po("en")
    interface_text(po, "Alle Kontakte").msgstr = "Everybody"
    commit(read(po))
    assert read(second).changes == []  # untouched: the newer text stays
    interface_text(second, "Alle Kontakte").msgstr = "Anybody"
    assert kinds(read(second)) == {(Kind.CONFLICT, "Anybody")}


@pytest.mark.parametrize(
    ("msgid", "text"),
    [
        ("%(name)s anrufen", "Call"),
        ("%(name)s anrufen", "Call %(nam)s"),
        ("%(name)s anrufen", "Call %(name)s for 100 % free"),
        ("%(name)s anrufen", "Call %(name)"),
        ("Alle Kontakte", "All %(name)s"),
        ("Alle Kontakte", "<script>alert(1)</script>"),
        ("Alle Kontakte", 'All" onmouseover="alert(1)'),
        ("Alle Kontakte", "a\x07b"),
    ],
)
def test_interface_texts_that_would_break_a_page_are_rejected(area, msgid, text):
    po = export_po("en")
    interface_text(po, msgid).msgstr = text
    preview = read(po)
    assert (len(preview.rejected), preview.changes) == (1, [])


def test_plural_forms_have_to_be_complete(area, settings, tmp_path):
    settings.LOCALE_PATHS = [tmp_path]
    catalogue = polib.POFile()
    catalogue.metadata = {"Plural-Forms": "nplurals=2; plural=(n != 1);"}
    catalogue.append(
        polib.POEntry(
            msgid="Ein Text",
            msgid_plural="%(count)s Texte",
            msgstr_plural={0: "", 1: ""},
            occurrences=[("templates/home.html", "")],
            flags=["python-format"],
        )
    )
    path = catalogue_paths()["en"]
    path.parent.mkdir(parents=True)
    catalogue.save(str(path))
    po = export_po("en")
    entry = interface_text(po, "Ein Text")
    for forms, is_good in [
        ({0: "One text", 1: "%(count)s texts"}, True),
        ({0: "%(count)s text", 1: "%(count)s texts"}, True),
        ({0: "One text", 1: ""}, False),
        ({0: "One text", 1: "Texts"}, False),
        ({0: "%(count)s texts"}, False),
        ({0: "a", 1: "%(count)s b", 2: "%(count)s c"}, False),
    ]:
        entry.msgstr_plural = forms
        preview = read(po)
        assert (len(preview.changes), len(preview.rejected)) == ((1, 0) if is_good else (0, 1))


# All or nothing, and back


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
from languages.models import Translatable
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


# The commands


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
    for wrong in [{}, {"undo": 0}, {"file": tmp_path / "missing.po"}, {"file": tmp_path}]:
        with pytest.raises(CommandError):
            call_command("importtranslations", *wrong.pop("file", ()) and (), **wrong)
