"""What was changed in one object, by whom, and how to take a single change back."""

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from django.db import models
from django.utils.translation import gettext as _
from modeltranslation.utils import build_localized_fieldname

from .diff import plain_text, word_diff
from .registry import REGISTRY, SOURCE

SHOWN = 50  # versions


@dataclass(frozen=True)
class Change:
    column: str
    label: str
    language: str | None  # BCP 47 tag of a translated text
    direction: str
    diff: str


@dataclass(frozen=True)
class Version:
    pk: int  # of the version before it, whose values an undo brings back
    at: datetime
    user: object
    changes: list


def readable(field, value):
    if isinstance(field, models.ManyToManyField):
        return ", ".join(str(item[field.m2m_reverse_field_name()]) for item in value or [])
    if isinstance(value, bool):
        return _("ja") if value else _("nein")
    return plain_text("" if value is None else str(value))


def versions(obj):
    """Return what each saving changed, the newest first."""
    translated = set(obj.translated_fields())  # their plain columns only mirror one language
    records = list(obj.history.select_related("history_user")[: SHOWN + 1])
    found = []
    for new, old in pairwise(records):
        changes = [
            describe(obj, change)
            for change in new.diff_against(old).changes
            if change.field not in translated
        ]
        if changes:
            found.append(Version(old.history_id, new.history_date, new.history_user, changes))
    return found


def describe(obj, change):
    field = obj._meta.get_field(change.field)
    entry = REGISTRY.get(getattr(field, "language", SOURCE), REGISTRY[SOURCE])
    return Change(
        column=change.field,
        label=field.verbose_name,
        language=entry.tag,
        direction=entry.direction,
        diff=word_diff(readable(field, change.old), readable(field, change.new)),
    )


def undo(obj, version_pk, column):
    """Bring back one column as it was in a version; nothing else is touched.

    A translation comes back with the German of its time as source, so that it is outdated
    when German has moved on. Raises ValidationError where the old value is no longer valid.
    """
    version = obj.history.get(pk=version_pk)
    field = obj._meta.get_field(column)
    code = getattr(field, "language", None)
    if isinstance(field, models.ManyToManyField):
        name = field.m2m_reverse_field_name()
        getattr(obj, column).set([getattr(row, name) for row in getattr(version, column).all()])
        obj.save()
    elif code and code != SOURCE:
        name = field.translated_field.name
        german = getattr(version, build_localized_fieldname(name, SOURCE)) or ""
        obj.translate(name, code, getattr(version, column) or "", source=german)
    else:
        setattr(obj, column, getattr(version, column))
        obj.clean_fields(exclude=[f.name for f in obj._meta.fields if f.name != column])
        obj.save(update_fields=[column])
