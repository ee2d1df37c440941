"""What staff do with several offers at once."""

from datetime import timedelta

from django.contrib import admin, messages
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ..models import Offer
from ..reach import can_be_found

#: Each one is saved with its history: more of them would keep others waiting too long.
MOST = 200


def lacks(offer):
    """Return what an offer needs before the public may see it; "" when nothing is missing."""
    if not offer.topics.exists():
        return _("kein Thema")
    is_found = can_be_found(offer, offer.places.all())
    return "" if is_found else _("kein Weg zum Kontakt und kein Ort")


class OfferActions(admin.ModelAdmin):
    """Each object is saved on its own, so that history and search know of it; all or none."""

    actions = [
        *("publish", "unpublish", "verify", "review_in_3", "review_in_6", "review_in_12"),
        *("close", "reopen"),
    ]

    def save_each(self, request, queryset, change):
        """Call `change` for each offer and save it; it returns why not, or nothing."""
        if queryset.count() > MOST:
            text = _("Bitte wählen Sie höchstens %(most)s Angebote auf einmal.")
            self.message_user(request, text % {"most": MOST}, messages.ERROR)
            return
        refused, saved = [], 0
        with transaction.atomic():
            chosen = Offer.objects.filter(pk__in=list(queryset.values_list("pk", flat=True)))
            for offer in chosen.select_related("organisation").select_for_update(of=["self"]):
                if reason := change(offer):
                    refused.append(f"{offer} ({reason})")
                else:
                    offer.save()
                    saved += 1
        self.report(request, saved, refused)

    def report(self, request, saved, refused):
        if saved:
            text = ngettext(
                "%(count)s Angebot ist geändert.", "%(count)s Angebote sind geändert.", saved
            )
            self.message_user(request, text % {"count": saved}, messages.SUCCESS)
        if refused:
            text = _("Nicht veröffentlicht: %(offers)s") % {"offers": "; ".join(refused)}
            self.message_user(request, text, messages.ERROR)

    @admin.action(permissions=["change"], description=gettext_lazy("Veröffentlichen"))
    def publish(self, request, queryset):
        def change(offer):
            offer.published = True
            return lacks(offer)

        self.save_each(request, queryset, change)

    @admin.action(permissions=["change"], description=gettext_lazy("Nicht mehr veröffentlichen"))
    def unpublish(self, request, queryset):
        def change(offer):
            offer.published = False

        self.save_each(request, queryset, change)

    @admin.action(permissions=["change"], description=gettext_lazy("Heute geprüft"))
    def verify(self, request, queryset):
        def change(offer):
            offer.confirm(request.user.get_full_name() or request.user.get_username())

        self.save_each(request, queryset, change)

    def review_in(self, request, queryset, days):
        def change(offer):
            offer.review_due = timezone.localdate() + timedelta(days=days)

        self.save_each(request, queryset, change)

    @admin.action(permissions=["change"], description=gettext_lazy("Wieder prüfen in 3 Monaten"))
    def review_in_3(self, request, queryset):
        self.review_in(request, queryset, 91)

    @admin.action(permissions=["change"], description=gettext_lazy("Wieder prüfen in 6 Monaten"))
    def review_in_6(self, request, queryset):
        self.review_in(request, queryset, 182)

    @admin.action(permissions=["change"], description=gettext_lazy("Wieder prüfen in 12 Monaten"))
    def review_in_12(self, request, queryset):
        self.review_in(request, queryset, 365)

    @admin.action(permissions=["change"], description=gettext_lazy("Vorübergehend schließen"))
    def close(self, request, queryset):
        def change(offer):
            # A date in the past would open it again at once.
            offer.closed, offer.closed_until = True, None

        self.save_each(request, queryset, change)

    @admin.action(permissions=["change"], description=gettext_lazy("Wieder öffnen"))
    def reopen(self, request, queryset):
        def change(offer):
            offer.closed, offer.closed_until = False, None

        self.save_each(request, queryset, change)
