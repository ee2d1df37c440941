from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from languages.models import Import
from languages.po_import import Refused, apply, read_po, undo

WIDTH = 40  # characters of a text in the table


def cell(text):
    text = " ".join(str(text).split())
    return text if len(text) <= WIDTH else text[: WIDTH - 1] + "…"


def table(rows):
    """Return lines with aligned columns."""
    rows = [[cell(text) for text in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


class Command(BaseCommand):
    help = "Liest eine PO-Datei mit Übersetzungen ein: ganz oder gar nicht. --undo nimmt es zurück."

    def add_arguments(self, parser):
        parser.add_argument("file", nargs="?", metavar="DATEI", type=Path)
        parser.add_argument("--language", metavar="SPRACHE", help="sonst gilt der Kopf der Datei")
        parser.add_argument("--dry-run", action="store_true", help="nur zeigen, was sich ändert")
        parser.add_argument(
            "--accept-conflicts",
            action="store_true",
            help="überschreibt auch, was seit dem Export jemand anderes geändert hat",
        )
        parser.add_argument("--undo", type=int, metavar="NUMMER", help="nimmt einen Import zurück")

    def handle(self, *args, **options):
        if (options["file"] is None) == (options["undo"] is None):
            raise CommandError("Bitte entweder eine Datei oder --undo angeben.")
        try:
            if options["undo"] is not None:
                self.undo(options["undo"])
            else:
                self.read(options)
        except Refused as reason:
            raise CommandError(str(reason)) from reason
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from error

    def read(self, options):
        preview = read_po(options["file"], options["language"])
        preview.accept_conflicts = options["accept_conflicts"]
        self.show(preview)
        if options["dry_run"]:
            self.stdout.write("Nichts geschrieben (--dry-run).")
        elif not preview.to_write:
            self.stdout.write("Nichts zu ändern.")
        else:
            self.stdout.write(f"Gespeichert als Import {apply(preview).pk}.")
            if any(change.entry for change in preview.to_write):
                self.stdout.write(
                    "Die Texte der Oberfläche gelten, wenn der Server neu geladen ist."
                )

    def show(self, preview):
        if preview.changes:
            head = ["Zeile", "Art", "Inhalt", "Feld", "bisher", "neu"]
            rows = [
                [change.line, change.kind.label, *self.place(change), change.before, change.after]
                for change in preview.changes
            ]
            self.stdout.write("\n".join(table([head, *rows])))
        for rejected in preview.rejected:
            self.stdout.write(
                f"Abgelehnt, Zeile {rejected.line}: {rejected.reason} ({rejected.key})"
            )
        self.stdout.write(
            f"{preview.code}: {len(preview.to_write)} zu schreiben, "
            f"{len(preview.changes) - len(preview.to_write)} Konflikte bleiben stehen, "
            f"{len(preview.rejected)} abgelehnt, {preview.unchanged} unverändert, "
            f"{preview.fuzzy} noch ungefähr (fuzzy), {preview.empty} leer."
        )

    @staticmethod
    def place(change):
        return change.title, change.label or change.key

    def undo(self, pk):
        imp = Import.objects.filter(pk=pk).first()
        if imp is None:
            raise CommandError(f"Einen Import {pk} gibt es nicht.")
        skipped = undo(imp)
        self.stdout.write(f"Import {pk} ist zurückgenommen.")
        for key in skipped:
            self.stdout.write(f"Bleibt, weil danach geändert oder gelöscht: {key}")
        if any("interface" in change for change in imp.changes):
            self.stdout.write("Die Texte der Oberfläche gelten, wenn der Server neu geladen ist.")
