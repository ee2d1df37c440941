from django.contrib.admin import AdminSite
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.i18n import JavaScriptCatalog

from contacts.models import ContactPerson
from languages import exchange, translate
from languages.rights import translatable_languages
from languages.status import summaries
from offers import coverage
from programme.models import Area, Page, Programme


def change_url(obj):
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change", args=[obj.pk])


class StaffSite(AdminSite):
    """Django's admin with a start page that says what needs doing."""

    site_header = _("Verwaltung der Website")
    site_title = _("Verwaltung")
    index_title = _("Was möchten Sie bearbeiten?")

    def i18n_javascript(self, request, extra_context=None):
        """Django's own texts for scripts, and those of the text editor."""
        catalogue = JavaScriptCatalog.as_view(
            packages=["django.contrib.admin", "django_prose_editor"]
        )
        return catalogue(request)

    def get_app_list(self, request, app_label=None):
        """Put the content first and the accounts last."""
        apps = super().get_app_list(request, app_label)
        return sorted(apps, key=lambda app: app["app_label"] == "auth")

    def index(self, request, extra_context=None):
        return super().index(request, {**(extra_context or {}), "tasks": self.tasks(request)})

    def tasks(self, request):
        """Return what the public still sees as unfinished, with links for those who may mend it."""
        programme = Programme.objects.first()
        public = [
            *([programme] if programme else []),
            *Area.objects.published(),
            *ContactPerson.objects.published(),
            *Page.objects.published(),
        ]
        gaps = [(obj, obj.placeholders()) for obj in public]
        if programme:
            gaps.append((programme, programme.missing_details))
        return {
            "gaps": [
                (obj, change_url(obj), missing)
                for obj, missing in gaps
                if missing
                and request.user.has_perm(f"{obj._meta.app_label}.change_{obj._meta.model_name}")
            ],
            "languages": self.languages(request.user),
        }

    @staticmethod
    def languages(user):
        """Return (language, how far it is) for those that `user` translates into."""
        entries = translatable_languages(user)
        found = summaries([entry.code for entry in entries]) if entries else {}
        return [(entry, found[entry.code]) for entry in entries]

    def get_urls(self):
        pages = {
            "": ("work_list", translate.work_list),
            "datei/": ("export_translations", exchange.export_translations),
            "einlesen/": ("import_translations", exchange.import_translations),
            "<str:label>/<uuid:uuid>/<str:field>/": ("translate", translate.translate),
        }
        return [
            path("abdeckung/", self.admin_view(coverage.coverage), name="coverage"),
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
