from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ProgrammeConfig(AppConfig):
    name = "programme"
    verbose_name = _("Programm")

    def ready(self):
        from .version import create_triggers

        post_migrate.connect(create_triggers)
