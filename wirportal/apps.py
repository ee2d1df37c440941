from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class PortalConfig(AppConfig):
    name = "wirportal"


class StaffAdminConfig(AdminConfig):
    default_site = "wirportal.admin.StaffSite"
