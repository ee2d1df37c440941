from allauth.account.decorators import secure_admin_login
from django.contrib.admin import AdminSite
from django.shortcuts import redirect
from django.urls import path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.i18n import JavaScriptCatalog

from languages import exchange, translate
from offers import coverage

from .audit.files import noting_files
from .audit.views import audit, may_read
from .figures import figures
from .guides import guide, help_address, picture, readable_guides
from .signin.views import sign_out
from .tasks import tasks

#: The parts of the start page, and the pages that are explained where they are.
EXPLAINED = {
    "backup": "backup",
    "warnings": "index",
    "messages": "contacts_message",
    "checks": "offers_verification",
    "wanted": "coverage",
    "gaps": "programme_page",
    "languages": "work_list",
}


class StaffSite(AdminSite):
    """Django's admin with a start page that says what needs doing."""

    site_header = _("Verwaltung der Website")
    site_title = _("Verwaltung")
    index_title = _("Was möchten Sie bearbeiten?")

    @method_decorator(secure_admin_login)
    def login(self, request, extra_context=None):
        """Lead to the pages of signin/urls.py, and whoever is signed in to the admin."""
        return redirect("admin:index")

    def logout(self, request, extra_context=None):
        return sign_out(request)

    def password_change(self, request, extra_context=None):
        return redirect("account_change_password")

    def i18n_javascript(self, request, extra_context=None):
        """Django's own texts for scripts, and those of the text editor."""
        catalogue = JavaScriptCatalog.as_view(
            packages=["django.contrib.admin", "django_prose_editor"]
        )
        return catalogue(request)

    def admin_view(self, view, cacheable=False):
        return super().admin_view(noting_files(view), cacheable)

    def get_app_list(self, request, app_label=None):
        """Put the content first and the accounts last."""
        apps = super().get_app_list(request, app_label)
        return sorted(apps, key=lambda app: app["app_label"] == "auth")

    def each_context(self, request):
        """Also tell where a guide explains this page."""
        page = getattr(request.resolver_match, "url_name", "")
        return {**super().each_context(request), "help": help_address(request.user, page)}

    def index(self, request, extra_context=None):
        user = request.user
        extra = {
            "tasks": tasks(user),
            "may_read_audit": may_read(user),
            "guides": readable_guides(user),
            "explained": {part: help_address(user, page) for part, page in EXPLAINED.items()},
        }
        return super().index(request, {**(extra_context or {}), **extra})

    def get_urls(self):
        pages = {
            "": ("work_list", translate.work_list),
            "datei/": ("export_translations", exchange.export_translations),
            "einlesen/": ("import_translations", exchange.import_translations),
            "<str:label>/<uuid:uuid>/<str:field>/": ("translate", translate.translate),
        }
        return [
            path("abdeckung/", self.admin_view(coverage.coverage), name="coverage"),
            path("zahlen/", self.admin_view(figures), name="figures"),
            path("protokoll/", self.admin_view(audit), name="audit"),
            path("anleitung/<slug:name>/", self.admin_view(guide), name="guide"),
            path("anleitung/<slug:name>.png", self.admin_view(picture), name="guide_picture"),
            path(
                "uebersetzen/zuruecknehmen/<int:pk>/",
                self.admin_view(exchange.undo_import),
                name="undo_import",
            ),
            *(
                path(f"uebersetzen/<str:code>/{rest}", self.admin_view(view), name=name)
                for rest, (name, view) in pages.items()
            ),
            *super().get_urls(),
        ]
