from django.contrib import admin
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from languages.admin import TranslatableAdmin

from ..models import Offer, Organisation


@admin.register(Organisation)
class OrganisationAdmin(TranslatableAdmin):
    fieldsets = [
        (None, {"fields": ["name", "slug", "kind", "about", "offers_here"]}),
        (gettext_lazy("Anschrift"), {"fields": ["street", "postal_code", "city", "municipality"]}),
        (gettext_lazy("Erreichbar"), {"fields": ["phone", "email", "web"]}),
        (gettext_lazy("Anzeige"), {"fields": ["published"]}),
    ]
    readonly_fields = ["offers_here"]
    list_display = ["name", "published", "kind", "municipality", "phone", "offers_here"]
    list_filter = ["published", "kind", "municipality"]
    list_select_related = ["municipality"]
    list_per_page = 50
    search_fields = ["name", "slug", "phone", "email", "city"]

    def get_queryset(self, request):
        offers = Offer.objects.filter(organisation=OuterRef("pk")).order_by()
        number = offers.values("organisation").annotate(number=Count("pk")).values("number")
        return super().get_queryset(request).annotate(offer_count=Coalesce(Subquery(number), 0))

    @admin.display(description=gettext_lazy("Angebote"), ordering="offer_count")
    def offers_here(self, organisation):
        if organisation.pk is None:
            return _("noch keine")
        number = organisation.offer_count
        label = ngettext("%(number)s Angebot", "%(number)s Angebote", number) % {"number": number}
        url = reverse("admin:offers_offer_changelist")
        return format_html('<a href="{}?organisation={}">{}</a>', url, organisation.pk, label)
