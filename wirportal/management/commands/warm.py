from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from languages.models import Language
from programme.version import Unavailable
from wirportal.mirror.visitor import listed
from wirportal.mirror.warming import Warming
from wirportal.progress import Progress, german


class Command(BaseCommand):
    help = (
        "Erzeugt alle öffentlichen Seiten im Voraus. Läuft der Befehl noch einmal, "
        "macht er nur neu, was sich geändert hat."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--languages", nargs="+", metavar="de", help="nur diese Sprachen, zum Beispiel: de ar"
        )

    def handle(self, *args, languages, **options):
        if settings.DEBUG:
            raise CommandError("Mit DEBUG=1 werden keine Seiten aufgehoben.")
        try:
            self.warm(languages)
        except (DatabaseError, Unavailable) as error:
            raise CommandError(f"Die Datenbank ist nicht erreichbar: {error}") from error

    def warm(self, languages):
        warming = Warming(published_codes(languages))
        store = warming.visitor.store
        version, progress = store.version(), Progress(self.stdout, "Seiten")
        all_fit = warming.run(progress.show)
        progress.end()
        self.stdout.write(
            f"{german(warming.rendered)} Seiten neu erzeugt, "
            f"{german(warming.good)} waren noch aktuell."
        )
        if not all_fit:
            self.stdout.write(
                f"Der Platz ist voll: {german(warming.total - warming.done)} Seiten passen nicht "
                f"mehr hinein und entstehen erst beim Aufruf. Mehr Platz gibt PAGE_FILES_MB "
                f"(jetzt {settings.PAGE_FILES // 1_000_000})."
            )
        if store.files.is_failing:
            raise CommandError(f"In {store.files.folder} kann nicht geschrieben werden.")
        if warming.failed:
            raise CommandError(
                f"{len(warming.failed)} Seiten sind fehlgeschlagen:\n{listed(warming.failed)}"
            )
        if store.version() != version:
            self.stdout.write(
                "Inzwischen wurde etwas geändert. Rufen Sie den Befehl noch einmal auf."
            )


def published_codes(wanted):
    """Return the codes of the public languages; only those that are wanted, if any."""
    public = [entry.code for entry in Language.objects.published_entries()]
    if unknown := set(wanted or ()) - set(public):
        raise CommandError(f"Keine öffentliche Sprache: {', '.join(sorted(unknown))}.")
    return [code for code in public if not wanted or code in wanted]
