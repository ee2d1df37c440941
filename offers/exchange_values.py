"""What stands in one cell: read as people write it, written so that it can be read again."""

import re
from collections import defaultdict
from datetime import date, datetime, time
from difflib import get_close_matches
from html import escape

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from import_export.widgets import Widget

from languages.po_checks import Refused, sanitised
from programme.phone import parse

#: What a spreadsheet adds to a day when it writes CSV.
MIDNIGHT = re.compile(r"[ T]0?0:00(:00)?$")
DATES = ("%d.%m.%Y", "%Y-%m-%d", "%d.%m.%y")
YES, NO = {"ja", "j", "x", "1", "wahr", "true", "yes"}, {"nein", "n", "0", "falsch", "false", "no"}
HTML = re.compile(r"</?[a-zA-Z][^<>]*>")
NUMBERED = re.compile(r"\s*\d+[.)]\s+")
BULLET = re.compile(r"\s*[-–•*]\s+")
SEPARATOR = re.compile(r"[;\n]")
EXCEL_ERROR = re.compile(r"#(REF|NAME|VALUE|DIV/0|N/A|NUM|NULL|BEZUG|WERT|NV|ZAHL)[!?]?")
#: Of these, a table often names one that is not there yet.
GROWING = {"organisation", "contactperson"}
#: What no XML holds, and so no table. Not from openpyxl: with it, each worker is 13 MB larger.
#: Who copies out of a PDF gets U+FFFE where a word was divided.
NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def text_of(value):
    """Return a cell as text; refuse what Excel has turned into something else."""
    if isinstance(value, bool):
        return "ja" if value else "nein"
    if isinstance(value, date | datetime | time):
        raise ValidationError(
            _("Hier hat Excel ein Datum daraus gemacht. Bitte die Zelle als Text formatieren.")
        )
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = NO_TEXT.sub("", str(value)).strip()
    if EXCEL_ERROR.fullmatch(text):
        raise ValidationError(_("Die Formel in dieser Zelle ergibt einen Fehler."))
    return text


class Text(Widget):
    def clean(self, value, row=None, **kwargs):
        return text_of(value)

    def render(self, value, **kwargs):
        return "" if value is None else str(value)


class Line(Text):
    """A text in one line, as the form's inputs hold it."""

    def clean(self, value, row=None, **kwargs):
        return " ".join(text_of(value).split())


class Link(Line):
    def clean(self, value, row=None, **kwargs):
        text = super().clean(value)
        return forms.URLField(assume_scheme="https").to_python(text)  # of "www.example.org", too


class LongText(Text):
    """A text whose length only its form checks, not the model."""

    def __init__(self, model_field):
        super().__init__()
        self.model_field, self.form_field = model_field, model_field.formfield()

    def clean(self, value, row=None, **kwargs):
        text = self.cleaned(text_of(value))
        self.form_field.run_validators(text.replace("\n", "\r\n"))  # as browsers send it
        return text

    def cleaned(self, text):
        return text


class RichText(LongText):
    def cleaned(self, text):
        try:
            return sanitised(text if HTML.search(text) else as_html(text), self.model_field)
        except Refused as reason:
            raise ValidationError(str(reason)) from reason


