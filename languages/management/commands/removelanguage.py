"""Remove a language from the site; what was written in it is kept in DATA_DIR/removed/.

The export comes first and is read back. Once migrations have begun to drop columns, the way back
is an import: a run that stops there is finished by a second one, not undone.
"""

import shutil
from contextlib import ExitStack

import polib
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, transaction
from django.utils import timezone

from languages.interface import override_path
from languages.models import Import, Language, Translation
from languages.po_export import export_po
from languages.registry import REGISTRY, SOURCE
from languages.status import translatable_models

from .addlanguage import (
    catalogue_folder,
    check_code_is_writable,
    check_nothing_is_pending,
    database_exists,
    manage,
    registry_entries,
    write_migrations,
    write_registry,
)


def check_nothing_is_unapplied():
    try:
        call_command("migrate", check_unapplied=True, verbosity=0)
    except SystemExit:
        raise CommandError(
            "Die Datenbank ist älter als der Code: zuerst manage.py migrate."
        ) from None


def written(code):
    """Yield (key, German, text) of each text that somebody wrote in a language."""
    for model in translatable_models():
        for obj in model.objects.all():
            for field in model.translated_fields():
                if text := obj.text(field, code).strip():
                    key = f"{model._meta.label_lower}:{obj.uuid}:{field}"
                    yield key, obj.text(field, SOURCE).strip(), text


def contents(po):
    """Return what a PO file says, in a form that can be compared."""
    return sorted(
        (entry.msgctxt or "", entry.msgid, entry.msgstr, sorted(entry.msgstr_plural.items()))
        for entry in po
    )


def save_texts(code, path):
    """Write all texts of a language to a file and make sure that they are in it."""
    po = export_po(code)
    texts = list(written(code))
    # No translator needs a text whose German is gone; a backup does.
    lonely = [(key, text) for key, german, text in texts if not german]
    po.extend(polib.POEntry(msgctxt=key, msgid=key, msgstr=text) for key, text in lonely)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    po.save(str(path))
    stored = polib.pofile(str(path))
    saved = {entry.msgctxt for entry in stored if entry.msgstr}
    missing = [key for key, _german, _text in texts if key not in saved]
    if missing or contents(po) != contents(stored):
        names = ", ".join(missing[:5]) or "der Inhalt weicht ab"
        raise CommandError(f"Die Sicherung {path} ist nicht vollständig ({names}).")


class Command(BaseCommand):
    help = "Entfernt eine nicht veröffentlichte Sprache, nachdem ihre Texte gesichert sind."

    def add_arguments(self, parser):
        parser.add_argument("code", help="Kürzel aus languages/registry.json, zum Beispiel pl")
        parser.add_argument("--yes", action="store_true", help="wirklich entfernen")

    def handle(self, *args, code, yes, **options):
        if code == SOURCE:
            raise CommandError("Deutsch ist die Ausgangssprache und bleibt.")
        if not database_exists():
            raise CommandError("Hier gibt es keine Datenbank, aus der gesichert werden könnte.")
        languages = Language.objects.filter(code=code)
        if code not in REGISTRY and not languages.exists():
            raise CommandError(f"Eine Sprache „{code}“ gibt es hier nicht.")
        if languages.filter(published=True).exists():
            raise CommandError(
                f"{languages.get()} ist veröffentlicht. Zuerst in der Verwaltung unter „Sprachen“ "
                "den Haken bei „veröffentlicht“ entfernen."
            )
        backup = settings.DATA_DIR / "removed" / f"{code}-{timezone.localtime():%Y%m%d-%H%M%S}.po"
        if not yes:
            self.announce(code, backup)
            return
        if code in REGISTRY:
            check_code_is_writable()
            check_nothing_is_pending()
            check_nothing_is_unapplied()
            save_texts(code, backup)
            self.stdout.write(f"Gesichert: {backup}")
            with ExitStack() as undo:
                write_registry(undo, [old for old in registry_entries() if old["code"] != code])
                write_migrations(undo, f"remove_{code.replace('-', '_')}")
                undo.pop_all()
        self.finish(code, backup.with_suffix(""))
        self.stdout.write(f"„{code}“ ist entfernt. Bitte den Server neu starten (make serve).")

    def announce(self, code, backup):
        count = Translation.objects.filter(language=code).count()
        translators = Language.objects.filter(code=code).values_list("translators__username")
        names = ", ".join(name for (name,) in translators if name)
        self.stdout.write(f"{REGISTRY[code].label if code in REGISTRY else code} würde entfernt:")
        self.stdout.write(f"   {count} übersetzte Texte, auch aus den früheren Fassungen,")
        self.stdout.write(f"   der Katalog {catalogue_folder(code)},")
        if names:
            self.stdout.write(f"   die Zuordnung zu {names}.")
        self.stdout.write(f"Die heutigen Texte würden vorher gesichert: {backup}")
        self.stdout.write("Nichts wurde geändert. Mit --yes wird es getan.")

    def finish(self, code, kept):
        """Drop the columns, the rows and the catalogues; may be repeated."""
        try:
            manage("migrate", "--no-input")
            with transaction.atomic():
                for model in (Translation, Import):
                    model.objects.filter(language=code).delete()
                Language.objects.filter(code=code).delete()
        except (CommandError, DatabaseError) as error:
            raise CommandError(
                f"{error}\nDie Texte sind gesichert. Ist die Ursache behoben, beendet "
                f"„manage.py removelanguage {code} --yes“ die Arbeit."
            ) from error
        own = override_path(code).parents[1]
        for folder, name in ((catalogue_folder(code), "locale"), (own, "own-locale")):
            if folder.exists():
                kept.parent.mkdir(mode=0o700, exist_ok=True)
                shutil.move(folder, f"{kept}-{name}")
