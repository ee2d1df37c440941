from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from languages.admin import TranslatableAdmin
from languages.deleted_admin import DeletedAdmin
from languages.forms import MergingForm

from ..models import HelpNumber, Municipality, TargetGroup, Topic


class UsedByOffers(admin.ModelAdmin):
    """What offers are sorted by: deleting it would take it off them without a word."""

    readonly_fields = ["used_by"]
    offers_filter: str

    def has_delete_permission(self, request, obj=None):
        is_used = obj is not None and obj.offers.exists()
        return not is_used and super().has_delete_permission(request, obj)

    def get_actions(self, request):
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)  # it asks only once, for all
        return actions

    @admin.display(description=_("Angebote"))
    def used_by(self, obj):
        number = obj.offers.count() if obj.pk else 0
        if not number:
            return _("noch keine")
        label = ngettext("%(number)s Angebot", "%(number)s Angebote", number) % {"number": number}
        url = f"{reverse('admin:offers_offer_changelist')}?{self.offers_filter}={obj.pk}"
        hint = _("Löschen geht erst, wenn kein Angebot mehr dazu gehört.")
        return format_html('<a href="{}">{}</a>. {}', url, label, hint)


class SortingAdmin(TranslatableAdmin):
    list_display = ["name", "position"]
    list_editable = ["position"]
    search_fields = ["name_de", "slug"]


@admin.register(Topic)
class TopicAdmin(UsedByOffers, SortingAdmin):
    offers_filter = "topics__id__exact"
    fieldsets = [
        (None, {"fields": ["name", "slug", "description", "contact", "position", "used_by"]}),
        (_("Bei Not und Gewalt"), {"fields": ["shows_help_numbers", "quick_exit"]}),
    ]
    list_display = ["name", "position", "contact", "shows_help_numbers", "quick_exit"]
    list_select_related = ["contact"]


@admin.register(TargetGroup)
class TargetGroupAdmin(UsedByOffers, SortingAdmin):
    offers_filter = "target_groups__id__exact"
    fieldsets = [(None, {"fields": ["name", "slug", "is_everyone", "position", "used_by"]})]


@admin.register(HelpNumber)
class HelpNumberAdmin(SortingAdmin):
    fieldsets = [
        (None, {"fields": ["name", "slug", "number", "note", "on_violence", "position"]}),
    ]
    list_display = ["name", "position", "number", "on_violence"]


@admin.register(Municipality)
class MunicipalityAdmin(DeletedAdmin, UsedByOffers):
    offers_filter = "municipalities__id__exact"
    form = MergingForm
    change_form_template = "admin/translatable_change_form.html"
    fields = ["name", "slug", "ags", "used_by"]
    list_display = ["name", "ags"]
    search_fields = ["name", "ags"]

    class Media:
        css = {"all": ["css/admin.css"]}
