"""What is known of a language before it is added: its names from CLDR, and its empty catalogue."""

from pathlib import Path

import polib
import pytest
from babel.messages.plurals import get_plural
from django.conf import settings
from django.core.management import CommandError, call_command

from languages.catalogues import catalogue_paths
from languages.management.commands import addlanguage
from languages.management.commands.addlanguage import describe, new_catalogue
from tests.languages.test_addlanguage import assert_gettext_reads


@pytest.fixture
def nothing_registered(monkeypatch):
    monkeypatch.setattr(addlanguage, "REGISTRY", {})


@pytest.mark.parametrize(
    ("code", "tag", "endonym", "name", "direction", "hreflang"),
    [
        ("pl", "pl", "Polski", "Polnisch", "ltr", "pl"),
        ("ro", "ro", "Română", "Rumänisch", "ltr", "ro"),
        ("fr", "fr", "Français", "Französisch", "ltr", "fr"),
        ("hr", "hr", "Hrvatski", "Kroatisch", "ltr", "hr"),
        ("bg", "bg", "Български", "Bulgarisch", "ltr", "bg"),
        ("so", "so", "Soomaali", "Somali", "ltr", "so"),
        ("am", "am", "አማርኛ", "Amharisch", "ltr", "am"),
        ("ti", "ti", "ትግርኛ", "Tigrinya", "ltr", "ti"),
        ("ka", "ka", "ქართული", "Georgisch", "ltr", "ka"),
        ("ps", "ps", "پښتو", "Paschtu", "rtl", "ps"),
        ("ckb", "ckb", "کوردیی ناوەندی", "Sorani (Kurdisch)", "rtl", None),
        ("kmr", "kmr", "Kurmancî", "Kurmandschi (Kurdisch)", "ltr", "ku"),
        ("pt_BR", "pt-BR", "Português (Brasil)", "Portugiesisch (Brasilien)", "ltr", "pt-BR"),
        ("zh-hant", "zh-Hant", "繁體中文", "Chinesisch (traditionell)", "ltr", "zh-Hant"),
    ],
)
def test_names_and_direction_come_from_cldr(
    nothing_registered, code, tag, endonym, name, direction, hreflang
):
    assert describe(code) == {
        "code": tag.lower(),
        "tag": tag,
        "endonym": endonym,
        "name": name,
        "direction": direction,
        "hreflang": hreflang,
    }


def test_what_is_given_wins_over_cldr(nothing_registered):
    entry = describe("pl", name="Polnisch (Entwurf)", endonym=None, direction="rtl")
    assert entry == describe("pl") | {"name": "Polnisch (Entwurf)", "direction": "rtl"}


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("de", "schon da: Deutsch"),
        ("FA_AF", "schon da: Dari"),
        ("xx", "nicht bekannt"),
        ("pl-xx", "nicht bekannt"),
        ("e n", "kein Sprachkürzel"),
        ("../x", "kein Sprachkürzel"),
        ("", "kein Sprachkürzel"),
        ("polnisch", "kein Sprachkürzel"),
        ("iw", "anderes Kürzel für „he“"),
        ("id", "Indonesisch geht nicht"),
        ("skr", "keinen Namen: Bitte --name"),
    ],
)
def test_refusals_say_why(code, reason):
    with pytest.raises(CommandError, match=reason):
        describe(code)


@pytest.mark.parametrize(
    ("code", "forms"),
    [
        *(("pl", 3), ("ro", 3), ("hr", 3), ("fr", 2), ("bg", 2), ("so", 2), ("am", 2), ("ti", 2)),
        *(("ckb", 2), ("kmr", 2), ("ps", 2), ("pt-BR", 2), ("zh-Hant", 1)),
    ],
)
def test_a_new_catalogue_has_all_texts_and_no_translation(tmp_path, code, forms):
    template = catalogue_paths()["en"]
    path = tmp_path / "django.po"
    path.write_text(str(new_catalogue({"tag": code, "name": "Name"}, template)), encoding="utf-8")
    catalogue, old = polib.pofile(str(path)), polib.pofile(str(template))
    assert [(entry.msgctxt, entry.msgid) for entry in catalogue] == [
        (entry.msgctxt, entry.msgid) for entry in old if not entry.obsolete
    ]
    assert not catalogue.translated_entries()
    assert {len(entry.msgstr_plural) for entry in catalogue if entry.msgid_plural} <= {forms}
    assert catalogue.metadata["Language"] == code
    assert get_plural(code.replace("-", "_")).num_plurals == forms


def test_gettext_understands_three_plural_forms(tmp_path):
    path = tmp_path / "django.po"
    entry = {"tag": "hr", "name": "Kroatisch"}
    path.write_text(str(new_catalogue(entry, catalogue_paths()["en"])), encoding="utf-8")
    assert_gettext_reads(path, forms=3)


def test_read_only_code_is_refused_in_one_line(monkeypatch):
    monkeypatch.setattr(addlanguage.os, "access", lambda path, mode: False)
    with pytest.raises(CommandError, match="in einem Checkout ausführen und das Image") as refusal:
        call_command("addlanguage", "hr")
    assert "\n" not in str(refusal.value)
    assert not Path(settings.BASE_DIR, "locale/hr").exists()
