from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.db.models.signals import post_migrate, pre_migrate


class PortalConfig(AppConfig):
    name = "wirportal"

    def ready(self):
        from . import audit, audit_triggers

        audit.connect()
        pre_migrate.connect(audit_triggers.drop_triggers, sender=self)
        post_migrate.connect(audit_triggers.create_triggers, sender=self)


class StaffAdminConfig(AdminConfig):
    default_site = "wirportal.admin.StaffSite"

    def ready(self):
        super().ready()
        from .signin_admin import put_in_order

        put_in_order()
