import re
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

TARGET = Path(settings.BASE_DIR, "LICENSES", "THIRD-PARTY.md")
REQUIREMENT = re.compile(r"^([\w.-]+)(?:\[[^]]*\])?==([^ ;\\]+)", re.MULTILINE)
#: As metadata said before there were names for licences (SPDX).
NAMES = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
#: All of them can be used by software under the EUPL-1.2, unchanged and as libraries.
ALLOWED = {
    *("0BSD", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "ISC", "LGPL-3.0-only"),
    *("MIT", "MIT-0", "MIT-CMU", "MPL-2.0", "PSF-2.0"),
}
#: Needed only on other systems; so that the list is the same on all.
ELSEWHERE = {"async-timeout": "Apache-2.0", "colorama": "BSD-3-Clause"}
HEAD = """\
# Lizenzen der verwendeten Pakete

Erzeugt mit `manage.py licenses` aus den Angaben der Pakete in `requirements.txt`. Die Website
selbst steht unter der [EUPL-1.2](EUPL-1.2.txt). Alle Pakete werden unverändert und als Bibliotheken
verwendet; jede dieser Lizenzen erlaubt das in Software unter der EUPL-1.2. Das gilt auch für
psycopg (LGPL-3.0): Es lässt sich gegen eine andere Fassung tauschen.

| Paket | Version | Lizenz |
|---|---|---|
"""


def pinned():
    """Return (name, version) of all packages that the site needs."""
    text = Path(settings.BASE_DIR, "requirements.txt").read_text(encoding="utf-8")
    return REQUIREMENT.findall(text)


def license_of(name):
    """Return what a package says of itself, in today's names."""
    if name in ELSEWHERE:
        return ELSEWHERE[name]
    try:
        found = metadata(name)
    except PackageNotFoundError:
        raise CommandError(f"{name} ist nicht installiert.") from None
    if expression := found["License-Expression"]:
        return expression
    if found["License"] in ALLOWED:
        return found["License"]
    classifiers = [line.rpartition(" :: ") for line in found.get_all("Classifier", [])]
    names = [NAMES.get(name, name) for kind, _, name in classifiers if kind.startswith("License")]
    return " und ".join(names) or found["License"] or ""


def table():
    rows = [(name, version, license_of(name)) for name, version in pinned()]
    for name, _version, license in rows:
        if unknown := set(re.split(r" (?:OR|AND|und) ", license)) - ALLOWED:
            raise CommandError(f"{name}: Die Lizenz ist zu prüfen: {', '.join(unknown)}")
    return HEAD + "".join(f"| {' | '.join(row)} |\n" for row in rows)


class Command(BaseCommand):
    help = "Schreibt die Liste der Lizenzen aller Pakete, die die Website braucht."

    def handle(self, *args, **options):
        TARGET.write_text(table(), encoding="utf-8")
        self.stdout.write(f"Geschrieben: {TARGET.relative_to(settings.BASE_DIR)}")
