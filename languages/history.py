"""What was changed in one object, by whom, and how to take a single change back."""

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ObjectDoesNotExist
from django.db import models, transaction
from django.utils.translation import gettext as _

from .diff import plain_text, word_diff
from .models import Translation
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

    Raises ObjectDoesNotExist for what `versions` does not offer, ValidationError where the old
    value is no longer possible.
    """
    offered = {(v.pk, change.column) for v in versions(obj) for change in v.changes}
    if (int(version_pk), column) not in offered:
        raise ObjectDoesNotExist
    version = obj.history.get(pk=version_pk)
    field = obj._meta.get_field(column)
    code = getattr(field, "language", None)
    with transaction.atomic():
        if isinstance(field, models.ManyToManyField):
            name = field.m2m_reverse_field_name()
            getattr(obj, column).set([getattr(row, name) for row in getattr(version, column).all()])
            obj.save()
        elif code and code != SOURCE:
            undo_translation(obj, field.translated_field.name, code, version, column)
        else:
            undo_value(obj, field, version, column)


def undo_value(obj, field, version, column):
    replaced = getattr(obj, column)
    setattr(obj, column, getattr(version, column))
    obj.full_clean(exclude=[f.name for f in obj._meta.fields if f.name != column])
    obj.save(update_fields=[column])
    if original := getattr(field, "translated_field", None):
        # After a small correction the translations were kept valid: they go back with it.
        for row in obj.translations.filter(field=original.name, source=replaced or ""):
            past = record_at(obj, version, original.name, row.language)
            if past and past.source == getattr(obj, column):
                row.source = past.source
                row.save(update_fields=["source"])


def undo_translation(obj, name, code, version, column):
    """Bring a translation back with its origin: a machine's text is a machine's again."""
    past = record_at(obj, version, name, code)
    row = obj.translate(name, code, getattr(version, column) or "")
    if row and past:
        for attribute in ("source", "origin", "reviewed_by_id", "reviewed_at", "written_at"):
            setattr(row, attribute, getattr(past, attribute))
        row.save()


def record_at(obj, version, name, code):
    """Return what was on record for a translation while `version` was the newest one."""
    following = obj.history.filter(history_id__gt=version.history_id).order_by("history_id").first()
    records = Translation.history.filter(
        content_type=ContentType.objects.get_for_model(obj),
        object_id=obj.pk,
        field=name,
        language=code,
    )
    if following:
        records = records.filter(history_date__lt=following.history_date)
    newest = records.order_by("-history_id").first()
    return newest if newest and newest.history_type != "-" else None
