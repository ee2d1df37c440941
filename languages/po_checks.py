"""What a translators' file has to be like: as a file, and each of its texts."""

import re
from collections import defaultdict
from pathlib import Path

import nh3
import polib
from django.utils.translation import gettext as _

from . import interface
from . import po_export as export
from .fields import RichTextField
from .registry import REGISTRY, SOURCE
from .translatable import PLACEHOLDER

LARGEST = 10 * 2**20  # bytes

LINE = re.compile(r'((msgctxt|msgid|msgid_plural)\s+|msgstr(\[\d\])?\s+)?"[^"\\]*(\\.[^"\\]*)*"')
TAG = re.compile(r"<([a-z][a-z0-9-]*)", re.IGNORECASE)
#: Interface texts are HTML that templates do not escape, also between the quotes of attributes.
MARKUP = re.compile(r'<[^>]*>?|[">]')
VARIABLE = re.compile(r"%\(\w+\)[a-z]|%[a-z]|\{\w*\}")


class Refused(Exception):
    """Why a file or an entry is not taken, in words for the person who sent it."""


def decode(source):
    """Return the text of the file; never reads more than is allowed."""
    if isinstance(source, bytes):
        data = source
    else:
        with Path(source).open("rb") as file:
            data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise Refused(_("Die Datei ist größer als 10 MB."))
    if data.startswith(b"PK") or b"\0" in data:
        raise Refused(
            _("Das ist keine PO-Datei, sondern zum Beispiel ein Archiv oder eine Tabelle.")
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise Refused(
            _("Die Datei ist nicht in UTF-8 gespeichert (zuerst in Zeile %(line)s).")
            % {"line": line}
        ) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


class Lines(str):
    """Text that polib would otherwise also split where Unicode, but not gettext, ends a line."""

    __slots__ = ()

    def splitlines(self, keepends=False):
        return self.split("\n")


def parse(text):
    """Return the PO file. polib takes half a line without a word, so lines are checked first."""
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip() and not line.lstrip().startswith("#") and not LINE.fullmatch(line.strip()):
            raise syntax_error(number)
    try:
        # The line end keeps polib from taking the text for the name of a file.
        return polib.pofile(Lines(text + "\n"), encoding="utf-8")
    except OSError as error:
        raise syntax_error(re.findall(r"line (\d+)", str(error))[-1]) from error


def syntax_error(line):
    return Refused(_("Zeile %(line)s ist so in einer PO-Datei nicht möglich.") % {"line": line})


def language(po, code):
    """Return the code of the file's language, which must be `code` if that is given."""
    others = {entry.code: entry for entry in REGISTRY.values() if entry.code != SOURCE}
    if code is not None and code not in others:
        raise no_language(code)
    named = po.metadata.get("Language", "")
    if not named:
        raise Refused(_("Im Kopf der Datei fehlt die Sprache (Zeile „Language: …“)."))
    charset = re.search(r"charset=([\w-]+)", po.metadata.get("Content-Type", ""))
    if not charset or charset[1].lower() not in {"utf-8", "utf8"}:
        raise Refused(_("Im Kopf der Datei muss „charset=UTF-8“ stehen."))
    wanted = named.lower().replace("_", "-")
    found = next((e for e in others.values() if wanted in {e.code.lower(), e.tag.lower()}), None)
    if found is None:
        raise no_language(named)
    if code not in {None, found.code}:
        raise Refused(
            _("Die Datei ist für die Sprache %(found)s, nicht für %(wanted)s.")
            % {"found": found.name, "wanted": others[code].name}
        )
    return found.code


def no_language(name):
    return Refused(_("In die Sprache „%(name)s“ wird hier nicht übersetzt.") % {"name": name})


def checked(entry, item):
    """Return the translation as it will be stored, or refuse it."""
    text, limit = export.fold(entry.msgstr), item.model_field.max_length
    check_characters(entry.msgstr)
    if set(PLACEHOLDER.findall(text)) != set(PLACEHOLDER.findall(entry.msgid)):
        raise Refused(_("Die Platzhalter in [[…]] müssen dieselben sein wie im deutschen Text."))
    if isinstance(item.model_field, RichTextField):
        text = sanitised(text, item.model_field)
    if limit and len(text) > limit:
        raise Refused(
            _("Der Text ist zu lang: %(length)s Zeichen, erlaubt sind %(limit)s.")
            % {"length": len(text), "limit": limit}
        )
    return text


def check_characters(text):
    if export.CONTROL.search(text.replace("\r\n", "\n")):
        raise Refused(_("Der Text enthält unsichtbare Steuerzeichen."))


def sanitised(html, model_field):
    """Return clean HTML, or refuse what cleaning would take away."""
    clean = model_field.sanitize(html)
    if not clean:
        raise Refused(_("Das HTML enthält keinen Text."))
    if clean == html:
        return clean
    tags, kept = ({tag.lower() for tag in TAG.findall(value)} for value in (html, clean))
    if tags != kept:
        names = ", ".join(sorted(tags ^ kept))
        raise Refused(_("Diese HTML-Tags sind hier nicht erlaubt: %(tags)s.") % {"tags": names})
    bare, rest = (nh3.clean(v, tags=set(), clean_content_tags=set()) for v in (html, clean))
    if bare.split() != rest.split():
        raise Refused(_("Das HTML ist nicht gültig: Ein Teil des Textes ginge verloren."))
    return clean


def check_forms(entry, stored):
    """Refuse an interface text that would break the page or bring HTML of its own."""
    new = interface.forms(entry)
    if entry.msgid_plural != stored.msgid_plural or len(new) != len(interface.forms(stored)):
        raise Refused(
            _("Der Text braucht hier %(number)s Formen (Einzahl, Mehrzahl).")
            % {"number": len(interface.forms(stored))}
        )
    if not all(new):
        raise Refused(_("Nicht alle Formen der Mehrzahl sind übersetzt."))
    check_characters("".join(new))
    german = stored.msgid + stored.msgid_plural
    if any(set(MARKUP.findall(text)) - set(MARKUP.findall(german)) for text in new):
        raise Refused(_('Die Zeichen <, > und " sind hier nicht erlaubt.'))
    used = [variables(text) for text in new]
    # "Ein Text" may do without the number that "%(count)s Texte" needs.
    is_complete = variables(german) in used if stored.msgid_plural else used == [variables(german)]
    if not is_complete or any(names - variables(german) for names in used):
        names = ", ".join(sorted(variables(german))) or "–"
        raise Refused(_("Diese Platzhalter müssen bleiben: %(names)s.") % {"names": names})
    if "python-format" in stored.flags:
        try:
            [text % defaultdict(int) for text in new]
        except (TypeError, ValueError) as error:
            raise Refused(_("Ein Prozentzeichen muss hier doppelt stehen: %%.")) from error


def variables(text):
    return set(VARIABLE.findall(text.replace("%%", "")))
