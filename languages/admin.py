from django import forms
from django.apps import apps
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import (
    FieldDoesNotExist,
    ObjectDoesNotExist,
    PermissionDenied,
    ValidationError,
)
from django.core.paginator import Paginator
from django.db import models
from django.forms import CheckboxSelectMultiple
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override
from js_asset import Media
from modeltranslation.admin import TranslationAdmin
from modeltranslation.utils import build_localized_fieldname

from .deleted_admin import PAGE_SIZE, DeletedAdmin
from .diff import plain_text
from .fields import RichTextField
from .forms import MergingForm, MergingListForm
from .history import AlreadyUndone, undo
from .models import Import, Language
from .readability import reading_ease
from .registry import REGISTRY, SOURCE
from .row_history import restore
from .status import summaries, summaries_of
from .timeline import timeline, versions
from .widgets import RichTextWidget


def german_column(field, translated):
    return build_localized_fieldname(field, SOURCE) if field in translated else field


def link(url, label):
    return format_html('<a href="{}">{}</a>', url, label)


def counter(entry, summary, number):
    return _("%(language)s: %(done)s von %(needed)s Texten") % {
        "language": entry.label,
        "done": summary.total - summary.missing if summary else 0,
        "needed": summary.total if summary else number,
    }


def reading_hint(obj):
    """Return how easy the longer German texts are to read: a hint, never a condition."""
    fields = obj.translated_fields()
    found = [(field, reading_ease(plain_text(obj.text(field, SOURCE)))) for field in fields]
    label = lambda field: obj._meta.get_field(field).verbose_name  # noqa: E731
    hints = [f"{label(field)}: {ease}" for field, ease in found if ease]
    return _("Lesbarkeit: %(hints)s") % {"hints": "; ".join(hints)} if hints else ""


def all_models():
    return apps.get_models(include_auto_created=True)


def is_technical(model):
    return model._meta.auto_created or not getattr(model, "is_content", True)


def without(rows, kinds):
    """Return a tree of rows as Django lists what it deletes, without these kinds of rows."""
    parts = [without(row, kinds) if isinstance(row, list) else row for row in rows]
    return [row for row in parts if row and not (isinstance(row, str) and row.startswith(kinds))]


class TranslatableForm(MergingForm):
    small_correction = forms.BooleanField(
        label=gettext_lazy("Kleine Korrektur: Die Übersetzungen bleiben gültig"),
        required=False,
        help_text=gettext_lazy(
            "Ankreuzen, wenn sich der Sinn nicht ändert, zum Beispiel bei Tippfehlern."
        ),
    )


