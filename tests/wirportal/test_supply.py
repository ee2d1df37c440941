"""Where the packages come from, and under which licence."""

import re
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError

from wirportal.management.commands import licenses

FILES = ["requirements.txt", "requirements-dev.txt"]


@pytest.mark.parametrize("name", FILES)
def test_every_package_has_one_version_and_a_hash_and_no_other_source(name):
    text = Path(settings.BASE_DIR, name).read_text(encoding="utf-8")
    lines = re.sub(r"\\\n", "", re.sub(r"^\s*#.*$", "", text, flags=re.MULTILINE)).splitlines()
    found = [line for line in lines if line.strip()]
    assert len(found) > 30
    wanted = r"[\w.-]+(\[[\w,-]+\])?==[\w.]+ *(; [^;@:]+?)?( +--hash=sha256:[0-9a-f]{64})+ *"
    assert [line[:80] for line in found if not re.fullmatch(wanted, line)] == []


def test_packages_are_only_installed_with_their_hash():
    makefile = Path(settings.BASE_DIR, "Makefile").read_text(encoding="utf-8")
    installs = re.findall(r"pip install.* -r .*", makefile)
    assert len(installs) >= 2
    assert [line for line in installs if "--require-hashes" not in line] == []


def test_the_list_of_licences_is_up_to_date():
    text = licenses.TARGET.read_text(encoding="utf-8")
    assert text == licenses.table(), "manage.py licenses"
    for name, version in licenses.pinned():
        assert f"| {name} | {version} | " in text


def test_licences_of_other_systems_packages_are_right_where_they_are_installed():
    for name, license in licenses.ELSEWHERE.items():
        try:
            found = metadata(name)
        except PackageNotFoundError:
            continue
        assert license.split("-")[0] in str(found)


def test_a_licence_that_nobody_has_looked_at_is_refused(monkeypatch):
    monkeypatch.setattr(licenses, "ALLOWED", licenses.ALLOWED - {"LGPL-3.0-only"})
    with pytest.raises(CommandError, match=r"psycopg.*LGPL-3\.0-only"):
        licenses.table()
