"""Add a language to the site, all of it or nothing: nobody has to write code for that.

A language is an entry in registry.json, a column for each translated field (also in the history),
a catalogue for the interface and a row in the database. Settings and models read the registry when
they are loaded, so every step that needs the new language runs in a process of its own.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import polib
from babel import Locale, UnknownLocaleError
from babel.messages.plurals import get_plural
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.utils.translation import to_locale

from languages.catalogues import catalogue_paths, compile_catalogues
from languages.models import Language
from languages.registry import REGISTRY, REGISTRY_FILE, SOURCE, RegisteredLanguage
from languages.worklist import WorkList

from .checkcatalogues import is_public

#: Language, script and region of BCP 47: "pl", "zh-hant", "pt-br".
CODE = re.compile(r"([a-z]{2,3})(?:-([a-z]{4}))?(?:-([a-z]{2}|[0-9]{3}))?")

#: Where CLDR has no name of its own for a language, or not the one that people use.
EXCEPTIONS = {
    # CLDR knows Kurmanji as "ku" only and calls it "Kurdisch".
    "kmr": {"endonym": "Kurmancî", "name": "Kurmandschi (Kurdisch)", "hreflang": "ku"},
    "ckb": {"name": "Sorani (Kurdisch)"},
}


def describe(code, **given):
    """Return the registry's entry for a language, from CLDR; what is in `given` wins."""
    code = code.strip().lower().replace("_", "-")
    parts = CODE.fullmatch(code)
    if not parts:
        raise CommandError(f"„{code}“ ist kein Sprachkürzel wie „pl“, „ckb“ oder „pt-br“ (BCP 47).")
    if code in REGISTRY:
        raise CommandError(f"Diese Sprache ist schon da: {REGISTRY[code].label}.")
    if code == "id":  # "title_id" would be a foreign key; modeltranslation says "ind" instead
        raise CommandError("Indonesisch geht nicht: Spalten auf „_id“ sind in Django vergeben.")
    language, script, region = parts.groups()
    subtags = (language, script and script.title(), region and region.upper())
    tag = "-".join(filter(None, subtags))
    try:
        locale = Locale.parse(tag, sep="-")
    except UnknownLocaleError:
        raise CommandError(f"„{code}“ ist im Sprachverzeichnis CLDR nicht bekannt.") from None
    if code not in EXCEPTIONS and str(locale) != tag.replace("-", "_"):
        raise CommandError(f"„{code}“ ist ein anderes Kürzel für „{locale.language}“.")
    endonym = name_in(locale, locale)
    if endonym and endonym.split()[0].islower():
        endonym = endonym[0].title() + endonym[1:]  # not upper(): Georgian has no first capital
    entry = {
        "code": code,
        "tag": tag,
        "endonym": endonym,
        "name": name_in(locale, Locale(SOURCE)),
        "direction": locale.text_direction,
        # Search engines know two-letter languages only.
        "hreflang": tag if len(language) == 2 else None,
    }
    entry |= EXCEPTIONS.get(code, {}) | {key: value for key, value in given.items() if value}
    for key in ("name", "endonym"):
        if not entry[key]:
            raise CommandError(f"CLDR hat für „{code}“ keinen Namen: Bitte --{key} angeben.")
    return entry


def name_in(locale, other):
    """Name a language in another: "Chinesisch (traditionell)", "Portugiesisch (Brasilien)"."""
    return other.languages.get(str(locale)) or locale.get_display_name(other)


def write_whole(path, text):
    """Write a file at once: a server that starts now never reads half of it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def registry_entries():
    return json.loads(REGISTRY_FILE.read_text(encoding="utf-8"))


def write_registry(undo, entries):
    undo.callback(write_whole, REGISTRY_FILE, REGISTRY_FILE.read_text(encoding="utf-8"))
    lines = ",\n".join(f"  {json.dumps(entry, ensure_ascii=False)}" for entry in entries)
    write_whole(REGISTRY_FILE, f"[\n{lines}\n]\n")


def migration_folders():
    """Return {label: folder} of this project's own apps."""
    return {
        config.label: Path(config.path, "migrations")
        for config in apps.get_app_configs()
        if Path(config.path).parent == settings.BASE_DIR
        and Path(config.path, "migrations").is_dir()
    }