class TranslatableAdmin(DeletedAdmin, TranslationAdmin):
    """One German form, and below it one folded block for each other language.

    `fieldsets` name the translated fields as in the model ("title"); they become German fields.
    """

    #: What belongs to an object: its history tells of it, and brings back what was deleted.
    history_rows = ()

    form = TranslatableForm
    change_form_template = "admin/translatable_change_form.html"
    formfield_overrides = {
        RichTextField: {"widget": RichTextWidget},
        models.TextField: {"widget": AdminTextareaWidget(attrs={"rows": 4})},
        models.URLField: {"assume_scheme": "https"},
        models.ManyToManyField: {"widget": CheckboxSelectMultiple},
    }

    class Media:
        css = {"all": ["css/admin.css"]}
        js = ["js/editor.js"]

    def get_fieldsets(self, request, obj=None):
        translated = self.model.translated_fields()
        german = [
            (name, {**options, "fields": [german_column(f, translated) for f in options["fields"]]})
            for name, options in self.fieldsets
        ]
        if obj:
            description = reading_hint(obj)
            options = {"fields": ["small_correction"], "description": description}
            german.append((_("Nach einer Änderung am deutschen Text"), options))
        codes = [code for code in REGISTRY if code != SOURCE]
        found = summaries_of(obj, codes) if obj else {}
        published = Language.objects.published_entries() if obj else []
        for code in codes:
            entry, summary = REGISTRY[code], found.get(code)
            options = {
                "fields": [build_localized_fieldname(field, code) for field in translated],
                "classes": ["collapse"],
                "description": self.describe(entry, obj, summary, published) if obj else "",
            }
            german.append((counter(entry, summary, len(translated)), options))
        return german

    def describe(self, entry, obj, summary, published):
        """Return what an editor should know of one language of `obj`, with links to go on."""
        parts = []
        if summary.outdated:
            parts.append(_("Veraltet: %(count)s.") % {"count": summary.outdated})
        if summary.unreviewed:
            text = _("Von einer Maschine, noch ungeprüft: %(count)s.")
            parts.append(text % {"count": summary.unreviewed})
        key = [entry.code, obj._meta.label_lower, obj.uuid, obj.translated_fields()[0]]
        parts.append(
            link(reverse("admin:translate", args=key), _("Neben dem Deutschen übersetzen"))
        )
        if entry in published and (url := self.address(obj, entry)):
            label = _("Auf der Website ansehen (%(language)s)") % {"language": entry.name}
            parts.append(link(url, label))
        return mark_safe(" ".join(parts))  # noqa: S308  our own words and escaped links

    def history_view(self, request, object_id, extra_context=None):
        """Show who changed what, word by word; a POST takes one change back."""
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            raise Http404
        if not self.has_view_or_change_permission(request, obj):
            raise PermissionDenied
        if request.method == "POST":
            return self.undo(request, obj)
        found = Paginator(timeline(obj, self.history_rows), PAGE_SIZE)
        page = found.get_page(request.GET.get("seite"))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Änderungen: %(name)s") % {"name": obj},
            "page": page,
            "versions": list(versions(obj, self.history_rows, page.object_list)),
            "object": obj,
            "opts": self.opts,
            "may_undo": self.has_change_permission(request, obj),
        }
        return render(request, "admin/translatable_history.html", context)

    def undo(self, request, obj):
        if not self.has_change_permission(request, obj):
            raise PermissionDenied
        version, _separator, column = request.POST.get("undo", "").partition(":")
        try:
            if "restore" in request.POST:
                restore(obj, self.history_rows, request.POST["restore"])
            else:
                undo(obj, version, column)
            messages.success(request, _("Die Änderung ist zurückgenommen."))
        except AlreadyUndone:
            messages.warning(request, _("Die Änderung war schon zurückgenommen."))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        except (ValueError, FieldDoesNotExist, ObjectDoesNotExist, AttributeError):
            raise Http404 from None
        return redirect(request.get_full_path())

    def get_deleted_objects(self, objs, request):
        """Leave out what only the code knows: tables between two others, and what it derives."""
        found, counts, needed, protected = super().get_deleted_objects(objs, request)
        hidden = [model._meta for model in all_models() if is_technical(model)]
        plurals = {meta.verbose_name_plural for meta in hidden}
        counts = {name: number for name, number in counts.items() if name not in plurals}
        needed -= {meta.verbose_name for meta in hidden}  # it goes with the entry, not by hand
        kinds = tuple(f"{capfirst(meta.verbose_name)}: " for meta in hidden)
        return without(found, kinds), counts, needed, protected

    def save_model(self, request, obj, form, change):
        obj.save(small_correction=form.cleaned_data.get("small_correction", False))

    def get_view_on_site_url(self, obj=None):
        return self.address(obj, REGISTRY[SOURCE]) if obj else None

    def address(self, obj, entry):
        """Return the public address in one language; None for what the public cannot open."""
        public = type(obj).objects.published() if hasattr(obj, "published") else type(obj).objects
        if not hasattr(obj, "get_absolute_url") or not public.filter(pk=obj.pk).exists():
            return None
        with override(entry.code):
            return obj.get_absolute_url()

    def get_changeform_initial_data(self, request):
        """Put a new entry behind the others."""
        initial = super().get_changeform_initial_data(request)
        if hasattr(self.model, "position"):
            last = self.model.objects.aggregate(last=models.Max("position"))["last"]
            initial.setdefault("position", (last or 0) + 1)
        return initial

    def get_changelist_form(self, request, **kwargs):
        return super().get_changelist_form(request, **{"form": MergingListForm, **kwargs})

    def get_queryset(self, request):
        queryset = super().get_queryset(request)
        # Two people who save at once wait for each other (SQLite locks the whole file anyway).
        saves = request.method == "POST" and request.resolver_match.url_name.endswith("_change")
        return queryset.select_for_update() if saves else queryset

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and (code := getattr(db_field, "language", None)) in REGISTRY:
            entry = REGISTRY[code]
            field.widget.attrs |= {"lang": entry.tag, "dir": entry.direction}
        if field and db_field.many_to_many:
            field.widget.can_add_related = False  # its popup cannot add to a list of boxes
        if field and db_field.is_relation:
            field.widget.can_delete_related = False  # it would delete it for all others as well
        return field

    def render_change_form(self, request, context, *args, **kwargs):
        # The editor's import map is an inline script: the Content-Security-Policy wants a nonce.
        context["media"] = Media.from_media(context["media"], nonce=str(request.csp_nonce))
        return super().render_change_form(request, context, *args, **kwargs)


class LanguageForm(forms.ModelForm):
    def clean_published(self):
        """A language becomes public when the pages that matter are translated."""
        wanted, code = self.cleaned_data["published"], self.instance.code
        if wanted and not self.instance.published:
            percent = summaries([code], visible_only=True)[code].percent
            if percent < settings.PUBLISH_PERCENT:
                raise forms.ValidationError(
                    _(
                        "Erst %(percent)s %% der wichtigen Seiten sind übersetzt "
                        "(Start, Bereiche, Kontakte, Rechtliches). Nötig sind %(needed)s %%."
                    )
                    % {"percent": percent, "needed": settings.PUBLISH_PERCENT}
                )
        return wanted


@admin.register(Language)
class LanguageAdmin(admin.ModelAdmin):
    form = LanguageForm
    list_display = ["__str__", "code", "published"]
    fields = ["code", "published", "translators"]
    readonly_fields = ["code"]
    filter_horizontal = ["translators"]

    def has_add_permission(self, request):
        return False  # a language needs columns and catalogues: manage.py addlanguage

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Import)
class ImportAdmin(admin.ModelAdmin):
    list_display = ["filename", "language", "user", "created_at", "undone_at"]
    fields = list_display

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
