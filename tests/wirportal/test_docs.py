"""What the documents name has to exist."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands

DOCS = [
    Path(settings.BASE_DIR, "README.md"),
    Path(settings.BASE_DIR, "CONTRIBUTING.md"),
    Path(settings.BASE_DIR, "CHANGELOG.md"),
    *Path(settings.BASE_DIR, "docs").glob("*.md"),
]


@pytest.mark.parametrize("doc", DOCS, ids=lambda doc: doc.name)
def test_commands_targets_and_links_of_the_documents_exist(doc):
    text = doc.read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", Path(settings.BASE_DIR, "Makefile").read_text(), re.M))
    assert set(re.findall(r"manage\.py ([a-z]+)", text)) <= set(get_commands())
    assert set(re.findall(r"`?(?:DEBUG=1 )?make ([a-z]+)", text)) <= targets
    for link in re.findall(r"\]\(([^)#]+)\)", text):
        assert (doc.parent / link).exists(), link


def test_the_table_of_variables_is_complete():
    readme = DOCS[0].read_text(encoding="utf-8")
    folder = Path(settings.BASE_DIR, "wirportal")
    code = "".join((folder / name).read_text() for name in ("settings.py", "serve.py"))
    read = re.findall(r"(?:environ\.get|flag|megabytes|networks)\(\"([A-Z_]+)\"", code)
    used = {*read, "WEB_CONCURRENCY"}
    assert used == set(re.findall(r"`([A-Z_]{4,})`", readme))