def migration_files(name):
    folders = migration_folders().values()
    return {path for folder in folders for path in folder.glob(f"[0-9][0-9][0-9][0-9]_{name}.py")}


def catalogue_folder(code):
    return settings.BASE_DIR / "locale" / to_locale(code)


def shown(path):
    return str(Path(path).relative_to(settings.BASE_DIR))


#: Migrations are written without the installation's database; there need not be one.
NO_DATABASE = {"DATABASE_URL": "sqlite://:memory:"}


def manage(*arguments, **environment):
    """Run a command in a new process, which reads the registry as it is now."""
    result = subprocess.run(  # noqa: S603
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if result.returncode:
        said = (result.stderr.strip() or result.stdout.strip()).splitlines()
        errors = [line for line in said if re.match(r"[\w.]+(Error|Exception|Warning): ", line)]
        reason = "".join((errors or said)[-1:])
        raise CommandError(f"„manage.py {' '.join(arguments)}“ ist gescheitert: {reason}")


def write_migrations(undo, name):
    """Write the migrations for the registry as it is now; `undo` removes them again."""
    before = migration_files(name)
    undo.callback(lambda: [path.unlink() for path in migration_files(name) - before])
    manage("makemigrations", *migration_folders(), "--name", name, "--no-input", **NO_DATABASE)
    return sorted(migration_files(name) - before)


def check_code_is_writable():
    folders = migration_folders().values()
    for folder in (REGISTRY_FILE.parent, settings.BASE_DIR / "locale", *folders):
        if not os.access(folder, os.W_OK):
            raise CommandError(
                f"In {folder} kann nicht geschrieben werden. Sprachen gehören zum Code: Bitte den "
                "Befehl in einem Checkout ausführen und das Image (den Container) daraus neu bauen."
            )


def check_nothing_is_pending():
    """Refuse when the models changed already, or that would become part of our migrations."""
    try:
        manage("makemigrations", "--check", "--dry-run", **NO_DATABASE)
    except CommandError as error:
        raise CommandError(f"Zuerst müssen die Migrationen stimmen: {error}") from None


def database_exists():
    """Tell whether the site was set up here; an error when the database cannot be reached."""
    if connection.vendor == "sqlite" and not Path(connection.settings_dict["NAME"]).exists():
        return False
    try:
        return Language._meta.db_table in connection.introspection.table_names()
    except (DatabaseError, ImproperlyConfigured) as error:
        reason = str(error).strip().splitlines()[0]
        raise CommandError(
            f"Die Datenbank ist nicht erreichbar, nichts wurde geändert ({reason}). "
            "DATABASE_URL prüfen, oder mit --no-migrate nur die Dateien schreiben."
        ) from error
    finally:
        connection.close()


def new_catalogue(entry, template):
    """Return an empty catalogue with the texts of another one; gettext itself is not needed."""
    plural = get_plural(entry["tag"].replace("-", "_"))
    catalogue = polib.pofile(str(template), wrapwidth=0)
    catalogue.header = f"Interface texts in {entry['name']}."
    catalogue.metadata |= {
        "Last-Translator": "",
        "Language": entry["tag"],
        "Plural-Forms": f"nplurals={plural.num_plurals}; plural={plural.plural_expr};",
        "X-Origin": "",
    }
    for text in catalogue.obsolete_entries():
        catalogue.remove(text)
    for text in catalogue:
        text.msgstr = text.tcomment = ""
        text.flags = [flag for flag in text.flags if flag != "fuzzy"]
        if text.msgid_plural:
            text.msgstr_plural = dict.fromkeys(range(plural.num_plurals), "")
    return catalogue


def write_catalogue(undo, entry):
    """Write the catalogue, if there is none yet, and compile it; return its path."""
    folder = catalogue_folder(entry["code"])
    path = folder / "LC_MESSAGES" / "django.po"
    if not path.exists():
        template = next(old for old in catalogue_paths().values() if old.exists())
        undo.callback(shutil.rmtree, folder, ignore_errors=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, str(new_catalogue(entry, template)))
    compile_catalogues()
    return path


class Command(BaseCommand):
    help = "Legt eine Sprache an, mit Spalten und Katalog. Öffentlich wird sie dadurch nicht."

    def add_arguments(self, parser):
        parser.add_argument("code", help="Kürzel nach BCP 47, zum Beispiel pl, ckb oder pt-br")
        parser.add_argument("--name", help="deutscher Name statt dem von CLDR")
        parser.add_argument("--endonym", help="Name in der Sprache selbst statt dem von CLDR")
        parser.add_argument("--direction", choices=["ltr", "rtl"], help="Schreibrichtung")
        parser.add_argument("--dry-run", action="store_true", help="nur zeigen, was geschähe")
        parser.add_argument("--no-migrate", action="store_true", help="nur Dateien schreiben")

    def handle(self, *args, code, name, endonym, direction, dry_run, no_migrate, **options):
        entry = describe(code, name=name, endonym=endonym, direction=direction)
        check_code_is_writable()
        check_nothing_is_pending()
        has_database = not no_migrate and database_exists()
        if dry_run:
            self.stdout.write(json.dumps(entry, ensure_ascii=False, indent=2))
            self.stdout.write("Nichts wurde geändert (--dry-run).")
            return
        with ExitStack() as undo:
            files = self.add(undo, entry, has_database)
            undo.pop_all()  # everything worked: nothing to undo
        self.report(RegisteredLanguage(**entry), files, has_database, no_migrate)

    def add(self, undo, entry, has_database):
        write_registry(undo, [*registry_entries(), entry])
        last = dict(MigrationLoader(None).graph.leaf_nodes())
        migrations = write_migrations(undo, f"add_{entry['code'].replace('-', '_')}")
        catalogue = write_catalogue(undo, entry)
        if has_database:
            undo.callback(self.unapply, [path.parent.parent.name for path in migrations], last)
            manage("migrate", "--no-input")
            manage("setup")
        return [REGISTRY_FILE, catalogue, *migrations]

    def unapply(self, labels, last):
        """Take back the new columns; they are empty."""
        for label in labels:
            try:
                manage("migrate", label, last[label], "--no-input")
            except CommandError as error:
                self.stderr.write(str(error))

    def report(self, entry, files, has_database, no_migrate):
        """Say what is left to do, in the order in which it can be done."""
        catalogue = polib.pofile(str(files[1]))
        interface = sum(is_public(text) and not text.translated() for text in catalogue)
        pages = f"{WorkList(entry.code).count()} Texte der Seiten, " if has_database else ""
        self.stdout.write(f"{entry.label} ist angelegt, noch nicht öffentlich. Geändert oder neu:")
        python = ".venv/bin/python"
        for path in files:
            self.stdout.write(f"   {shown(path)}")
        if not has_database:
            reason = "mit --no-migrate" if no_migrate else "hier gibt es noch keine Datenbank"
            self.stdout.write(f"Nur Dateien ({reason}): Spalten legt der nächste Start an.")
        self.stdout.write(
            f"""Wie es weitergeht:
1. Es fehlen {pages}{interface} Texte der Oberfläche.
2. Den Server neu starten (make serve); erst dann kennt er die Sprache.
3. Übersetzen: Text für Text in der Verwaltung, oder alles zusammen (Seiten und Oberfläche) als
   Datei in einem Übersetzungsprogramm wie Poedit. Die fertige Datei lässt sich auch in der
   Verwaltung einlesen.
      {python} manage.py exporttranslations {entry.code} --output {entry.code}.po
      {python} manage.py importtranslations {entry.code}.po
4. Soll die Oberfläche mit dem Code ausgeliefert werden, gehören ihre Texte in
   {shown(files[1])}; make check sagt, was dort fehlt.
5. Die neuen Dateien in die Versionsverwaltung aufnehmen (git add), sonst fehlt die Sprache
   beim nächsten Update; bei Betrieb im Container das Image neu bauen.
6. Ist genug übersetzt: Wer in der Verwaltung „Sprachen“ ändern darf, veröffentlicht sie dort."""
        )
