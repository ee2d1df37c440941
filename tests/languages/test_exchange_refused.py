"""Files and texts that are not taken, and what their senders are told."""

import zipfile
from io import BytesIO, StringIO

import polib
import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings, strategies

from languages.po_checks import LARGEST, Refused
from languages.po_import import Kind, apply, read_po
from tests.languages.po_files import entry_of, everything, key, kinds, read, reasons, translated

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
