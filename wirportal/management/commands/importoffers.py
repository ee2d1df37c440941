from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from offers.exchange_run import OfferImport
from wirportal.audit.record import record
from wirportal.models import Action


class Command(BaseCommand):
    help = "Liest Angebote aus einer Tabelle (XLSX oder CSV) ein: alle Zeilen oder keine."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help="die Tabelle, nach der Vorlage")
        parser.add_argument("--dry-run", action="store_true", help="nur prüfen, nichts speichern")

    def handle(self, *args, file, dry_run, **options):
        if not file.is_file():
            raise CommandError(f"Die Datei gibt es nicht: {file}")
        run = OfferImport(file, file.name)
        for line in run.run(dry_run):
            self.stdout.write(line)
        self.show(run.report)
        if not run.report.is_clean:
            raise CommandError(run.report.refused or "Es wurde nichts eingelesen.")
        if run.report.stored:
            count = run.report.new + run.report.changed
            record(Action.IMPORT, file.name, _("%(count)s Angebote") % {"count": count})

    def show(self, report):
        for problem in report.problems:
            place = f"Zeile {problem.line}" + (f", {problem.column}" if problem.column else "")
            self.stdout.write(f"{place}: {problem.message}")
        if report.problem_count > len(report.problems):
            self.stdout.write(f"… insgesamt {report.problem_count} Fehler.")
        for warning in report.warnings:
            self.stdout.write(f"Zeile {warning.line}: {warning.message}")
        if report.warning_count > len(report.warnings):
            self.stdout.write(f"… insgesamt {report.warning_count} Hinweise.")
        if not report.refused:
            done = "Eingelesen" if report.stored else "Geprüft"
            self.stdout.write(
                f"{done}: {report.new} neu (davon sofort öffentlich: {report.public}), "
                f"{report.changed} geändert, "
                f"{report.unchanged} unverändert, {report.problem_count} Fehler."
            )
        if report.stored:
            self.stdout.write("Zum Weiterarbeiten bitte neu herunterladen.")
