import json
import uuid
from pathlib import Path

import polib
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import Model
from django.utils import translation
from modeltranslation.utils import build_localized_fieldname

from contacts.models import SpokenLanguage
from languages.models import Language, Origin
from languages.registry import REGISTRY, SOURCE
from languages.translatable import Translatable
from programme.models import Programme
from wirportal.sitefile import OF_ONE_DISTRICT, SiteFile

STARTER = Path(__file__).resolve().parents[2] / "starter"
#: Makes the starter objects the same ones in every installation.
NAMESPACE = uuid.UUID("8f0f3f5e-6b5c-4c1d-9d55-2f7f0d0a7b11")
#: What people who advise others speak most often here; staff add the rest.
SPOKEN = (
    # in the order of their German names
    *("sq", "ar", "bg", "fa-af", "de", "en", "fr", "it", "hr", "ku", "ps", "fa", "pl", "ro"),
    *("ru", "sr", "so", "es", "ti", "tr", "uk", "ur", "ckb"),
)


CONTENT = [
    f"{app}.{action}_{model}"
    for app, model, actions in (
        ("programme", "programme", ("view", "change")),
        ("programme", "area", ("view", "add", "change", "delete")),
        ("programme", "publication", ("view", "add", "change", "delete")),
        ("programme", "page", ("view", "add", "change", "delete")),
        ("contacts", "absence", ("view", "add", "change", "delete")),
        ("contacts", "contactexception", ("view", "add", "change", "delete")),
        ("contacts", "contacthours", ("view", "add", "change", "delete")),
        ("contacts", "contactperson", ("view", "add", "change", "delete")),
        ("contacts", "spokenlanguage", ("view", "add", "change")),
        ("contacts", "message", ("view", "change", "delete")),
        ("contacts", "outgoingmail", ("view", "delete")),
        ("offers", "helpnumber", ("view", "add", "change", "delete")),
        ("offers", "municipality", ("view", "add", "change", "delete")),
        ("offers", "offer", ("view", "add", "change", "delete")),
        ("offers", "offerdate", ("view", "add", "change", "delete")),
        ("offers", "offerexception", ("view", "add", "change", "delete")),
        ("offers", "offerhours", ("view", "add", "change", "delete")),
        ("offers", "organisation", ("view", "add", "change", "delete")),
        ("offers", "place", ("view", "add", "change", "delete")),
        ("offers", "searchterm", ("view", "delete")),
        ("offers", "synonym", ("view", "add", "change", "delete")),
        ("offers", "targetgroup", ("view", "add", "change", "delete")),
        ("offers", "topic", ("view", "add", "change", "delete")),
        ("offers", "verification", ("view", "change")),
    )
    for action in actions
]
TRANSLATION = ["languages.change_translation"]
EDITING = [*CONTENT, *TRANSLATION, "languages.translate_every_language"]
LEADING = [
    *(f"auth.{action}_user" for action in ("view", "add", "change")),
    *(f"auth.{action}_group" for action in ("view", "add", "change")),
    *("languages.view_language", "languages.change_language", "languages.view_import"),
]
GROUPS = {"Redaktion": EDITING, "Übersetzung": TRANSLATION, "Leitung": [*EDITING, *LEADING]}


class Command(BaseCommand):
    help = (
        "Lädt die Starttexte in eine leere Datenbank, mit --site die eines anderen Landkreises "
        "(docs/site-example.toml). Was schon da ist, bleibt, wie es ist."
    )

    def add_arguments(self, parser):
        parser.add_argument("--site", metavar="DATEI", help="Angaben zu einem anderen Landkreis")

    def handle(self, *args, site=None, **options):
        self.site = SiteFile(Path(site)) if site else None
        self.content = self.all_content()  # before anything is written
        # German: the plain column of a translated field follows the active language.
        with transaction.atomic(), translation.override(SOURCE):
            is_new = not Programme.objects.exists()
            if site and not is_new:
                raise CommandError("Diese Website hat schon Inhalte. --site ist nur für eine neue.")
            new = self.add_languages(is_new)
            if not is_new:
                self.stdout.write("Die Datenbank hat schon Inhalte; sie bleiben unverändert.")
            else:
                count = self.add_content(new)
                self.stdout.write(f"{count} Einträge in {len(REGISTRY)} Sprachen angelegt.")
            self.add_groups()

    def add_languages(self, is_new):
        """Add what the registry has and the database lacks; public only together with texts."""
        known = set(Language.objects.values_list("code", flat=True))
        new = [code for code in REGISTRY if code not in known]
        for code in new:
            has_texts = code == SOURCE or (is_new and (STARTER / f"{code}.po").exists())
            is_wanted = self.site is None or code in self.site.languages
            Language.objects.create(code=code, published=has_texts and is_wanted)
        return new

    def add_groups(self):
        """Add the three roles of staff; what was changed in one that exists stays changed.

        An existing role gets its rights on models that no role knows yet: an update brought them.
        """
        known = set(Permission.objects.exclude(group=None).values_list("content_type", flat=True))
        every = Permission.objects.select_related("content_type")
        rights = {f"{right.content_type.app_label}.{right.codename}": right for right in every}
        for name, wanted in GROUPS.items():
            group, is_new = Group.objects.get_or_create(name=name)
            chosen = (rights[label] for label in wanted)
            group.permissions.add(
                *(right for right in chosen if is_new or right.content_type_id not in known)
            )

    def add_content(self, codes):
        for code in SPOKEN:
            SpokenLanguage.objects.get_or_create(code=code)
        count = 0
        translations = {code: self.translations(code) for code in codes if code != SOURCE}
        for label, objects in self.content.items():
            for key, values in objects.items():
                try:
                    self.add(apps.get_model(label), f"{label}:{key}", key, values, translations)
                except ValidationError as error:
                    if self.site is None:
                        raise
                    raise self.site.error(label, key, error) from error
                count += 1
        return count

    def all_content(self):
        content = json.loads((STARTER / "content.json").read_text(encoding="utf-8"))
        if self.site is None:
            return content
        own = self.site.content()
        left_out = OF_ONE_DISTRICT | own.keys()
        return own | {label: content[label] for label in content if label not in left_out}

    @staticmethod
    def translations(code):
        """Return {("app.model:key:field", German): text} of a language that ships with texts."""
        file = STARTER / f"{code}.po"
        entries = polib.pofile(str(file)) if file.exists() else []
        return {(entry.msgctxt, entry.msgid): entry.msgstr for entry in entries if entry.msgstr}

    def add(self, model: type[Model], name, key, values, translations):
        obj, related, texts = model(), {}, {}
        translated = model.translated_fields() if issubclass(model, Translatable) else []
        for field, value in {**values, **({"slug": key} if hasattr(model, "slug") else {})}.items():
            relation = model._meta.get_field(field).related_model
            if field in translated:
                texts[field] = value
            elif isinstance(value, list):
                related[field] = relation.objects.filter(slug__in=value)
            else:
                setattr(obj, field, relation.objects.get(slug=value) if relation else value)
        if not translated:
            obj.full_clean()
            obj.save()
            return
        obj.uuid = uuid.uuid5(NAMESPACE, name)
        for field, german in texts.items():
            setattr(obj, build_localized_fieldname(field, SOURCE), german)
            for code, known in translations.items():
                setattr(
                    obj,
                    build_localized_fieldname(field, code),
                    known.get((f"{name}:{field}", german)),
                )
        obj.full_clean()
        obj.save(origin=Origin.MACHINE)
        for field, objects in related.items():
            getattr(obj, field).set(objects)
