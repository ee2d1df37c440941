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
from .forms import MergingForm
from .models import Language, Origin
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
    save_on_top = True

    class Media:
        css = {"all": ["css/admin.css"]}

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
        origins = self.origins(obj)
        return german + [
            self.language_fieldset(entry, translated, obj, origins.get(entry.code, []))
            for entry in others
        ]

    def language_fieldset(self, entry, translated, obj, origins):
        needed = [field for field in translated if obj is None or obj.text(field, SOURCE)]
        done = [field for field in needed if obj and obj.text(field, entry.code)]
        name = _("%(language)s: %(done)s von %(needed)s Texten") % {
            "language": entry.label,
            "done": len(done),
            "needed": len(needed),
        }
        fields = [build_localized_fieldname(field, entry.code) for field in translated]
        description = self.describe(entry, obj, origins)
        return (name, {"fields": fields, "classes": ["collapse"], "description": description})

    def describe(self, entry, obj, unreviewed):
        parts = []
        if count := len(unreviewed):
            parts.append(
                ngettext(
                    "%(count)s Text hat eine Maschine geschrieben; noch niemand hat ihn geprüft.",
                    "%(count)s Texte hat eine Maschine geschrieben; noch niemand hat sie geprüft.",
                    count,
                )
                % {"count": count}
            )
        if obj and (url := self.view_on_site(obj, entry.code)):
            label = _("Auf der Website ansehen")
            parts.append(format_html('<a href="{}">{} ({})</a>', url, label, entry.name))
        return mark_safe(" ".join(parts))  # noqa: S308  our own words and an escaped link

    @staticmethod
    def origins(obj):
        """Return {language: [field]} of what a machine wrote and nobody has reviewed."""
        found = {}
        if obj and obj.pk:
            for row in obj.translations.filter(origin=Origin.MACHINE, reviewed_at=None):
                found.setdefault(row.language, []).append(row.field)
        return found

    def view_on_site(self, obj, code=SOURCE):
        """Return the public address in one language, or None while the object is not public."""
        if not hasattr(obj, "get_absolute_url") or not getattr(obj, "published", True):
            return None
        with override(code):
            return obj.get_absolute_url()

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and (code := getattr(db_field, "language", None)) in REGISTRY:
            entry = REGISTRY[code]
            field.widget.attrs |= {"lang": entry.tag, "dir": entry.direction}
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
