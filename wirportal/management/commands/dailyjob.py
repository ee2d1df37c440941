"""Everything that has to happen by itself; may run as often as you like (docs/operating.md)."""

import logging
from io import StringIO

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from contacts.models import OutgoingMail
from offers import verification
from wirportal.models import JobRun

logger = logging.getLogger(__name__)

NAME, CLEANUP = "dailyjob", "cleanup"


class Command(BaseCommand):
    help = "Prüfungen, E-Mails und Aufräumen: einmal am Tag oder öfter, auch auf mehreren Rechnern."

    def handle(self, *args, **options):
        now = timezone.now()
        JobRun.objects.begin(NAME, now)
        failed = [
            step.__name__ for step in (self.verify, self.send, self.clean) if not self.do(step, now)
        ]
        JobRun.objects.finish(NAME, timezone.now(), ", ".join(failed))
        if failed:
            raise CommandError("Nicht alles ist gelungen; Genaueres steht im Protokoll.")
        self.stdout.write("Fertig.")

    @staticmethod
    def do(step, now):
        """Do one step; the others are done even if it fails."""
        try:
            return step(now)
        except Exception:
            logger.exception("The daily job failed: %s", step.__name__)
            return False

    def verify(self, now):
        counts, failed = verification.run(now)
        for name, count in counts.items():
            if count:
                self.stdout.write(f"Prüfungen {name}: {count}")
        if failed:
            self.stdout.write(f"Prüfungen fehlgeschlagen: {failed}")
        return not failed

    def send(self, now):
        if count := OutgoingMail.objects.deliver():  # also what was written since `now`
            self.stdout.write(f"E-Mails gesendet: {count}")
        return True

    def clean(self, now):
        """Once a day: whoever comes first today, on whichever machine."""
        if not JobRun.objects.claim_day(CLEANUP, now):
            return True
        output = StringIO()
        call_command("cleanup", stdout=output)
        self.stdout.write(output.getvalue().strip())
        JobRun.objects.finish(CLEANUP, timezone.now())
        return True
