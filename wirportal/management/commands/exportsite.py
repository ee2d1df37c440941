import fcntl
import shutil
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from programme.version import Unavailable
from wirportal.mirror.site import Mirror
from wirportal.mirror.visitor import listed
from wirportal.progress import Progress, german

MARKER = ".exportsite"


class Command(BaseCommand):
    help = (
        "Schreibt die ganze öffentliche Website als Dateien in einen Ordner, "
        "den jeder Webserver ausliefern kann."
    )

    def add_arguments(self, parser):
        parser.add_argument("folder", metavar="DIR", help="wird bei jedem Aufruf ersetzt")

    def handle(self, *args, folder, **options):
        try:
            target = Path(folder).resolve()
            for path in (target, new_copy(target), old_copy(target)):
                refuse_foreign(path)
            with only_one():
                put_back(target)
                with new_folder(target) as new:
                    mirror = self.export(new, target)
                    swap(new, target)
        except OSError as error:
            raise CommandError(f"{error.filename or folder}: {error.strerror}.") from error
        except (DatabaseError, Unavailable) as error:
            raise CommandError(f"Die Datenbank ist nicht erreichbar: {error}") from error
        self.stdout.write(
            f"{german(mirror.pages)} Seiten, {german(mirror.files)} Dateien, "
            f"{german(round(mirror.bytes / 1_000_000))} MB in {target}"
        )

    def export(self, folder, previous):
        mirror = Mirror(folder, previous)
        for what, step in (("Seiten gelesen", mirror.crawl), ("Dateien", mirror.write)):
            progress = Progress(self.stdout, what)
            step(progress.show)
            progress.end()
            self.stop_at_errors(mirror)
        return mirror

    @staticmethod
    def stop_at_errors(mirror):
        found = [("Fehlgeschlagene Seiten", mirror.failed), ("Links ins Leere", mirror.broken)]
        texts = [f"{name}:\n{listed(items)}" for name, items in found if items]
        if texts:
            last = "Die bisherige Kopie bleibt, wie sie ist."
            raise CommandError("\n".join([*texts, last]))


def refuse_foreign(folder):
    """Stop before anything is deleted that this command has not made."""
    if not folder.exists() or (folder / MARKER).is_file():
        return
    if not folder.is_dir() or any(folder.iterdir()):
        raise CommandError(
            f"{folder} ist nicht leer und keine Kopie, die dieser Befehl gemacht hat. "
            "Nennen Sie einen anderen Ordner; hier wird nichts gelöscht."
        )


@contextmanager
def only_one():
    with (settings.DATA_DIR / "exportsite.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError("Ein anderer Aufruf schreibt gerade eine Kopie.") from None
        yield


def new_copy(target):
    return target.with_name(f"{target.name}.neu")


def old_copy(target):
    return target.with_name(f"{target.name}.alt")


def put_back(target):
    """Undo the half of a change of copies that somebody has killed."""
    if not target.exists() and old_copy(target).exists():
        old_copy(target).rename(target)


@contextmanager
def new_folder(target):
    """Make a folder beside the target; it does not stay when the export fails."""
    new = new_copy(target)
    remove(new)
    new.mkdir(parents=True)
    try:
        (new / MARKER).write_text(f"{settings.SITE_URL} {timezone.now():%Y-%m-%dT%H:%M:%SZ}\n")
        yield new
    finally:
        remove(new)


def swap(new, target):
    """Put the new copy in the place of the old one."""
    old = old_copy(target)
    remove(old)
    if target.exists():
        target.rename(old)
    new.rename(target)
    remove(old)


def remove(folder):
    """Delete a copy, its marker last: what a killed run leaves of it is known as a copy."""
    if not folder.exists():
        return
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != MARKER:
            path.unlink()
    shutil.rmtree(folder)
