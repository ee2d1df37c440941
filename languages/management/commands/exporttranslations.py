from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from languages.po_export import export_po
from languages.registry import REGISTRY, SOURCE


class Command(BaseCommand):
    help = "Schreibt alle Texte einer Sprache in eine PO-Datei für Übersetzerinnen und Übersetzer."

    def add_arguments(self, parser):
        codes = [code for code in REGISTRY if code != SOURCE]
        parser.add_argument("code", choices=codes, metavar="SPRACHE", help=", ".join(codes))
        parser.add_argument("--output", required=True, help="Name der Datei; - für die Ausgabe")

    def handle(self, *args, code, output, **options):
        po = export_po(code)
        if output == "-":
            self.stdout.write(str(po), ending="")
            return
        try:
            Path(output).write_text(str(po), encoding="utf-8", newline="\n")
        except OSError as error:
            raise CommandError(f"{output}: {error.strerror}") from error
        self.stdout.write(
            f"{output}: {len(po)} Texte, {len(po.untranslated_entries())} ohne Übersetzung, "
            f"{len(po.fuzzy_entries())} veraltet."
        )
