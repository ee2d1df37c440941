"""The inbox of staff."""

from urllib.parse import quote

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget
from django.db import models
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join, linebreaks
from django.utils.safestring import mark_safe
from django.utils.text import Truncator
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from languages.admin import link
from languages.forms import MergingForm
from languages.registry import REGISTRY
from programme.models import Programme

from .models import Message
from .models.message import staff


class InboxForm(MergingForm):
    reply = forms.CharField(
        label=_("Antwort"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 8, "class": "vLargeTextField", "dir": "auto"}),
    )


class Due(admin.SimpleListFilter):
    title = _("Frist")
    parameter_name = "frist"

    def lookups(self, request, model_admin):
        return [("overdue", _("überfällig")), ("due", _("mit Frist, noch offen"))]

    def queryset(self, request, queryset):
        if self.value() == "overdue":
            return queryset.overdue()
        return queryset.unfinished().exclude(due_on=None) if self.value() == "due" else queryset


class InLanguage(admin.SimpleListFilter):
    title = _("Sprache")
    parameter_name = "sprache"

    def lookups(self, request, model_admin):
        codes = Message.objects.order_by().values_list("language", flat=True).distinct()
        return [(entry.code, entry.name) for entry in REGISTRY.values() if entry.code in codes]

    def queryset(self, request, queryset):
        return queryset.filter(language=self.value()) if self.value() else queryset


class MessageAdmin(admin.ModelAdmin):
    """Messages arrive by themselves; staff answer them, note something, and finish them."""

    form = InboxForm
    change_form_template = "admin/translatable_change_form.html"
    list_display = ["title", "beginning", "day", "language_name", "due", "state", "assigned_to"]
    list_filter = ["state", "kind", Due, "assigned_to", InLanguage]
    list_select_related = ["assigned_to"]
    search_fields = ["text", "entry_name", "email", "note"]
    # What is unfinished comes first, the newest before the others.
    ordering = [models.F("done_at").desc(nulls_first=True), "-received_at"]
    date_hierarchy = "received_at"
    actions = ["take", "finish"]
    formfield_overrides = {models.TextField: {"widget": AdminTextareaWidget(attrs={"rows": 4})}}
    received = ["received_at", "kind", "about", "problem", "where", "wording", "language_name"]
    received += ["address", "due"]
    readonly_fields = [*received, "replies"]

    class Media:
        css = {"all": ["css/admin.css"]}

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """Offer who may answer; accounts are not edited from here."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "assigned_to":
            field.queryset = staff().order_by("username")
            for action in ("add", "change", "delete", "view"):
                setattr(field.widget, f"can_{action}_related", False)
        return field

    def has_add_permission(self, request):
        return False

    def get_fieldsets(self, request, obj=None):
        return [
            (_("Nachricht"), {"fields": [n for n in self.received if self.is_known(obj, n)]}),
            (_("Bearbeitung"), {"fields": ["state", "assigned_to", "note"]}),
            (_("Antwort"), self.answering(obj)),
        ]

    @staticmethod
    def is_known(obj, name):
        columns = {"about": "entry_name", "due": "due_on", "wording": "text"}
        columns |= {"where": "page", "address": "email"}
        return bool(getattr(obj, columns.get(name, name)))

    @staticmethod
    def answering(obj):
        if not obj.email:
            return {"fields": [], "description": _("Es ist keine E-Mail-Adresse angegeben.")}
        if not settings.HAS_MAIL:
            return {"fields": [], "description": _("Die Website kann keine E-Mails senden.")}
        text = _("Was Sie hier schreiben, geht beim Sichern als E-Mail hinaus. Sprache der Person:")
        description = format_html("{} {}", text, obj.language_name)
        return {"fields": ["replies", "reply"], "description": description}

    def save_model(self, request, obj, form, change):
        if "assigned_to" in form.changed_data:
            obj.assign(obj.assigned_to, by=request.user)
        else:
            obj.save()
        text = form.cleaned_data.get("reply")
        if text and obj.email and settings.HAS_MAIL:
            operator = Programme.objects.values_list("email", flat=True).first()
            obj.reply(text, operator or request.user.email)
            self.message_user(request, _("Die Antwort geht als E-Mail hinaus."))

    @admin.display(description=_("Art und Eintrag"), ordering="kind")
    def title(self, message):
        return str(message)

    @admin.display(description=_("eingegangen"), ordering="received_at")
    def day(self, message):
        return date_format(localtime(message.received_at), "d.m.Y")

    @admin.display(description=_("Nachricht"))
    def beginning(self, message):
        return in_its_language(message, Truncator(message.text).chars(80))

    @admin.display(description=_("Nachricht"))
    def wording(self, message):
        return in_its_language(message, paragraphs(message.text))

    @admin.display(description=_("Sprache"), ordering="language")
    def language_name(self, message):
        return message.language_name

    @admin.display(description=_("Eintrag"))
    def about(self, message):
        """Name the entry, with links to where it can be mended and to where it was seen."""
        if not (entry := message.entry):
            return message.entry_name
        name = f"admin:{entry._meta.app_label}_{entry._meta.model_name}_change"
        edit = link(reverse(name, args=[entry.pk]), message.entry_name)
        shown = link(entry.get_absolute_url(), _("auf der Website")) if entry.is_public else ""
        return format_html("{} · {}", edit, shown) if shown else edit

    @admin.display(description=_("Auf welcher Seite?"))
    def where(self, message):
        is_ours = message.page.startswith(f"{settings.SITE_URL}/")
        return link(message.page, message.page) if is_ours else message.page

    @admin.display(description=_("E-Mail-Adresse"))
    def address(self, message):
        return link(f"mailto:{quote(message.email, safe='@')}", message.email)

    @admin.display(description=_("Frist"), ordering="due_on")
    def due(self, message):
        if not message.due_on:
            return ""
        day = date_format(message.due_on, "d.m.Y")
        if not message.is_overdue:
            return day
        return format_html('<strong class="overdue">{}: {}</strong>', day, _("überfällig"))

    @admin.display(description=_("Schon geschrieben"))
    def replies(self, message):
        rows = [
            (date_format(localtime(m.created_at), "d.m.Y H:i"), m.state, paragraphs(m.body))
            for m in message.replies
        ]
        return format_html_join("", "<div><strong>{} ({})</strong>{}</div>", rows) or "–"

    @admin.action(description=_("Ausgewählte Nachrichten übernehmen"), permissions=["change"])
    def take(self, request, queryset):
        for message in queryset.unfinished():
            message.state = Message.State.IN_PROGRESS
            message.assign(request.user, by=request.user)
        self.message_user(request, _("Sie sind jetzt zuständig."))

    @admin.action(description=_("Ausgewählte Nachrichten sind erledigt"), permissions=["change"])
    def finish(self, request, queryset):
        for message in queryset.unfinished():
            message.state = Message.State.DONE
            message.save()
        self.message_user(request, _("Erledigt."))


def paragraphs(text):
    return mark_safe(linebreaks(text, autoescape=True))  # noqa: S308  escaped


def in_its_language(message, text):
    entry = REGISTRY.get(message.language)
    attributes = (entry.tag, entry.direction) if entry else ("", "auto")
    return format_html('<div lang="{}" dir="{}">{}</div>', *attributes, text)
