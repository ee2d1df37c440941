"""The translators' workplace in the admin: a work list per language, and one text at a time."""

from datetime import timedelta
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_http_methods, require_safe
from js_asset import Media
from modeltranslation.utils import build_localized_fieldname

from .diff import plain_text, word_diff
from .fields import RichTextField
from .forms import canonical, digest
from .models import Origin
from .registry import REGISTRY, SOURCE
from .rights import may_translate
from .status import Status, status_of, summaries, translatable_models
from .translatable import PLACEHOLDER
from .widgets import RichTextWidget
from .worklist import WorkList

PAGE_SIZE = 100
AGES = (30, 180, 365)  # days
LONGEST_QUERY = 200  # characters


def language_or_refuse(request, code):
    """Return the registry's entry; 404 for no language to translate into, 403 without the right."""
    if code == SOURCE or code not in REGISTRY:
        raise Http404
    if not may_translate(request.user, code):
        raise PermissionDenied
    return REGISTRY[code]


def admin_page(request, template, title, **context):
    context |= admin.site.each_context(request) | {"title": title}
    return render(request, template, context)


def text_url(code, key, query=""):
    return reverse("admin:translate", args=[code, *key.split(":")]) + query


FILTERS = ("status", "model", "alter", "q")


def query_of(parameters):
    """Return the query string that keeps the choices of the work list."""
    chosen = {name: parameters[name] for name in FILTERS if parameters.get(name)}
    return f"?{urlencode(chosen)}" if chosen else ""


def chosen_list(code, parameters, **more):
    """Return the texts that the choices of the work list leave."""
    status, label, age, query = (parameters.get(name, "") for name in FILTERS)
    since = timezone.now() - timedelta(days=int(age)) if age in map(str, AGES) else None
    query = " ".join(query.replace("\0", "").split())[:LONGEST_QUERY]
    return WorkList(code, status=status, label=label, since=since, query=query, **more)


@require_safe
def work_list(request, code):
    entry = language_or_refuse(request, code)
    found = Paginator(chosen_list(code, request.GET), PAGE_SIZE)
    page = found.get_page(request.GET.get("seite"))
    query = query_of(request.GET)
    return admin_page(
        request,
        "admin/translate/work_list.html",
        _("Übersetzen: %(language)s") % {"language": entry.label},
        entry=entry,
        summary=summaries([code])[code],
        page=page,
        rows=[(text, text_url(code, text.key, query), plain_text(text.german)) for text in page],
        models=[(m._meta.label_lower, m._meta.verbose_name_plural) for m in translatable_models()],
        statuses=Status.choices,
        ages=AGES,
        chosen={name: request.GET.get(name, "") for name in FILTERS},
    )


class TranslationForm(forms.Form):
    """One text, with what it was and what the German was when the page was opened."""

    opened = forms.CharField(widget=forms.HiddenInput, required=False)
    german = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data, *, obj, field, entry):
        self.stored, self.source = obj.text(field, entry.code), obj.text(field, SOURCE)
        now = {"opened": digest(self.stored), "german": digest(self.source)}
        super().__init__(data, initial={"text": self.stored, **now})
        column = obj._meta.get_field(build_localized_fieldname(field, entry.code))
        attrs = {"lang": entry.tag, "dir": entry.direction, "rows": 8, "cols": 60}
        rich = isinstance(obj._meta.get_field(field), RichTextField)
        widget = RichTextWidget(attrs) if rich else forms.Textarea(attrs)
        self.fields["text"] = column.formfield(widget=widget, required=False, help_text="")
        self.fields["text"].label = entry.label
        self.now = now

    def clean_text(self):
        text = (self.cleaned_data["text"] or "").replace("\r\n", "\n")
        if text and set(PLACEHOLDER.findall(text)) != set(PLACEHOLDER.findall(self.source)):
            raise forms.ValidationError(
                _("Text in doppelten eckigen Klammern muss stehen bleiben wie im Deutschen.")
            )
        return text

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("german") != self.now["german"]:
            raise forms.ValidationError(
                _("Der deutsche Text hat sich geändert, während Sie übersetzt haben. Bitte prüfen.")
            )
        changed_meanwhile = cleaned.get("opened") != self.now["opened"]
        if changed_meanwhile and canonical(cleaned.get("text")) != canonical(self.stored):
            raise forms.ValidationError(
                _("Jemand anderes hat diesen Text inzwischen geändert. Beide Fassungen:")
            )
        return cleaned

    def fresh(self):
        """Let the next try count as made from what is shown now; the typed text stays."""
        self.data = self.data.copy()
        self.data.update(self.now)
        return self


