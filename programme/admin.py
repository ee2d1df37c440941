from django.contrib import admin
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from languages.admin import TranslatableAdmin

from .models import Area, Page, Programme, Publication


@admin.register(Programme)
class ProgrammeAdmin(TranslatableAdmin):
    fieldsets = [
        (None, {"fields": ["site_name", "district", "name", "title", "summary"]}),
        (_("Texte der Startseite"), {"fields": ["overview", "body"]}),
        (_("Aussehen"), {"fields": ["colour", "logo"]}),
        (
            _("Betreiber (Impressum)"),
            {
                "fields": [
                    "operator",
                    "representative",
                    "street",
                    "postal_code",
                    "city",
                    "phone",
                    "email",
                    "vat_id",
                    "editor",
                ]
            },
        ),
    ]

    def changelist_view(self, request, extra_context=None):
        """There is one programme: go straight to it."""
        programme = Programme.objects.first()
        if programme is None:
            return super().changelist_view(request, extra_context)
        return redirect(reverse("admin:programme_programme_change", args=[programme.pk]))

    def has_add_permission(self, request):
        return super().has_add_permission(request) and not Programme.objects.exists()

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Area)
class AreaAdmin(TranslatableAdmin):
    fieldsets = [
        (None, {"fields": ["title", "slug", "audience", "task", "body"]}),
        (_("Anzeige"), {"fields": ["position", "published"]}),
    ]
    list_display = ["title", "position", "published"]
    list_editable = ["position", "published"]
    search_fields = ["title_de"]


@admin.register(Publication)
class PublicationAdmin(TranslatableAdmin):
    fieldsets = [
        (None, {"fields": ["title", "summary", "area", "date"]}),
        (_("Datei"), {"fields": ["file", "language", "accessible"]}),
        (_("Anzeige"), {"fields": ["published"]}),
    ]
    list_display = ["title", "published", "date", "area", "language"]
    list_filter = ["area", "language", "accessible", "published"]
    list_select_related = ["area"]
    date_hierarchy = "date"
    search_fields = ["title_de"]


@admin.register(Page)
class PageAdmin(TranslatableAdmin):
    fieldsets = [
        (None, {"fields": ["title", "slug", "summary", "body", "operator_details"]}),
        (
            _("Video, zum Beispiel in Gebärdensprache"),
            {"fields": ["video", "captions", "video_link"]},
        ),
        (_("Anzeige"), {"fields": ["placement", "position", "published"]}),
    ]
    list_display = ["title", "position", "published", "placement"]
    list_editable = ["position", "published"]
    search_fields = ["title_de", "body_de"]
