import pytest
from django.utils.translation import get_language_info, to_locale

from languages.catalogues import catalogue_paths, compile_catalogues, set_aside_unreadable
from languages.models import Language
from languages.registry import REGISTRY
from tests.factories import make_languages


def test_django_knows_every_language_by_the_registrys_names():
    for code, entry in REGISTRY.items():
        info = get_language_info(code)
        assert info["name_local"] == entry.endonym
        assert info["bidi"] == (entry.direction == "rtl")


def test_the_shipped_languages():
    first = ["de", "de-simple", "en", "ar", "uk", "ru", "tr", "fa", "fa-af"]
    assert list(REGISTRY) == [*first, "pl", "ro"]
    assert REGISTRY["fa-af"].tag == "fa-AF"
    assert REGISTRY["de-simple"].hreflang is None
    assert [code for code, entry in REGISTRY.items() if entry.direction == "rtl"] == [
        "ar",
        "fa",
        "fa-af",
    ]


def test_german_is_published_whatever_the_database_says(db):
    make_languages("en")
    codes = [entry.code for entry in Language.objects.published_entries()]
    assert codes == ["de", "en"]


def test_catalogues_are_compiled_once_and_again_when_they_change(tmp_path, settings):
    settings.LOCALE_PATHS = [tmp_path]
    folder = tmp_path / to_locale("fa-af") / "LC_MESSAGES"
    folder.mkdir(parents=True)
    po = folder / "django.po"
    po.write_text('msgid "Start"\nmsgstr "شروع"\n', encoding="utf-8")
    assert catalogue_paths()["fa-af"] == po
    assert compile_catalogues() == ["fa_AF"]
    import os

    os.utime(po, (0, 0))
    assert compile_catalogues() == []
    po.with_suffix(".mo").unlink()
    assert compile_catalogues() == ["fa_AF"]


HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset={}\\n"\n"Plural-Forms: {}\\n"\n'
GOOD = HEADER.format("UTF-8", "nplurals=2; plural=(n != 1);") + 'msgid "Start"\nmsgstr "شروع"\n'


@pytest.mark.parametrize(
    "content",
    [
        b'msgid "Start"\nmsgstr "\xff\xfe"\n',
        HEADER.format("UTF-8", "nplurals=2; plural=import os;").encode(),
        HEADER.format("no-such-charset", "nplurals=1; plural=0;").encode(),
        b"\x00" * 50,
    ],
)
def test_a_catalogue_of_ones_own_that_is_broken_is_set_aside(tmp_path, settings, content):
    settings.OWN_LOCALE, settings.LOCALE_PATHS = tmp_path, [tmp_path]
    bad, good = (tmp_path / code / "LC_MESSAGES/django.po" for code in ("ar", "fa"))
    for path in (bad, good):
        path.parent.mkdir(parents=True)
    bad.write_bytes(content)
    good.write_text(GOOD, encoding="utf-8")
    assert set_aside_unreadable() == [bad]
    assert bad.with_name("django.po.broken").read_bytes() == content
    assert compile_catalogues() == ["fa"]
    compiled = good.with_suffix(".mo")
    assert set_aside_unreadable() == []
    compiled.write_bytes(compiled.read_bytes()[:40])
    assert set_aside_unreadable() == [compiled]
    assert compile_catalogues() == ["fa"]
