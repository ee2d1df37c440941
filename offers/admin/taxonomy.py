from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from languages.admin import TranslatableAdmin
from languages.forms import MergingForm

from ..models import HelpNumber, Municipality, TargetGroup, Topic


class SortingAdmin(TranslatableAdmin):
    list_display = ["name", "position"]
    list_editable = ["position"]
    search_fields = ["name_de", "slug"]


@admin.register(Topic)
class TopicAdmin(SortingAdmin):
    fieldsets = [
        (None, {"fields": ["name", "slug", "description", "contact", "position"]}),
        (_("Bei Not und Gewalt"), {"fields": ["shows_help_numbers", "quick_exit"]}),
    ]
    list_display = ["name", "position", "contact", "shows_help_numbers", "quick_exit"]
    list_select_related = ["contact"]


@admin.register(TargetGroup)
class TargetGroupAdmin(SortingAdmin):
    fieldsets = [(None, {"fields": ["name", "slug", "is_everyone", "position"]})]


@admin.register(HelpNumber)
class HelpNumberAdmin(SortingAdmin):
    fieldsets = [
        (None, {"fields": ["name", "slug", "number", "note", "on_violence", "position"]}),
    ]
    list_display = ["name", "position", "number", "on_violence"]


@admin.register(Municipality)
class MunicipalityAdmin(admin.ModelAdmin):
    form = MergingForm
    change_form_template = "admin/translatable_change_form.html"
    fields = ["name", "slug", "ags"]
    list_display = ["name", "ags"]
    search_fields = ["name", "ags"]

    class Media:
        css = {"all": ["css/admin.css"]}
