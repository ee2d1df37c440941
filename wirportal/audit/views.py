"""The record in the admin: read by those who look after the accounts, changed by nobody."""

from datetime import date, datetime, time, timedelta

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.core.validators import MaxValueValidator, MinValueValidator
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from offers.exchange_export import csv_file

from ..models import Action, AuditEntry

PAGE_SIZE = 100


def may_read(user):
    return user.has_perm("auth.change_user")


class DayField(forms.DateField):
    default_validators = [MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2999, 1, 1))]
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class AuditForm(forms.Form):
    """Which entries to show; what makes no sense shows all."""

    wer = forms.ChoiceField(label=gettext_lazy("Wer"), required=False)
    was = forms.ChoiceField(
        label=gettext_lazy("Was"),
        required=False,
        choices=[("", gettext_lazy("alles")), *Action.choices],
    )
    von = DayField(label=gettext_lazy("Von"), required=False)
    bis = DayField(label=gettext_lazy("Bis"), required=False)

    def __init__(self, data):
        super().__init__(data)
        names = AuditEntry.objects.exclude(name="").order_by("name").values_list("name", flat=True)
        self.fields["wer"].choices = [("", _("alle")), *((name, name) for name in names.distinct())]

    def entries(self):
        self.is_valid()
        chosen = {name: value for name, value in self.cleaned_data.items() if value}
        entries = AuditEntry.objects.all()
        if "wer" in chosen:
            entries = entries.filter(name=chosen["wer"])
        if "was" in chosen:
            entries = entries.filter(action=chosen["was"])
        if "von" in chosen:
            entries = entries.filter(at__gte=midnight(chosen["von"]))
        if "bis" in chosen:
            entries = entries.filter(at__lt=midnight(chosen["bis"] + timedelta(days=1)))
        return entries


def midnight(day):
    return timezone.make_aware(datetime.combine(day, time()))


@require_safe
def audit(request):
    if not may_read(request.user):
        raise PermissionDenied
    form = AuditForm(request.GET)
    entries = form.entries()
    if request.GET.get("format") == "csv":
        return table_file(entries)
    page = Paginator(entries, PAGE_SIZE).get_page(request.GET.get("seite"))
    context = {
        **admin.site.each_context(request),
        "title": _("Protokoll: Wer hat was getan?"),
        "form": form,
        "page": page,
    }
    return render(request, "admin/audit.html", context)


def table_file(entries):
    return csv_file("protokoll", rows(entries))


def rows(entries):
    yield [_("Wann"), _("Wer"), _("Was"), _("Woran"), _("Genauer")]
    for entry in entries.iterator():
        at = timezone.localtime(entry.at).isoformat(" ", "seconds")[:19]
        yield [at, entry.name, entry.get_action_display(), entry.label, entry.detail]