def as_html(text):
    """Make steps of lines, or paragraphs where blank lines stand between them."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if all(BULLET.match(line) for line in lines):
        return items("ul", [BULLET.sub("", line, count=1) for line in lines])
    if all(NUMBERED.match(line) for line in lines):
        return items("ol", [NUMBERED.sub("", line, count=1) for line in lines])
    if len(lines) == 1 or re.search(r"\n\s*\n", text):
        return "".join(f"<p>{escape(line, quote=False)}</p>" for line in lines)
    return items("ol", lines)


def items(tag, lines):
    inner = "".join(f"<li><p>{escape(line, quote=False)}</p></li>" for line in lines)
    return f"<{tag}>{inner}</{tag}>"


class Phone(Line):
    def clean(self, value, row=None, **kwargs):
        text = super().clean(value)
        try:
            parse(text)
        except ValidationError as error:
            if not text.isdecimal() or text.startswith("0"):
                raise
            hint = _(
                "„%(value)s“ ist keine Telefonnummer. Vermutlich hat Excel die Null am Anfang "
                "weggelassen: Bitte die Spalte als Text formatieren und die Nummer neu eingeben."
            )
            raise ValidationError(hint % {"value": text}) from error
        return text


class PostalCode(Text):
    def clean(self, value, row=None, **kwargs):
        text = text_of(value)
        if text.isdecimal() and len(text) == 4:
            hint = _(
                "„%(value)s“ hat nur vier Ziffern. Vermutlich hat Excel die Null am Anfang "
                "weggelassen: Bitte die Spalte als Text formatieren."
            )
            raise ValidationError(hint % {"value": text})
        return text


class YesNo(Widget):
    def clean(self, value, row=None, **kwargs):
        text = text_of(value).casefold()
        if text not in YES | NO:
            raise ValidationError(_("Hier geht nur „ja“ oder „nein“."))
        return text in YES

    def render(self, value, **kwargs):
        return "" if value is None else "ja" if value else "nein"


class Choice(Widget):
    """One of the choices of a field, by its German label or its value."""

    def __init__(self, choices):
        super().__init__()
        self.labels = {value: str(label) for value, label in choices}
        self.values = {name.casefold(): value for value, name in self.labels.items()}
        self.values |= {value.casefold(): value for value in self.labels if value}

    def clean(self, value, row=None, **kwargs):
        text = text_of(value)
        if text.casefold() not in self.values:
            allowed = ", ".join(self.labels.values())
            raise ValidationError(
                _("„%(value)s“ gibt es hier nicht. Möglich sind: %(allowed)s.")
                % {"value": text[:50], "allowed": allowed}
            )
        return self.values[text.casefold()]

    def render(self, value, **kwargs):
        return self.labels.get(value, "") if value else ""


class Day(Widget):
    def clean(self, value, row=None, **kwargs):
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        text = MIDNIGHT.sub("", str(value).strip())
        for form in DATES:
            try:
                return datetime.strptime(text, form).date()
            except ValueError:
                continue
        raise ValidationError(
            _("„%(value)s“ ist kein Datum. Bitte so schreiben: 31.12.2026.") % {"value": text[:50]}
        )

    def render(self, value, **kwargs):
        if value is None or kwargs.get("force_native_type"):
            return value or ""
        return f"{value:%d.%m.%Y}"


class Number(Widget):
    def clean(self, value, row=None, **kwargs):
        text = text_of(value)
        if not re.fullmatch(r"[0-9]{1,9}", text):
            raise ValidationError(_("„%(value)s“ ist keine ganze Zahl.") % {"value": text[:50]})
        return int(text)

    def render(self, value, **kwargs):
        if kwargs.get("force_native_type"):
            return value
        return "" if value is None else str(value)


class Named(Widget):
    """An object that is there already, by its name or what else identifies it."""

    def __init__(self, model, *keys):
        super().__init__()
        self.model, self.keys = model, keys
        self.found = None
        self.near = {}

    def load(self):
        """Read all of them once: a file asks for them again and again."""
        self.found, self.names, self.by_pk = defaultdict(dict), [], {}
        fields = self.model._meta.concrete_fields
        short = [field.name for field in fields if not isinstance(field, models.TextField)]
        for obj in self.model.objects.only(*short):
            self.names.append(str(obj))
            self.by_pk[obj.pk] = obj
            for key in (str(obj), *(getattr(obj, key) for key in self.keys)):
                self.found[str(key).casefold()][obj.pk] = obj

    def clean(self, value, row=None, **kwargs):
        return self.one(text_of(value))

    def matches(self, text):
        if self.found is None:
            self.load()
        return list(self.found.get(text.casefold(), {}).values())

    def one(self, text):
        found = self.matches(text)
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(sorted(str(getattr(obj, self.keys[0])) for obj in found))
            raise ValidationError(
                _("„%(value)s“ gibt es mehrmals. Bitte die Adresse schreiben: %(names)s.")
                % {"value": text, "names": names}
            )
        raise ValidationError(self.unknown(text))

    def unknown(self, text):
        if text not in self.near:
            near = get_close_matches(text, self.names, n=3, cutoff=0.5) if len(text) < 200 else []
            self.near[text] = ", ".join(f"„{name}“" for name in near)
        message = _("„%(value)s“ gibt es hier nicht.") % {"value": text[:80]}
        if self.near[text]:
            message += " " + _("Meinen Sie %(names)s?") % {"names": self.near[text]}
        if self.model._meta.model_name in GROWING:
            where = capfirst(self.model._meta.verbose_name_plural)
            message += " " + _("Neue bitte zuerst unter „%(list)s“ anlegen.") % {"list": where}
        return message

    def render(self, value, **kwargs):
        return "" if value is None else self.name(value)

    def name(self, obj):
        """Return the name, or the address where two have the same name."""
        if self.found is None:
            self.load()
        name = str(self.by_pk.get(obj.pk, obj))
        alone = len(self.found.get(name.casefold(), {})) <= 1 and not SEPARATOR.search(name)
        return name if alone else str(getattr(obj, self.keys[0]))


class NamedList(Named):
    """Several of them, separated by semicolons or lines."""

    def clean(self, value, row=None, **kwargs):
        parts = [part.strip() for part in SEPARATOR.split(text_of(value)) if part.strip()]
        names = [name for part in parts for name in self.names_in(part)]
        found = {obj.pk: obj for obj in map(self.one, names)}
        return [found[pk] for pk in sorted(found)]

    def names_in(self, part):
        """Return the names between commas, when that makes sense; a name may contain one."""
        names = [name.strip() for name in part.split(",") if name.strip()]
        all_known = names and all(map(self.matches, names))
        return names if all_known and not self.matches(part) else [part]

    def render(self, value, **kwargs):
        return "; ".join(self.name(obj) for obj in value or [])
