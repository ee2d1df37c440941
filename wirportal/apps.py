from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.db.models.signals import post_migrate, pre_migrate


class PortalConfig(AppConfig):
    name = "wirportal"

    def ready(self):
        from .audit import record, triggers

        record.connect()
        pre_migrate.connect(triggers.drop_triggers, sender=self)
        post_migrate.connect(triggers.create_triggers, sender=self)


class StaffAdminConfig(AdminConfig):
    default_site = "wirportal.admin.StaffSite"

    def ready(self):
        super().ready()
        from .signin.admin import put_in_order

        put_in_order()
