"""What was changed in one object, by whom, and how to take a single change back."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import models, transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from .diff import plain_text, word_diff
from .fields import is_rich
from .models import Translation
from .registry import REGISTRY, SOURCE

SHOWN = 50  # versions
#: Saving a form writes an object and its assignments one after the other.
ONE_SAVING = timedelta(seconds=2)


class AlreadyUndone(Exception):
    """It is as it was before: somebody has clicked twice."""


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
    reason: str  # where it comes from, other than from a form


@dataclass(frozen=True)
class Removed:
    """Something that belonged to the object and was deleted."""

    key: str  # names the record from which it can be saved again
    at: datetime
    user: object
    text: str


def readable(field, value):
    """Return a value as staff know it from the form."""
    if isinstance(field, models.ManyToManyField):
        name = field.m2m_reverse_field_name()
        return ", ".join(name_of(field.related_model, item[name]) for item in value or [])
    if value is None:
        return ""
    if isinstance(field, models.ForeignKey):
        return name_of(field.related_model, value)
    if isinstance(value, bool):
        return _("ja") if value else _("nein")
    if isinstance(value, date):
        return date_format(value, "d.m.Y H:i" if isinstance(value, datetime) else "d.m.Y")
    if is_rich(field):
        return plain_text(value)
    return str(dict(field.flatchoices).get(value, value))


def name_of(model, pk):
    found = model._base_manager.filter(pk=pk).first()
    return str(found) if found else _("gelöscht (Nr. %(number)s)") % {"number": pk}


def versions(obj):
    """Return what each saving changed, the newest first."""
    found = []
    for new, old in pairwise(savings(obj)):
        if changes := differences(obj, new, old):
            when, who = new.history_date, new.history_user
            reason = new.history_change_reason or ""
            found.append(Version(old.history_id, when, who, changes, reason))
    return found


def differences(obj, new, old):
    """Return what an editor sees of what two records do not have in common."""
    translated = set(obj.translated_fields())  # their plain columns only mirror one language
    changes = [
        describe(obj, change)
        for change in new.diff_against(old).changes
        if change.field not in translated
    ]
    return [change for change in changes if change.diff]


def savings(obj):
    """Return the last record of each saving: those between hold half of what was saved."""
    found = []
    for record in obj.history.select_related("history_user")[: SHOWN + 1]:
        if not (found and is_one_saving(record, found[-1])):
            found.append(record)
    return found


def is_one_saving(record, newer):
    user = record.history_user_id
    soon = newer.history_date - record.history_date <= ONE_SAVING
    return user is not None and user == newer.history_user_id and soon


def describe(obj, change):
    field = obj._meta.get_field(change.field)
    entry = REGISTRY.get(getattr(field, "language", SOURCE), REGISTRY[SOURCE])
    return Change(
        column=change.field,
        label=field.verbose_name,
        language=entry.tag,
        direction=entry.direction,
        diff=difference(field, change.old, change.new),
    )


def difference(field, old, new):
    """Return what an editor sees of a change: nothing where NULL became an empty text."""
    before, after = readable(field, old), readable(field, new)
    if before == after and before:
        return _("%(text)s (nur die Form oder ein Link ist anders)") % {"text": after}
    return word_diff(before, after)


def undo(obj, version_pk, column):
    """Bring back one column as it was in a version; nothing else is touched.

    Raises ObjectDoesNotExist for what `versions` does not offer, ValidationError where the old
    value is no longer possible, AlreadyUndone where it is there.
    """
    version = obj.history.get(pk=version_pk)
    if is_undone(obj, version, column):
        raise AlreadyUndone
    offered = {(v.pk, change.column) for v in versions(obj) for change in v.changes}
    if (version.pk, column) not in offered:
        raise ObjectDoesNotExist
    field = obj._meta.get_field(column)
    code = getattr(field, "language", None)
    with transaction.atomic():
        if isinstance(field, models.ManyToManyField):
            undo_assignments(obj, field, version)
        elif code and code != SOURCE:
            undo_translation(obj, field.translated_field.name, code, version, column)
        else:
            undo_value(obj, field, version, column)


def is_undone(obj, version, column):
    """Tell whether a column was changed after a version, and is now as it was in it."""
    since = obj.history.filter(history_id__gt=version.pk)[: SHOWN + 1]
    columns = [{c.column for c in differences(obj, record, version)} for record in since]
    return any(column in changed for changed in columns) and column not in columns[0]


def undo_assignments(obj, field, version):
    name = f"{field.m2m_reverse_field_name()}_id"
    assigned = [getattr(row, name) for row in getattr(version, field.name).all()]
    kept = field.related_model._base_manager.filter(pk__in=assigned)
    if not field.blank and not kept:
        raise ValidationError(_("Dieses Feld darf nicht leer sein."))
    getattr(obj, field.name).set(kept)
    obj.save()


def undo_value(obj, field, version, column):
    replaced, old = getattr(obj, column), getattr(version, column)
    if isinstance(field, models.FileField) and old and not field.storage.exists(old):
        raise ValidationError(_("Die Datei gibt es nicht mehr. Bitte laden Sie sie neu hoch."))
    setattr(obj, column, old)
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


def removed(obj, models):
    """Return what belonged to `obj` and was deleted, the newest first."""
    found = []
    for model in models:
        records = removed_records(obj, model).select_related("history_user")
        # Deleted, brought back and deleted again: only the last time counts.
        newest = {record.id: record for record in reversed(records[:SHOWN])}
        there = set(model._base_manager.filter(pk__in=newest).values_list("pk", flat=True))
        for record in (record for pk, record in newest.items() if pk not in there):
            key = f"{model._meta.model_name}:{record.pk}"
            text = _("%(kind)s gelöscht: %(name)s")
            text %= {"kind": model._meta.verbose_name, "name": name_of_removed(record)}
            found.append(Removed(key, record.history_date, record.history_user, text))
    return sorted(found, key=lambda row: row.at, reverse=True)


def removed_records(obj, model):
    owner = next(f.name for f in model._meta.fields if f.related_model is type(obj))
    return model.history.filter(**{owner: obj.pk, "history_type": "-"})


def name_of_removed(record):
    try:
        return str(record.instance)
    except ObjectDoesNotExist:  # what its name is made of is gone, too
        return _("Nr. %(number)s") % {"number": record.id}


def restore(obj, models, key):
    """Save something again that was deleted; raises as `undo` does."""
    name, _separator, pk = key.partition(":")
    model = next((model for model in models if model._meta.model_name == name), None)
    if model is None:
        raise ObjectDoesNotExist
    record = removed_records(obj, model).get(pk=pk)
    if model._base_manager.filter(pk=record.id).exists():
        raise AlreadyUndone
    if key not in {row.key for row in removed(obj, models)}:
        raise ObjectDoesNotExist
    row = record.instance
    row.full_clean()
    row.save()
