"""A copy of the project with more languages: adding one changes the project itself."""

import shutil
from dataclasses import replace

from .databases import FOLDER, LANGUAGES, PROJECT, material
from .report import say

MORE = ("am", "bg", "cs", "el", "es", "fr", "hr", "hu", "it", "ku", "pt", "sk", "so", "sq", "ti")
MORE_LANGUAGES = len(LANGUAGES) + len(MORE)
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "var", "results", "tests", "__pycache__")


def with_more_languages(server, database, number):
    """Return a database with the same offers in a project of 24 languages, all published."""
    project = FOLDER / "more-languages"
    new = replace(server.database(f"{database.name}_more"), project=project)
    stamp = FOLDER / f"{server.vendor}-{new.name}.stamp"
    wanted = f"{material(number)} {MORE}"
    if stamp.exists() and stamp.read_text() == wanted and project.exists():
        refresh(project)
        return new
    stamp.unlink(missing_ok=True)
    shutil.rmtree(project, ignore_errors=True)
    shutil.copytree(PROJECT, project, ignore=LEFT_OUT)
    server.create(new.name)  # first: an older one has the columns of these languages already
    for code in MORE:
        say(f"Sprache {code}")
        new.manage("addlanguage", code)
    new.manage("migrate", "-v0")
    new.manage("setup")
    new.manage("sampledata", number, "--languages", *LANGUAGES)
    new.execute("UPDATE languages_language SET published = true")
    new.execute("ANALYZE")
    stamp.write_text(wanted)
    return new


def refresh(project):
    """Take over changed code; languages, migrations and catalogues stay the copy's own."""
    kept = shutil.ignore_patterns(
        ".*", "var", "results", "tests", "__pycache__", "migrations", "locale", "registry.json"
    )
    shutil.copytree(PROJECT, project, ignore=kept, dirs_exist_ok=True)
