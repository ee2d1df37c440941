from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone, translation
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from contacts.admin import ReviewedAdmin
from languages.registry import REGISTRY, SOURCE

from ..duplicates import near
from ..exchange_admin import OfferExchange
from ..models import Offer, OfferDate, OfferException, OfferHours, Organisation, Place
from ..views import offer_page
from .actions import OfferActions
from .filters import InMunicipality, MissingLanguage, Overdue, found_by
from .rows import DateInline, ExceptionInline, HoursInline, PlaceInline

SHOWN_DUPLICATES = 5
#: What a row of the list needs.
LISTED = [
    *("title_de", "slug", "organisation__name", "published", "verified_on", "review_due"),
    *("valid_from", "valid_to", "closed", "closed_until", "unconfirmed_since"),
]


@admin.register(Offer)
class OfferAdmin(OfferExchange, OfferActions, ReviewedAdmin):
    change_form_template = "admin/offers/offer/change_form.html"
    inlines = [PlaceInline, HoursInline, ExceptionInline, DateInline]
    history_rows = [Place, OfferHours, OfferException, OfferDate]
    save_on_top = True
    fieldsets = [
        (
            gettext_lazy("Das Angebot"),
            {
                "fields": [
                    *("title", "slug", "organisation", "area", "summary", "how_it_works"),
                    *("what_to_bring", "topics"),
                ]
            },
        ),
        (
            gettext_lazy("Für wen"),
            {
                "fields": [
                    *("target_groups", "age_from", "age_to", "women_only"),
                    *("residence_independent", "german_level"),
                ]
            },
        ),
        (
            gettext_lazy("Wo"),
            {
                "fields": [
                    *("whole_district", "municipalities", "online", "by_phone", "outreach"),
                    *("step_free", "accessible_toilet", "confidential_address"),
                ],
                "description": gettext_lazy("Die Orte mit ihrer Adresse stehen weiter unten."),
            },
        ),
        (
            gettext_lazy("Wann"),
            {
                "fields": [
                    *("by_appointment", "on_holidays", "closed", "closed_until", "closed_reason"),
                ],
                "description": gettext_lazy("Öffnungszeiten und Termine stehen weiter unten."),
            },
        ),
        (
            gettext_lazy("Sprachen und Hilfe"),
            {"fields": ["spoken_languages", "interpreter", "induction_loop", "childcare"]},
        ),
        (
            gettext_lazy("Kosten und Anmeldung"),
            {
                "fields": [
                    *("cost", "cost_note"),
                    *("registration", "registration_note", "registration_link"),
                ]
            },
        ),
        (
            gettext_lazy("Kontakt"),
            {"fields": ["contact", "contact_name", "contact_role", "phone", "email", "web"]},
        ),
        (
            gettext_lazy("Prüfung"),
            {
                "fields": [
                    *("source", "verified_on", "verified_by", "verified_source"),
                    *("review_due", "review_months"),
                ]
            },
        ),
        (gettext_lazy("Anzeige"), {"fields": ["published", "valid_from", "valid_to"]}),
    ]
    list_display = ["title", "organisation", "state", "verified_on", "review_due"]
    list_filter = [
        *("published", Overdue, "closed", "topics", InMunicipality),
        *("organisation__kind", MissingLanguage),
    ]
    list_select_related = ["organisation"]
    list_per_page = 50
    show_full_result_count = False
    search_fields = [
        *("title_de", "summary_de", "organisation__name", "phone", "slug"),
        *("places__street", "places__city"),
    ]

    def get_queryset(self, request):
        """Leave the long texts out of the list: sorting tens of thousands would take seconds."""
        queryset = super().get_queryset(request)
        is_list = request.resolver_match.url_name.endswith("_changelist")
        return queryset.only(*LISTED) if is_list and request.method == "GET" else queryset

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        """Read only the names of the organisations: of thousands, all columns take 20 MB."""
        if db_field.name == "organisation":
            kwargs["queryset"] = Organisation.objects.only("name")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_search_results(self, request, queryset, search_term):
        """Find it also as the public does, whatever way it is written."""
        found, repeated = super().get_search_results(request, queryset, search_term)
        if wanted := found_by(search_term):
            found |= queryset.filter(wanted)
        return found, repeated

    def get_urls(self):
        preview = self.admin_site.admin_view(require_safe(self.preview))
        return [
            path("<int:pk>/vorschau/<str:code>/", preview, name="offer_preview"),
            *super().get_urls(),
        ]

    def preview(self, request, pk, code):
        """Show the public page as it will be, whether it is published or not."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied  # before telling which numbers there are
        offer = get_object_or_404(Offer, pk=pk)
        if not self.has_view_or_change_permission(request, offer):
            raise PermissionDenied
        request.language = get_entry(code)
        request.preview = self.address(offer, REGISTRY[SOURCE]) is None
        with translation.override(code):
            return offer_page(request, offer)

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        if obj and obj.pk:
            context["duplicates"] = near(obj)[:SHOWN_DUPLICATES]
            context["previews"] = [
                (entry, reverse("admin:offer_preview", args=[obj.pk, entry.code]))
                for entry in REGISTRY.values()
            ]
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def response_add(self, request, obj, *args, **kwargs):
        response = super().response_add(request, obj, *args, **kwargs)
        self.tell(request, obj)
        return response

    def response_change(self, request, obj):
        response = super().response_change(request, obj)
        self.tell(request, obj)
        return response

    def tell(self, request, offer):
        """Say after saving what the editor should look at next."""
        if url := self.address(offer, REGISTRY[SOURCE]):
            link = _('Öffentlich ist jetzt: <a href="{}">{}</a>')
            messages.success(request, format_html(link, url, offer))
        if found := near(offer)[:SHOWN_DUPLICATES]:
            rows = format_html_join(", ", '<a href="{}">{}</a>', map(self.row, found))
            text = _("Vielleicht doppelt (gleiche Telefonnummer oder fast gleicher Titel): {}")
            messages.warning(request, format_html(text, rows))
        if offer.confidential_address and offer.places.exists():
            text = _("Die Adresse ist geheim: Die Orte stehen nur hier, nie auf der Website.")
            messages.warning(request, text)
        self.tell_of_organisation(request, offer)

    @staticmethod
    def tell_of_organisation(request, offer):
        organisation, texts = offer.organisation, []
        if offer.published and not organisation.published:
            texts.append(_('Die Organisation ist nicht veröffentlicht: <a href="{}">{}</a>'))
        if offer.confidential_address and organisation.street:
            texts.append(
                _(
                    "Die Adresse ist geheim. Deshalb zeigt die Website auch die Straße der "
                    'Organisation nicht: <a href="{}">{}</a>'
                )
            )
        url = reverse("admin:offers_organisation_change", args=[organisation.pk])
        for text in texts:
            messages.warning(request, format_html(text, url, organisation))

    @staticmethod
    def row(offer):
        url = reverse("admin:offers_offer_change", args=[offer.pk])
        return url, f"{offer} – {offer.organisation}"

    @admin.display(description=gettext_lazy("Stand"))
    def state(self, offer):
        states = [visibility(offer)]
        if offer.is_closed:
            states.append(_("vorübergehend geschlossen"))
        if offer.is_unconfirmed:
            states.append(_("nicht bestätigt"))
        elif offer.is_overdue:
            states.append(_("Prüfung überfällig"))
        return ", ".join(states)


def visibility(offer):
    today = timezone.localdate()
    if not offer.published:
        return _("nicht öffentlich")
    if offer.valid_to and offer.valid_to < today:
        return _("abgelaufen")
    if offer.valid_from and offer.valid_from > today:
        return _("noch nicht öffentlich")
    return _("öffentlich")


def get_entry(code):
    if code not in REGISTRY:
        raise Http404
    return REGISTRY[code]
