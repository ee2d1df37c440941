"""The file that translators work in: a PO file with all content and the texts of the interface.

Content comes from the database and is named by msgctxt ("programme.area:uuid:title"). Interface
texts come from the catalogue, with what this installation changed in it (DATA_DIR) laid over it.
"""

import re
from dataclasses import dataclass

import polib
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.utils.translation import override

from .fields import RichTextField
from .forms import canonical, digest
from .interface import catalogue_of, forms, metadata
from .management.commands.checkcatalogues import is_public
from .models import Origin, Translation
from .registry import REGISTRY, SOURCE
from .status import Status, status_of, translatable_models
from .translatable import Translatable

#: What gettext does not allow in a text; people paste \v (a soft line break) from Word.
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")

HTML_NOTE = "HTML: Tags wie <p>, <li> und <a href=…> stehen lassen, nur den Text übersetzen."
MACHINE_NOTE = "Von einer Maschine übersetzt, noch nicht von einem Menschen geprüft."


def fold(text):
    """Return a text in the form it has in files, for export and for every comparison."""
    return CONTROL.sub(" ", canonical(text))


@dataclass(frozen=True)
class Item:
    """One German text of the content, and its translation."""

    obj: Translatable
    field: str
    code: str
    row: dict | None

    @property
    def key(self):
        return f"{self.obj._meta.label_lower}:{self.obj.uuid}:{self.field}"

    @property
    def german(self):
        return self.obj.text(self.field, SOURCE)

    @property
    def text(self):
        return self.obj.text(self.field, self.code)

    @property
    def status(self):
        return status_of(self.german, self.row)

    @property
    def model_field(self):
        return self.obj._meta.get_field(self.field)

    @property
    def title(self):
        return f"{self.obj._meta.verbose_name} „{self.obj}“"


def content(code):
    """Yield an `Item` for each German text, the most visible first."""
    names = ["object_id", "field", "source", "origin", "reviewed_at"]
    for model in translatable_models():
        content_type = ContentType.objects.get_for_model(model)
        rows = Translation.objects.filter(content_type=content_type, language=code).values(*names)
        known = {(row["object_id"], row["field"]): row for row in rows}
        for obj in model.objects.all():
            for field in model.translated_fields():
                item = Item(obj, field, code, known.get((obj.pk, field)))
                if fold(item.german):
                    yield item


def export_po(code) -> polib.POFile:
    """Return everything that can be translated into one language, with what is translated."""
    catalogue = catalogue_of(code)
    po = polib.POFile(wrapwidth=0)
    po.header = f"Texte der Website, Deutsch – {REGISTRY[code].name}"
    po.metadata = metadata(code, catalogue)
    with override(SOURCE):
        po.extend(content_entry(item) for item in content(code))
    for entry in catalogue:
        if not entry.obsolete and is_public(entry):
            entry.comment = "\n".join(filter(None, [entry.comment, stamp(*forms(entry))]))
            po.append(entry)
    return po


def stamp(*texts):
    """Return a comment that tells later whether a text was changed after the export."""
    return "stand: " + digest("\n".join(map(fold, texts)))


def content_entry(item):
    row, text = item.row, fold(item.text)
    entry = polib.POEntry(
        msgctxt=item.key,
        msgid=fold(item.german),
        msgstr=text,
        comment="\n".join([*notes(item), stamp(text)]),
    )
    if row and row["origin"] == Origin.MACHINE and row["reviewed_at"] is None:
        entry.tcomment = MACHINE_NOTE
    if item.status == Status.OUTDATED:
        entry.fuzzy = True
        entry.previous_msgid = fold(row["source"])
    return entry


def notes(item):
    """Yield what a translator has to know about one text."""
    yield f"{item.title}: {item.model_field.verbose_name}"
    if hasattr(item.obj, "get_absolute_url"):
        with override(item.code):
            yield settings.SITE_URL + item.obj.get_absolute_url()
    if item.model_field.max_length:
        yield f"höchstens {item.model_field.max_length} Zeichen"
    if isinstance(item.model_field, RichTextField):
        yield HTML_NOTE
