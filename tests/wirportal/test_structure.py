"""Rules of the house that no linter knows."""

import ast
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from tests.wirportal.test_serve import environment
from wirportal.stylesheets import squeeze

#: Each app may import those to its right.
ORDER = ["wirportal", "offers", "contacts", "programme", "languages"]


def imported_apps(file):
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module]
        else:
            continue
        yield from (name.split(".")[0] for name in names if name.split(".")[0] in ORDER)


@pytest.mark.parametrize("app", ORDER)
def test_imports_go_one_way(app):
    allowed = ORDER[ORDER.index(app) :]
    files = list(Path(settings.BASE_DIR, app).rglob("*.py"))
    assert files
    wrong = {(file.name, name) for file in files for name in imported_apps(file)} - {
        (file.name, name) for file in files for name in allowed
    }
    assert not wrong


def test_no_migration_is_missing(db):
    call_command("makemigrations", "--check", "--dry-run", stdout=StringIO())


@pytest.mark.parametrize("name", ["site", "form", "sheet", "a5", "shortlist"])
def test_styles_work_from_right_to_left_and_on_old_browsers(name):
    css = squeeze(Path(settings.BASE_DIR, f"static/css/{name}.css").read_text())
    physical = ("margin-left", "margin-right", "padding-left", "padding-right", "align: left")
    too_new = ("@layer", "oklch(", "light-dark(", ":has(", "&:", "text-wrap")
    assert [word for word in (*physical, *too_new, "://", "@import") if word in css] == []


def test_a_worker_does_not_load_the_libraries_for_tables(data):
    """They are 13 MB, and hardly anybody reads a table in."""
    code = "import sys, wirportal.wsgi; print({'openpyxl', 'tablib'} & sys.modules.keys())"
    said = subprocess.run(
        [sys.executable, "-c", code],
        cwd=settings.BASE_DIR,
        env=environment(DATA_DIR=data, DJANGO_SETTINGS_MODULE="wirportal.settings"),
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert said == "set()\n"
