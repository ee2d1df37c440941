from django.contrib import admin, messages
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from languages.admin import TranslatableAdmin

from .message_admin import MessageAdmin
from .models import (
    Absence,
    ContactException,
    ContactHours,
    ContactPerson,
    Message,
    OutgoingMail,
    SpokenLanguage,
)
from .rows import Rows, RowsInline

admin.site.register(Message, MessageAdmin)

OVERLAP = _("Diese Tage überschneiden sich mit einer anderen Abwesenheit.")


class AbsenceRows(Rows):
    def clean(self):
        """Refuse days that are in two rows, also in one that somebody else added meanwhile."""
        super().clean()
        filled = [form for form in self.forms if form.is_valid() and form.instance.first_day]
        kept = [form for form in filled if not self._should_delete_form(form)]
        known = {form.instance.pk for form in self.forms}
        rows = [form.instance for form in kept]
        rows += [row for row in self.get_queryset() if row.pk not in known]
        for form in kept:
            others = [row for row in rows if row is not form.instance]
            if form.has_changed() and any(form.instance.overlaps(row) for row in others):
                form.add_error("first_day", OVERLAP)


class PersonInline(RowsInline):
    fk_name = "person"


class AbsenceInline(PersonInline):
    model = Absence
    formset = AbsenceRows
    fields = [("first_day", "last_day", "deputy")]

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """Offer people to choose, not to be deleted by a slip beside the list."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "deputy":
            for action in ("add", "change", "delete", "view"):
                setattr(field.widget, f"can_{action}_related", False)
        return field


class HoursInline(PersonInline):
    model = ContactHours
    fields = [("weekday", "opens", "closes")]


class ExceptionInline(PersonInline):
    model = ContactException
    fields = [("first_day", "last_day"), ("opens", "closes")]


class ReviewedAdmin(TranslatableAdmin):
    def save_model(self, request, obj, form, change):
        obj.plan(form.changed_data)
        super().save_model(request, obj, form, change)


@admin.register(ContactPerson)
class ContactPersonAdmin(ReviewedAdmin):
    inlines = [AbsenceInline, HoursInline, ExceptionInline]
    history_rows = [Absence, ContactHours, ContactException]
    fieldsets = [
        (None, {"fields": ["salutation", "first_name", "last_name", "slug", "role", "duties"]}),
        (
            _("Erreichbar"),
            {"fields": ["phone", "email", "room", "spoken_languages", "by_appointment"]},
        ),
        (_("Bereiche"), {"fields": ["areas", "gives_guidance"]}),
        (_("Foto"), {"fields": ["photo", "photo_text"]}),
        (
            _("Prüfung"),
            {
                "fields": [
                    *("verified_on", "verified_by", "verified_source"),
                    *("review_due", "review_months"),
                ]
            },
        ),
        (_("Anzeige"), {"fields": ["position", "published", "valid_from", "valid_to"]}),
    ]
    list_display = ["name", "position", "published", "role", "phone"]
    list_editable = ["position", "published"]
    search_fields = ["first_name", "last_name", "role_de", "email", "phone"]

    @admin.display(description=_("Name"), ordering="last_name")
    def name(self, person):
        return person.name

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        hint = gettext("%(deputy)s ist selbst nicht da: %(days)s. Dann hilft, wer sie vertritt.")
        for absence in form.instance.absences.not_over().exclude(deputy=None):
            for other in filter(absence.overlaps, absence.deputy.absences.not_over()):
                messages.warning(request, hint % {"deputy": absence.deputy, "days": other})


@admin.register(SpokenLanguage)
class SpokenLanguageAdmin(admin.ModelAdmin):
    list_display = ["__str__", "code"]
    search_fields = ["code"]


@admin.register(OutgoingMail)
class OutgoingMailAdmin(admin.ModelAdmin):
    """What was sent, what waits, and why: to read, and to try once more."""

    list_display = ["subject", "to", "created_at", "state", "attempts", "error"]
    list_filter = [("sent_at", admin.EmptyFieldListFilter), "given_up"]
    search_fields = ["subject", "to"]
    date_hierarchy = "created_at"
    actions = ["send_again"]

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    @admin.display(description=_("Zustand"))
    def state(self, mail):
        return mail.state

    @admin.action(
        description=_("Ausgewählte E-Mails noch einmal versuchen"), permissions=["delete"]
    )
    def send_again(self, request, queryset):
        waiting = [mail for mail in queryset if not mail.sent_at]
        for mail in waiting:
            mail.again()
        self.message_user(
            request,
            ngettext(
                "%(count)s E-Mail geht beim nächsten Lauf hinaus.",
                "%(count)s E-Mails gehen beim nächsten Lauf hinaus.",
                len(waiting),
            )
            % {"count": len(waiting)},
        )
