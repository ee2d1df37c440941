import logging

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from wirportal.signin.admin import reset_factors

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = (
        "Entfernt die zweite Sicherung eines Zugangs, zum Beispiel wenn das Telefon verloren ist, "
        "und meldet ihn überall ab."
    )

    def add_arguments(self, parser):
        parser.add_argument("name", help="der Benutzername")

    def handle(self, *args, name, **options):
        user = User.objects.filter(username=name).first()
        if not user:
            raise CommandError(f"Es gibt keinen Zugang mit dem Namen {name!r}.")
        count = reset_factors(user)
        logger.warning("The second factors of %r were reset: %d.", name, count)
        self.stdout.write(
            f"Entfernt: {count}. Das Passwort gilt weiter; beim nächsten Anmelden richtet die "
            "Person die zweite Sicherung neu ein, wenn sie verlangt ist."
        )
