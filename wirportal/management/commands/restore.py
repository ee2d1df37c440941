import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from wirportal.backup.archive import Archive, Refused
from wirportal.backup.checking import refuse_foreign
from wirportal.backup.restoring import restore
from wirportal.backup.writing import only_one
from wirportal.progress import german

from .backup import reason_of


class Command(BaseCommand):
    help = (
        "Spielt eine Sicherung zurück. Die Website muss dafür angehalten sein. "
        "Der bisherige Stand wird aufgehoben."
    )
    requires_system_checks = []  # they open the database, which may be what is broken

    def add_arguments(self, parser):
        parser.add_argument("file", metavar="FILE", help="ein Archiv von manage.py backup")
        parser.add_argument("--yes", action="store_true", help="fragt nicht nach")

    def handle(self, *args, file, yes, **options):
        try:
            with only_one(), Archive(Path(file).absolute()) as archive:
                refuse_foreign(archive)
                if not yes:
                    self.ask(archive)
                restore(archive, self.stdout.write)
        except (Refused, DatabaseError, OSError, ValueError) as error:
            raise CommandError(f"Nicht zurückgespielt. {reason_of(error)}") from error
        self.stdout.write(
            f"Zurückgespielt: der Stand vom {archive.made}. "
            "Alle sind abgemeldet. Starten Sie die Website wieder."
        )

    def ask(self, archive):
        rows = sum(archive.manifest["rows"].values())
        self.stdout.write(
            f"Die Sicherung vom {archive.made} ({archive.manifest['site']}) ersetzt "
            f"den heutigen Stand: {german(rows)} Zeilen, {german(len(archive.files))} Dateien."
        )
        if not sys.stdin.isatty():
            raise Refused("Ohne Terminal braucht der Befehl --yes.")
        if input("Wirklich zurückspielen? [ja/nein] ").strip().lower() not in {"j", "ja"}:
            raise Refused("Abgebrochen.")
