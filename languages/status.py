"""What is missing, outdated or unchecked, in every language; nothing of it is stored.

A translation has a `Translation` row exactly when its text is not empty (Translatable.save keeps
it so). Status needs therefore no translated text: the German columns and the rows are enough.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils.translation import gettext_lazy as _
from modeltranslation.utils import build_localized_fieldname

from .models import Origin, Translatable, Translation
from .registry import SOURCE


class Status(models.TextChoices):
    MISSING = "missing", _("fehlt")
    OUTDATED = "outdated", _("veraltet")
    UNREVIEWED = "unreviewed", _("von einer Maschine, ungeprüft")
    CURRENT = "current", _("aktuell")


def status_of(german, row):
    """Return the status of a translation; `row` has source, origin and reviewed_at, or is None."""
    if row is None:
        return Status.MISSING
    if row["source"] != german:
        return Status.OUTDATED
    if row["origin"] == Origin.MACHINE and row["reviewed_at"] is None:
        return Status.UNREVIEWED
    return Status.CURRENT


@dataclass(frozen=True)
class Text:
    """One field of one object in one language."""

    model: type[Translatable]
    pk: int
    uuid: str
    field: str
    code: str
    german: str
    status: Status
    written_at: datetime | None

    @property
    def label(self):
        return self.model._meta.get_field(self.field).verbose_name

    @property
    def key(self):
        """Name the text in addresses and files: "programme.area:uuid:title"."""
        return f"{self.model._meta.label_lower}:{self.uuid}:{self.field}"


def translatable_models():
    """Return the models with translated texts, the most visible pages first."""
    found = [model for model in apps.get_models() if issubclass(model, Translatable)]
    return sorted(found, key=lambda model: model.visibility)


def texts(codes, *, only=None):
    """Yield a `Text` for each German text and each of `codes`, the most visible first.

    One query per model and one for the rows, whatever the number of languages and objects.
    `only` limits it to one model.
    """
    wanted = [model for model in translatable_models() if only in (None, model)]
    types = ContentType.objects.get_for_models(*wanted)
    rows = Translation.objects.filter(language__in=codes)
    if only:
        rows = rows.filter(content_type=types[only])
    names = ["source", "origin", "reviewed_at", "written_at"]
    keys = ["content_type_id", "object_id", "field", "language"]
    known = {tuple(row[key] for key in keys): row for row in rows.values(*keys, *names).iterator()}
    for model in wanted:
        fields = model.translated_fields()
        columns = [build_localized_fieldname(field, SOURCE) for field in fields]
        for pk, uuid, *germans in model.objects.values_list("pk", "uuid", *columns):
            for field, german in zip(fields, germans, strict=True):
                for code in codes if german else ():
                    row = known.get((types[model].pk, pk, field, code))
                    written_at = row and row["written_at"]
                    status = status_of(german, row)
                    yield Text(model, pk, uuid, field, code, german, status, written_at)


def counts(codes):
    """Return {code: Counter({status: number})} for all texts."""
    result = {code: Counter() for code in codes}
    for text in texts(codes):
        result[text.code][text.status] += 1
    return result
