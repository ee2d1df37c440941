from django.core.management.base import BaseCommand

from languages.registry import REGISTRY, SOURCE
from languages.status import Status, summaries


class Command(BaseCommand):
    help = "Zeigt für jede Sprache, wie viele Texte fehlen, veraltet oder ungeprüft sind."

    def handle(self, *args, **options):
        rows = [("Sprache", "fertig", *(str(status.label) for status in Status))]
        for code, summary in summaries([code for code in REGISTRY if code != SOURCE]).items():
            numbers = (str(number) for _status, number in summary.by_status)
            rows.append((code, f"{summary.percent} %", *numbers))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for name, *cells in rows:
            aligned = (cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True))
            self.stdout.write("  ".join((name.ljust(widths[0]), *aligned)))
