from urllib.parse import urlencode

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from languages.deleted_admin import DeletedAdmin
from languages.forms import MergingForm
from languages.registry import REGISTRY

from ..models import SearchTerm, Synonym
from ..searchtext import fold


def add_link(model, label, **initial):
    url = reverse(f"admin:offers_{model}_add")
    return format_html('<a href="{}?{}">{}</a>', url, urlencode(initial), label)


@admin.register(Synonym)
class SynonymAdmin(DeletedAdmin):
    form = MergingForm
    change_form_template = "admin/translatable_change_form.html"
    fieldsets = [
        (
            None,
            {
                "fields": ["words"],
                "description": gettext_lazy(
                    "Ein Wort davon muss in den Angeboten vorkommen. Nur dann findet die Suche "
                    "etwas. Bitte ergänzen Sie es nach dem Komma."
                ),
            },
        )
    ]
    search_fields = ["words"]

    class Media:
        css = {"all": ["css/admin.css"]}

    def save_model(self, request, obj, form, change):
        """Take what is found from now on off the list of searches without result."""
        super().save_model(request, obj, form, change)
        words = {fold(word) for word in obj.listed()} - {""}
        rows = SearchTerm.objects.values_list("pk", "term")
        SearchTerm.objects.filter(pk__in=[pk for pk, term in rows if fold(term) in words]).delete()


class TermLanguage(admin.SimpleListFilter):
    title = gettext_lazy("Sprache")
    parameter_name = "sprache"

    def lookups(self, request, model_admin):
        return [(code, entry.label) for code, entry in REGISTRY.items()]

    def queryset(self, request, queryset):
        known = self.value() in REGISTRY
        return queryset.filter(language=self.value()) if known else queryset


@admin.register(SearchTerm)
class SearchTermAdmin(admin.ModelAdmin):
    """What people did not find: read here, and mended with other words or a new offer."""

    list_display = ["term", "language_name", "number", "last_day", "as_synonym", "as_offer"]
    list_display_links = None
    list_filter = [TermLanguage]
    search_fields = ["term"]
    list_per_page = 50

    class Media:
        css = {"all": ["css/admin.css"]}

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def get_list_display(self, request):
        needed = {"as_synonym": "offers.add_synonym", "as_offer": "offers.add_offer"}
        return [
            name
            for name in self.list_display
            if name not in needed or request.user.has_perm(needed[name])
        ]

    @admin.display(description=gettext_lazy("Sprache"), ordering="language")
    def language_name(self, row):
        return REGISTRY[row.language].label if row.language in REGISTRY else row.language

    @admin.display(description=gettext_lazy("andere Wörter"))
    def as_synonym(self, row):
        return add_link("synonym", _("Als Suchwörter anlegen"), words=f"{row.term}, ")

    @admin.display(description=gettext_lazy("neues Angebot"))
    def as_offer(self, row):
        return add_link("offer", _("Angebot anlegen"), title_de=row.term)
