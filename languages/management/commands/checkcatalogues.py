import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import polib
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from languages.catalogues import catalogue_paths

#: Templates for staff and partners, who work in German; translating their texts is optional.
STAFF_TEMPLATES = (
    *("templates/admin/", "templates/account/", "templates/mfa/"),
    *("templates/403_csrf.html", "templates/429.html"),
    *("templates/offers/email/", "templates/offers/verify/"),
)
#: Code whose texts readers see; all other code speaks to staff.
PUBLIC_CODE = (
    *("contacts/forms.py", "contacts/models/message.py", "contacts/timetable.py"),
    *("offers/filters.py", "offers/models/choices.py"),
)


def is_public(entry):
    """Tell whether a reader of the website can see this text."""
    return any(
        file.startswith(PUBLIC_CODE)
        or (file.startswith("templates/") and not file.startswith(STAFF_TEMPLATES))
        for file, _line in entry.occurrences
    )


class Command(BaseCommand):
    help = "Prüft die Kataloge der Oberfläche: vollständig, aktuell, mit msgfmt übersetzbar."

    def handle(self, *args, **options):
        problems = []
        with tempfile.TemporaryDirectory() as folder:
            fresh = self.extract(Path(folder))
            for code, path in catalogue_paths().items():
                problems += [f"{code}: {problem}" for problem in self.problems(path, fresh)]
        if problems:
            raise CommandError("\n".join(problems))
        self.stdout.write(f"{len(catalogue_paths())} Kataloge sind vollständig.")

    def extract(self, folder):
        """Collect the texts of a copy of the code and return the copy's catalogue folder."""
        copy = folder / "copy"
        shutil.copytree(
            settings.BASE_DIR,
            copy,
            ignore=shutil.ignore_patterns(".*", "var", "tests", "*.mo", "__pycache__"),
        )
        subprocess.run(
            [
                sys.executable,
                "manage.py",
                "makemessages",
                "--all",
                "-x",
                "de",
                "--no-obsolete",
                "--no-wrap",
            ],
            cwd=copy,
            check=True,
            capture_output=True,
            env={**os.environ, "DEBUG": "1", "DATA_DIR": str(folder)},
        )
        return copy / "locale"

    def problems(self, path, fresh):
        if not path.exists():
            yield f"{path} fehlt."
            return
        result = subprocess.run(  # noqa: S603
            ["msgfmt", "--check", "--output-file=/dev/null", str(path)],  # noqa: S607
            capture_output=True,
            text=True,
        )
        if result.returncode or result.stderr:
            yield result.stderr.strip()
        catalogue = polib.pofile(str(path))
        known = {(entry.msgctxt, entry.msgid) for entry in catalogue}
        current = polib.pofile(str(fresh / path.relative_to(settings.LOCALE_PATHS[-1])))
        for entry in current:
            if (entry.msgctxt, entry.msgid) not in known:
                yield f"„{entry.msgid}“ fehlt im Katalog (make messages)."
        for entry in catalogue:
            if is_public(entry) and not entry.translated():  # a fuzzy one is not
                yield f"„{entry.msgid}“ ist nicht übersetzt."
