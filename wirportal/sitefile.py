"""What another district starts with: one TOML file, as docs/site-example.toml shows it.

It is read into the shape of starter/content.json: {model: {key: {field: value}}}.
"""

import re
import tomllib
from difflib import get_close_matches

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.management import CommandError

from languages.registry import REGISTRY, SOURCE
from programme.addresses import german_slug
from programme.uploads import open_photo

PROGRAMME, AREA = "programme.programme", "programme.area"
CONTACT, MUNICIPALITY, TOPIC = "contacts.contactperson", "offers.municipality", "offers.topic"
#: What of the starter content belongs to its own district: a file stands in its place.
OF_ONE_DISTRICT = {PROGRAMME, AREA, CONTACT, MUNICIPALITY, "offers.organisation", "offers.offer"}

#: The page about easy language leads to the second one.
ALWAYS = (SOURCE, "de-simple")

#: The keys of each part, and the fields that they are for.
TABLES = {
    "website": (
        PROGRAMME,
        {
            "name": "site_name",
            "landkreis": "district",
            "programm": "name",
            "ueberschrift": "title",
            "kurz_gesagt": "summary",
            "text": "body",
            "ueberblick": "overview",
            "farbe": "colour",
            "logo": "logo",
        },
    ),
    "betreiber": (
        PROGRAMME,
        {
            "name": "operator",
            "vertreten_durch": "representative",
            "strasse": "street",
            "postleitzahl": "postal_code",
            "ort": "city",
            "telefon": "phone",
            "email": "email",
            "umsatzsteuer_id": "vat_id",
            "verantwortlich": "editor",
        },
    ),
}
LISTS = {
    "bereiche": (
        AREA,
        {"name": "title", "fuer_wen": "audience", "aufgabe": "task", "text": "body"},
    ),
    "kontakte": (
        CONTACT,
        {
            "anrede": "salutation",
            "vorname": "first_name",
            "nachname": "last_name",
            "funktion": "role",
            "aufgaben": "duties",
            "bereiche": "areas",
            "telefon": "phone",
            "email": "email",
            "raum": "room",
            "hilft_suchen": "gives_guidance",
        },
    ),
    "gemeinden": (MUNICIPALITY, {"name": "name", "schluessel": "ags"}),
    "themen": (
        TOPIC,
        {
            "name": "name",
            "worum": "description",
            "notrufnummern": "shows_help_numbers",
            "schnell_verlassen": "quick_exit",
        },
    ),
}
KINDS = {str: "Text in Anführungszeichen", bool: "true oder false", list: "eine Liste in [ ]"}
EXPECTED = {
    **dict.fromkeys(("hilft_suchen", "notrufnummern", "schnell_verlassen"), bool),
    "bereiche": list,
}


class SiteFile:
    def __init__(self, path):
        self.path = path
        self.data = self.parsed()
        self.check_names(self.data, {"sprachen", *TABLES, *LISTS}, "")
        self.languages = self.checked_languages()

    def parsed(self):
        try:
            return tomllib.loads(self.path.read_text(encoding="utf-8"))
        except OSError as error:
            raise CommandError(f"{self.path} ist nicht lesbar ({error.strerror}).") from error
        except UnicodeDecodeError as error:
            raise CommandError(f"{self.path} ist nicht als UTF-8 gespeichert.") from error
        except tomllib.TOMLDecodeError as error:
            place = re.search(r"line (\d+)", str(error))
            where = f"Zeile {place[1]}" if place else "am Ende"
            raise self.refusal(f"kein gültiges TOML, {where}") from error

    def refusal(self, text):
        return CommandError(f"{self.path.name}: {text}.")

    def check_names(self, table, known, where):
        for name in table:
            if name not in known:
                close = get_close_matches(name, known, 1)
                hint = f"; gemeint ist vielleicht „{close[0]}“" if close else ""
                raise self.refusal(f"{where}„{name}“ ist nicht bekannt{hint}")

    def checked_languages(self):
        wanted = self.data.get("sprachen", [])
        if not isinstance(wanted, list):
            raise self.refusal("sprachen muss eine Liste in [ ] sein")
        for code in wanted:
            if code not in REGISTRY:
                raise self.refusal(f"sprachen: {code!r} ist keine von {', '.join(REGISTRY)}")
        return {*ALWAYS, *wanted}

    def content(self):
        """Return the programme last: no value may be wrong once its logo has been stored."""
        found = {
            label: dict(self.rows(name, label, names))
            for name, (label, names) in LISTS.items()
            if name in self.data or label != TOPIC
        }
        self.connect_contacts(found)
        programme = {}
        for name, (_label, names) in TABLES.items():
            programme |= self.fields(name, self.table(name), names)
        if "logo" in programme:
            programme["logo"] = self.picture(programme["logo"])
        return found | {PROGRAMME: {"wir": programme}}

    def table(self, name):
        table = self.data.get(name)
        if not isinstance(table, dict):
            raise self.refusal(f"der Abschnitt [{name}] fehlt")
        return table

    def rows(self, name, label, names):
        rows = self.data.get(name, [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise self.refusal(f"{name}: jeder Eintrag beginnt mit [[{name}]]")
        keys = set()
        for number, row in enumerate(rows, 1):
            where = f"{name}, Eintrag {number}"
            values = self.fields(where, row, names)
            called = " ".join(row[part] for part in ("name", "vorname", "nachname") if part in row)
            key = german_slug(called)
            if not key:
                raise self.refusal(f"{where}: der Name fehlt")
            if key in keys:
                raise self.refusal(f"{where}: „{called}“ gibt es schon")
            keys.add(key)
            if label != MUNICIPALITY:
                values["position"] = number
            if label in (AREA, CONTACT):
                values["published"] = True
            yield key, values

    def fields(self, where, table, names):
        self.check_names(table, names, f"{where}: ")
        for name, value in table.items():
            kind = EXPECTED.get(name, str)
            if not isinstance(value, kind):
                raise self.refusal(f"{where}: „{name}“ muss {KINDS[kind]} sein")
        return {names[name]: value for name, value in table.items()}

    def picture(self, name):
        path = self.path.parent / name
        if not path.is_file():
            raise self.refusal(f"website: die Datei {name} für das Logo fehlt")
        file = ContentFile(path.read_bytes(), name=path.name)
        try:
            open_photo(file).close()
        except ValidationError as error:
            raise self.refusal(f"website: das Logo: {error.messages[0].rstrip('.')}") from error
        return file

    def connect_contacts(self, found):
        """Put the keys of the areas where their names stand."""
        keys = {values.get("title"): key for key, values in found[AREA].items()}
        for values in found[CONTACT].values():
            names = values.pop("areas", [])
            if unknown := [name for name in names if name not in keys]:
                raise self.refusal(f"kontakte: den Bereich „{unknown[0]}“ gibt es nicht")
            values["areas"] = [keys[name] for name in names]

    def error(self, label, key, error):
        """Return the refusal of a value that its field does not take, in the file's own words."""
        errors = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        field, messages = next(iter(errors.items()))
        names = {
            (known, field): f"{part}: „{name}“" if part in TABLES else f"{part}, {key}: „{name}“"
            for part, (known, fields) in {**TABLES, **LISTS}.items()
            for name, field in fields.items()
        }
        field = field.removesuffix(f"_{SOURCE}")
        where = names.get((label, field), f"{label} {key} {field}")
        return self.refusal(f"{where}: {messages[0].rstrip('.')}")
