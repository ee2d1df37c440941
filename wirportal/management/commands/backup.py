import time
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from wirportal.backup.archive import Archive, Refused
from wirportal.backup.checking import check_archive
from wirportal.backup.report import report
from wirportal.backup.snapshot import Damaged
from wirportal.backup.writing import back_up, delete_old, only_one
from wirportal.progress import german


def megabytes(size):
    return f"{size / 1_000_000:.1f}".replace(".", ",")


class Command(BaseCommand):
    help = (
        "Sichert Datenbank, Uploads und eigene Texte der Oberfläche in ein Archiv. "
        "Die Website läuft dabei weiter."
    )

    requires_system_checks = []  # they open the database, and SQLite would make an empty one

    def add_arguments(self, parser):
        parser.add_argument("file", metavar="FILE", help="eine Datei, oder ein Ordner dafür")
        parser.add_argument(
            "--keep", type=int, metavar="N", help="löscht danach die ältesten im Ordner bis auf N"
        )
        parser.add_argument(
            "--check", action="store_true", help="prüft ein Archiv und ändert nichts"
        )

    def handle(self, *args, file, keep, check, **options):
        path = Path(file).absolute()
        if check:
            return self.check_file(path)
        if keep is not None and keep < 1:
            raise CommandError("--keep braucht eine Zahl ab 1.")
        start = time.monotonic()
        try:
            with only_one():
                done = back_up(path)
        except (Refused, Damaged, DatabaseError, OSError, ValueError) as error:
            self.failed(error)
        now = timezone.now().isoformat(timespec="seconds")
        report(time=now, file=done.path.name, size=done.size, failed=None)
        for name in done.missing:
            self.stderr.write(f"Diese Datei fehlt in den Uploads: {name}")
        deleted = delete_old(done.path.parent, keep) if keep else 0
        self.stdout.write(
            f"Gesichert in {done.path}: {german(done.rows)} Zeilen, {german(done.files)} Dateien, "
            f"{megabytes(done.size)} MB, {time.monotonic() - start:.0f} Sekunden"
            + (f"; {deleted} ältere gelöscht." if keep else ".")
        )

    def failed(self, error):
        """Note it for the start page, and stop."""
        reason = reason_of(error)
        try:
            report(failed={"time": timezone.now().isoformat(timespec="seconds"), "reason": reason})
        except OSError as second:
            self.stderr.write(f"In DATA_DIR kann nicht geschrieben werden: {second.strerror}")
        raise CommandError(f"Die Sicherung ist fehlgeschlagen. {reason}") from error

    def check_file(self, path):
        try:
            with Archive(path) as archive:
                check_archive(archive)
        except (Refused, OSError) as error:
            raise CommandError(reason_of(error)) from error
        rows = sum(archive.manifest["rows"].values())
        self.stdout.write(
            f"Die Sicherung ist in Ordnung: {german(rows)} Zeilen, "
            f"{german(len(archive.files))} Dateien, {megabytes(path.stat().st_size)} MB, "
            f"gemacht am {archive.made}."
        )


def reason_of(error):
    """Return one line for the operator."""
    if isinstance(error, Refused):
        return str(error)
    if isinstance(error, Damaged):
        return f"Die Datenbank ist beschädigt: {error}."
    if isinstance(error, OSError):
        return ": ".join(filter(None, [error.filename and str(error.filename), error.strerror]))
    return (str(error).strip() or type(error).__name__).splitlines()[0]
