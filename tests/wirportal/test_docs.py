"""What the documents name has to exist: commands, options, variables, files, links, labels."""

import json
import re
from pathlib import Path

import django
import polib
import pytest
from django.conf import settings
from django.core.management import get_commands, load_command_class

from wirportal.guides import anchor

ROOT = Path(settings.BASE_DIR)
README = ROOT / "README.md"
DOCS = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("bench/*.md")]
#: For staff and translators, who read them in the admin.
GUIDES = ["editing.md", "translating.md"]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
VARIABLE = re.compile(r"\b[A-Z]+(?:_[A-Z]+)+\b")

#: In quotation marks, but no label of ours: of other programs, words, and examples with values.
NO_LABELS = {
    *("als pdf speichern", "fuzzy", "einfache sprache", "leichte sprache"),
    "bereich hinzufügen",  # Django puts the two together
    "nicht da bis 30. november 2026. vertretung: …",
    "arabisch (العربية): 3 von 4 texten",
    "ihr merkzettel: 1 eintrag",
}

documents = pytest.mark.parametrize("doc", DOCS, ids=lambda doc: doc.name)


def text_of(doc):
    return doc.read_text(encoding="utf-8")


def prose_and_code(text):
    """Return the text without its blocks of code, and the blocks."""
    parts = re.split(r"^```.*$", text, flags=re.MULTILINE)
    return "".join(parts[::2]), "\n".join(parts[1::2])


def snippets(text):
    """Return all that is set as code: in blocks, one line after another, and within sentences."""
    prose, code = prose_and_code(text)
    return [*code.replace("\\\n", "").splitlines(), *re.findall(r"`([^`]+)`", prose)]


@documents
def test_commands_and_their_options_exist(doc):
    for snippet in snippets(text_of(doc)):
        for name, rest in re.findall(
            r"(?:manage\.py|^wir|tut `wir) ([a-z]\w+)([^|&;#`]*)", snippet
        ):
            assert name in get_commands(), snippet
            command = load_command_class(get_commands()[name], name)
            known = command.create_parser("manage.py", name)._option_string_actions
            assert set(re.findall(r"--[a-z-]+", rest)) <= set(known), snippet


@documents
def test_targets_of_make_exist(doc):
    targets = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))
    for snippet in snippets(text_of(doc)):
        assert set(re.findall(r"\bmake ([a-z]+)", snippet)) <= targets, snippet


@documents
def test_links_lead_to_files_and_headings(doc):
    for link in re.findall(r"\]\(([^)]+)\)", text_of(doc)):
        file, _hash, section = link.partition("#")
        if "://" in file:
            continue
        target = (doc.parent / file) if file else doc
        assert target.exists(), link
        if section:
            assert section in map(anchor, HEADING.findall(text_of(target))), link


@documents
def test_files_that_are_named_exist(doc):
    folders = "|".join(path.name for path in ROOT.iterdir() if path.is_dir())
    made_later = text_of(ROOT / ".gitignore")
    for snippet in snippets(text_of(doc)):
        for name in re.findall(rf"(?<![\w/.-])(?:(?:{folders})/[\w./-]*\w|\w+\.yaml)", snippet):
            assert (ROOT / name).exists() or name in made_later, snippet


@documents
def test_tests_that_are_named_exist(doc):
    files = [*ROOT.glob("tests/**/test_*.py")]
    code = "".join(map(text_of, files))
    names = {file.name for file in files} | set(re.findall(r"^def (test_\w+)", code, re.MULTILINE))
    found = re.findall(r"`(?:tests/\w+/)?(test_\w+(?:\.py)?)`", text_of(doc))
    assert set(found) <= names


def variables_of_the_code():
    code = "".join(text_of(ROOT / "wirportal" / name) for name in ("settings.py", "serve.py"))
    read = re.findall(r"(?:environ\.get|flag|megabytes|networks)\(\"([A-Z_]+)\"", code)
    return {*read, "WEB_CONCURRENCY"}


def test_the_table_of_variables_is_complete():
    assert variables_of_the_code() == set(re.findall(r"`([A-Z_]{4,})`", text_of(README)))


@documents
def test_variables_that_are_named_are_read_somewhere(doc):
    others = "".join(map(text_of, [*ROOT.glob("bench/*.py"), *ROOT.glob("tests/**/*.py")]))
    others += text_of(ROOT / "tests" / "container.sh") + text_of(ROOT / "deploy" / "wir")
    known = variables_of_the_code() | set(VARIABLE.findall(others))
    assert set(VARIABLE.findall(" ".join(snippets(text_of(doc))))) <= known


@pytest.fixture(scope="session")
def labels():
    """All German texts of the interface: our own, Django's, and the titles of pages."""
    own = polib.pofile(str(ROOT / "locale" / "en" / "LC_MESSAGES" / "django.po"))
    found = {text for entry in own for text in (entry.msgid, entry.msgid_plural)}
    for app in ("admin", "auth"):
        folder = Path(django.__file__).parent / "contrib" / app / "locale" / "de" / "LC_MESSAGES"
        for entry in polib.pofile(str(folder / "django.po")):
            found |= {entry.msgstr, *entry.msgstr_plural.values()}
    pages = json.loads(text_of(ROOT / "wirportal" / "starter" / "content.json"))["programme.page"]
    found |= {page["title"] for page in pages.values()}
    return "\n".join(" ".join(text.split()) for text in found).casefold()


@pytest.mark.parametrize("name", GUIDES)
def test_labels_that_the_guides_quote_are_there(labels, name):
    prose, _code = prose_and_code(text_of(ROOT / "docs" / name))
    quoted = {" ".join(text.split()).casefold() for text in re.findall(r"„([^“]+)“", prose)}
    assert len(quoted) > 5
    missing = [text for text in quoted - NO_LABELS if not is_label(text, labels)]
    assert missing == []


def is_label(text, labels):
    """Tell whether one text has these words; "…" stands for what differs."""
    words = ".*".join(re.escape(part.strip()) for part in text.split("…"))
    return re.search(rf"\b{words}", labels) is not None
