"""What a file from translators changes, in the content and in the interface."""

import polib
import pytest
from django.conf import settings as site
from django.contrib.auth.models import User

from languages.catalogues import catalogue_paths
from languages.interface import override_path
from languages.models import Origin
from languages.po_export import export_po
from languages.po_import import Kind, apply, undo
from tests.factories import make_page
from tests.languages.po_files import (
    entry_of,
    everything,
    interface_text,
    kinds,
    read,
    reasons,
    translated,
)

pytestmark = pytest.mark.both_databases


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


@pytest.fixture
def commit(django_capture_on_commit_callbacks):
    """Do what happens after a commit, which a test's own transaction never reaches."""

    def apply_and_commit(preview):
        with django_capture_on_commit_callbacks(execute=True):
            return apply(preview)

    return apply_and_commit


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
    interface_text(second, "barrierefrei").msgstr = "for everyone"
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
        ("%(name)s anrufen:", "Call"),
        ("%(name)s anrufen:", "Call %(nam)s"),
        ("%(name)s anrufen:", "Call %(name)s for 100 % free"),
        ("%(name)s anrufen:", "Call %(name)"),
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