def find(label, uuid, field):
    """Return the object that a key names; 404 for anything else."""
    models = {model._meta.label_lower: model for model in translatable_models()}
    if label not in models or field not in models[label].translated_fields():
        raise Http404
    return get_object_or_404(models[label], uuid=uuid)


@require_http_methods(["GET", "HEAD", "POST"])
def translate(request, code, label, uuid, field):
    entry = language_or_refuse(request, code)
    obj = find(label, uuid, field)
    data = request.POST if request.method == "POST" else None
    form = TranslationForm(data, obj=obj, field=field, entry=entry)
    conflict = False
    if request.method == "POST":
        if form.is_valid():
            save(request.user, obj, field, code, form.cleaned_data["text"], request.POST)
            messages.success(request, _("„%(title)s“ ist gespeichert.") % {"title": obj})
            return redirect(next_url(code, obj, field, request))
        conflict = form.cleaned_data.get("opened") != form.now["opened"]
        form.fresh()
    return translate_page(request, form, obj, field, entry, conflict)


def save(user, obj, field, code, text, buttons):
    """Store a changed text; note that it fits today's German, or that a person checked it."""
    with transaction.atomic():
        row = obj.translations.filter(field=field, language=code).first()
        if canonical(text) != canonical(obj.text(field, code)):
            row = obj.translate(field, code, text, origin=Origin.HUMAN)
        if row and ("correct" in buttons or "reviewed" in buttons):
            row.source = obj.text(field, SOURCE)
            if "reviewed" in buttons:
                row.reviewed_by, row.reviewed_at = user, timezone.now()
            row.save()


def next_url(code, obj, field, request):
    """After "save and next": the next text of the list that needs work; else the list."""
    key, query = f"{obj._meta.label_lower}:{obj.uuid}:{field}", query_of(request.GET)
    if "stay" in request.POST:
        return text_url(code, key, query)
    if following := chosen_list(code, request.GET, unfinished=True).key_after(obj, field):
        return text_url(code, following, query)
    return reverse("admin:work_list", args=[code]) + query


def translate_page(request, form, obj, field, entry, conflict):
    model_field = obj._meta.get_field(field)
    row = obj.translations.filter(field=field, language=entry.code).first()
    values = row and {name: getattr(row, name) for name in ("source", "origin", "reviewed_at")}
    status = status_of(form.source, values)
    with override(entry.code):
        is_page = hasattr(obj, "get_absolute_url") and obj.is_public
        address = obj.get_absolute_url() if is_page else ""
    return admin_page(
        request,
        "admin/translate/translate.html",
        f"{obj.german_label()}: {model_field.verbose_name}",
        form=form,
        entry=entry,
        row=row,
        status=status,
        german=form.source,
        german_length=len(plain_text(form.source)),
        is_rich=isinstance(model_field, RichTextField),
        changes=word_diff(plain_text(row.source), plain_text(form.source))
        if status == Status.OUTDATED
        else "",
        stored=plain_text(form.stored) if conflict else "",
        max_length=model_field.max_length,
        address=address,
        list_query=query_of(request.GET),
        media=Media.from_media(form.media, nonce=str(request.csp_nonce)),
    )
