from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from languages.admin import TranslatableAdmin

from .models import ContactPerson, OutgoingMail, SpokenLanguage


@admin.register(ContactPerson)
class ContactPersonAdmin(TranslatableAdmin):
    fieldsets = [
        (None, {"fields": ["salutation", "first_name", "last_name", "slug", "role", "duties"]}),
        (_("Erreichbar"), {"fields": ["phone", "email", "room", "spoken_languages"]}),
        (_("Bereiche"), {"fields": ["areas", "gives_guidance"]}),
        (_("Foto"), {"fields": ["photo", "photo_text"]}),
        (_("Anzeige"), {"fields": ["position", "published", "valid_from", "valid_to"]}),
    ]
    list_display = ["name", "position", "published", "role", "phone"]
    list_editable = ["position", "published"]
    search_fields = ["first_name", "last_name", "role_de", "email", "phone"]

    @admin.display(description=_("Name"), ordering="last_name")
    def name(self, person):
        return person.name


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
