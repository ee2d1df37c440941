"""What organisations answered, and what staff make of it."""

import json

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from languages.forms import digest

from ..models import Answer, Outcome, Verification
from ..verification_decisions import accept, open_changes
from ..verification_facts import facts


class Standing(admin.SimpleListFilter):
    title = gettext_lazy("Stand")
    parameter_name = "stand"

    def lookups(self, request, model_admin):
        return [
            ("to_decide", _("zu entscheiden")),
            ("by_phone", _("bitte anrufen")),
            ("soon_hidden", _("wird bald verborgen")),
            ("hidden", _("verborgen")),
            ("waiting", _("wartet auf Antwort")),
            ("open", _("alle offenen")),
        ]

    def queryset(self, request, queryset):
        known = self.value() in dict(self.lookup_choices)
        return getattr(queryset, self.value())() if known else queryset


@admin.register(Verification)
class VerificationAdmin(admin.ModelAdmin):
    list_display = ["__str__", "organisation", "state", "due", "sent_to", "answered"]
    list_filter = [Standing, "answer", "outcome"]
    list_select_related = ["offer__organisation", "person"]
    list_per_page = 50
    search_fields = [
        *("offer__title_de", "offer__organisation__name", "person__last_name", "sent_to"),
    ]
    # What is to be decided first, what is settled last, on both databases.
    ordering = [F("closed_at").asc(nulls_first=True), "-answer", "due_on", "pk"]

    class Media:
        css = {"all": ["css/admin.css"]}

    def has_add_permission(self, request):
        return False  # `manage.py dailyjob` asks

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.display(description=gettext_lazy("Organisation"))
    def organisation(self, row):
        return row.offer.organisation if row.offer_id else ""

    @admin.display(description=gettext_lazy("Stand"))
    def state(self, row):
        return row.state

    @admin.display(description=gettext_lazy("fällig seit"), ordering="due_on")
    def due(self, row):
        return date_format(row.due_on, "d.m.Y")

    @admin.display(description=gettext_lazy("beantwortet am"), ordering="answered_at")
    def answered(self, row):
        return row.answered_at and date_format(localtime(row.answered_at), "d.m.Y")

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """Show the answer beside what is stored; a POST decides."""
        if request.method == "POST":
            return self.decide(request, object_id)
        row = self.row(request, object_id, self.has_view_or_change_permission)
        return self.show(request, row)

    def row(self, request, object_id, allowed, rows=None):
        if not allowed(request):
            raise PermissionDenied  # before telling which numbers there are
        rows = self.get_queryset(request) if rows is None else rows
        found = rows.filter(pk=object_id).first() if object_id.isdecimal() else None
        if found is None:
            raise Http404
        return found

    def show(self, request, row, error=None):
        changes = open_changes(row)
        context = {
            **self.admin_site.each_context(request),
            "title": row.entry,
            "row": row,
            "opts": self.opts,
            "changes": changes,
            "seen": seen(changes),
            "may_accept_all": not changes or any(not change.is_conflict for change in changes),
            "facts": facts(row.entry),
            "entry_url": entry_url(row.entry),
            "may_decide": self.has_change_permission(request) and not row.closed_at,
            "Answer": Answer,
            "error": error,
        }
        return render(request, "admin/offers/verification/decide.html", context)

    def decide(self, request, object_id):
        locked = Verification.objects.select_for_update(of=["self"])
        try:
            with transaction.atomic():
                row = self.row(request, object_id, self.has_change_permission, locked)
                done = self.decision(request, row)
        except ValidationError as error:
            row = self.row(request, object_id, self.has_change_permission)
            return self.show(request, row, error)
        self.log_change(request, row, done)
        messages.success(request, done)
        page = "changelist" if row.closed_at else "change"
        arguments = [] if row.closed_at else [row.pk]
        return redirect(reverse(f"admin:offers_verification_{page}", args=arguments))

    def decision(self, request, row):
        """Do what a button says; return it in words. Raises ValidationError."""
        if row.closed_at:
            raise ValidationError(_("Darüber ist schon entschieden."))
        entry = row.locked_entry()
        user = request.user
        name = user.get_full_name() or user.get_username()
        if "accept" in request.POST and row.answer == Answer.CHANGED:
            if request.POST.get("seen") != seen(open_changes(row)):
                raise ValidationError(
                    _("Inzwischen hat jemand den Eintrag geändert. Bitte noch einmal ansehen.")
                )
            return accept(row, entry, request.POST["accept"], user)
        if "accept" in request.POST and row.answer == Answer.GONE:
            row.withdraw(entry, user)
            return _("Der Eintrag ist nicht mehr öffentlich.")
        if "accept" in request.POST and row.answer == Answer.NOT_OURS:
            row.ask_by_phone()
            return _("Bitte tragen Sie eine andere E-Mail-Adresse ein, oder rufen Sie an.")
        if "reject" in request.POST:
            row.confirm(entry, name, Outcome.REJECTED if row.answer else Outcome.EDITORS, user)
            return _("Der Eintrag bleibt, wie er ist. Er gilt als heute geprüft.")
        raise ValidationError(_("Bitte wählen Sie einen der Knöpfe."))


def seen(changes):
    """Return what tells whether somebody has changed the entry since a page was shown."""
    return digest(json.dumps([[change.name, change.now] for change in changes]))


def entry_url(entry):
    return reverse(
        f"admin:{entry._meta.app_label}_{entry._meta.model_name}_change", args=[entry.pk]
    )
