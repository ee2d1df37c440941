from collections import Counter

from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget
from django.db import models
from django.forms import CheckboxSelectMultiple
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override
from js_asset import Media
from modeltranslation.admin import TranslationAdmin
from modeltranslation.utils import build_localized_fieldname

from .fields import RichTextField
from .forms import MergingForm, MergingListForm
from .models import Language, Translation
from .registry import REGISTRY, SOURCE
from .widgets import RichTextWidget


class TranslatableAdmin(TranslationAdmin):
    """One German form, and below it one folded block for each other language.

    `fieldsets` name the translated fields as in the model ("title"); they become German fields.
    """

    form = MergingForm
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
            (
                name,
                {
                    **options,
                    "fields": [
                        build_localized_fieldname(field, SOURCE) if field in translated else field
                        for field in options["fields"]
                    ],
                },
            )
            for name, options in self.fieldsets
        ]
        others = [entry for code, entry in REGISTRY.items() if code != SOURCE]
        unreviewed = self.unreviewed(obj)
        return german + [
            self.language_fieldset(entry, translated, obj, unreviewed[entry.code])
            for entry in others
        ]

    def language_fieldset(self, entry, translated, obj, unreviewed):
        needed = [field for field in translated if obj is None or obj.text(field, SOURCE)]
        done = [field for field in needed if obj and obj.text(field, entry.code)]
        name = _("%(language)s: %(done)s von %(needed)s Texten") % {
            "language": entry.label,
            "done": len(done),
            "needed": len(needed),
        }
        fields = [build_localized_fieldname(field, entry.code) for field in translated]
        description = self.describe(entry, obj, unreviewed)
        return (name, {"fields": fields, "classes": ["collapse"], "description": description})

    @property
    def published_languages(self):
        return Language.objects.published_entries()

    def describe(self, entry, obj, unreviewed):
        parts = []
        if unreviewed:
            parts.append(
                ngettext(
                    "%(count)s Text hat eine Maschine geschrieben; noch niemand hat ihn geprüft.",
                    "%(count)s Texte hat eine Maschine geschrieben; noch niemand hat sie geprüft.",
                    unreviewed,
                )
                % {"count": unreviewed}
            )
        if obj and entry in self.published_languages and (url := self.address(obj, entry)):
            label = _("Auf der Website ansehen")
            parts.append(format_html('<a href="{}">{} ({})</a>', url, label, entry.name))
        return mark_safe(" ".join(parts))  # noqa: S308  our own words and an escaped link

    @staticmethod
    def unreviewed(obj):
        """Return {language: number of texts} that a machine wrote and nobody has reviewed."""
        rows = obj.translations.unreviewed_machine() if obj else Translation.objects.none()
        return Counter(rows.values_list("language", flat=True))

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
        return field

    def render_change_form(self, request, context, *args, **kwargs):
        # The editor's import map is an inline script: the Content-Security-Policy wants a nonce.
        context["media"] = Media.from_media(context["media"], nonce=str(request.csp_nonce))
        return super().render_change_form(request, context, *args, **kwargs)


@admin.register(Language)
class LanguageAdmin(admin.ModelAdmin):
    list_display = ["__str__", "code", "published"]
    readonly_fields = ["code"]

    def has_add_permission(self, request):
        return False  # a language needs columns and catalogues: manage.py addlanguage

    def has_delete_permission(self, request, obj=None):
        return False
