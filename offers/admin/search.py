from urllib.parse import urlencode

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from languages.forms import MergingForm

from ..models import SearchTerm, Synonym


def add_link(model, label, **initial):
    url = reverse(f"admin:offers_{model}_add")
    return format_html('<a href="{}?{}">{}</a>', url, urlencode(initial), label)


@admin.register(Synonym)
class SynonymAdmin(admin.ModelAdmin):
    form = MergingForm
    change_form_template = "admin/translatable_change_form.html"
    fields = ["words"]
    search_fields = ["words"]

    class Media:
        css = {"all": ["css/admin.css"]}


@admin.register(SearchTerm)
class SearchTermAdmin(admin.ModelAdmin):
    """What people did not find: read here, and mended with other words or a new offer."""

    list_display = ["term", "language", "number", "last_day", "as_synonym", "as_offer"]
    list_display_links = None
    list_filter = ["language"]
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

    @admin.display(description=gettext_lazy("andere Wörter"))
    def as_synonym(self, row):
        return add_link("synonym", _("Als Suchwörter anlegen"), words=row.term)

    @admin.display(description=gettext_lazy("neues Angebot"))
    def as_offer(self, row):
        return add_link("offer", _("Angebot anlegen"), title_de=row.term)
