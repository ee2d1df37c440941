"""What was changed in one object, by whom, and how to take a single change back."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import models, transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from simple_history.models import ModelChange

from .diff import plain_text, replaced, word_diff
from .fields import is_rich
from .models import Translation
from .registry import REGISTRY, SOURCE

#: Saving a form writes an object and its assignments one after the other.
ONE_SAVING = timedelta(seconds=2)
#: Who wrote a record, when and why.
BY = ("history_id", "history_date", "history_user_id", "history_change_reason")
#: Enough to tell that a column was changed and is now as it was.
LAST = 50


class AlreadyUndone(Exception):
    """It is as it was before: somebody has clicked twice."""


@dataclass(frozen=True)
class Change:
    column: str
    label: str
    language: str | None  # BCP 47 tag of a translated text
    direction: str
    diff: str


class Names:
    """The names of all that some records refer to: one query for each kind of thing."""

    def __init__(self, records):
        wanted = defaultdict(set)
        for record in records:
            for field in record.tracked_fields:
                if field.many_to_one:
                    wanted[field.related_model].add(getattr(record, field.attname))
            for field in record._history_m2m_fields:
                wanted[field.related_model].update(assigned(record, field))
        self.found = {
            model: model._base_manager.in_bulk(pks - {None}) for model, pks in wanted.items()
        }

    def thing(self, model, pk):
        return self.found[model].get(pk)

    def __call__(self, model, pk):
        return name_or_number(self.thing(model, pk), pk)


def name_of(model, pk):
    return name_or_number(model._base_manager.filter(pk=pk).first(), pk)


def name_or_number(found, pk):
    return str(found) if found else _("gelöscht (Nr. %(number)s)") % {"number": pk}


def name_of_removed(record):
    try:
        return str(record.instance)
    except ObjectDoesNotExist:  # what its name is made of is gone, too
        return _("Nr. %(number)s") % {"number": record.id}


def readable(field, value, names=name_of):
    """Return a value as staff know it from the form."""
    if isinstance(field, models.ManyToManyField):
        return ", ".join(names(field.related_model, pk) for pk in value)
    if value is None:
        return ""
    if isinstance(field, models.ForeignKey):
        return names(field.related_model, value)
    if isinstance(value, bool):
        return _("ja") if value else _("nein")
    if isinstance(value, datetime):
        value = timezone.localtime(value) if timezone.is_aware(value) else value
        return date_format(value, "d.m.Y H:i")
    if isinstance(value, date):
        return date_format(value, "d.m.Y")
    if isinstance(value, time):
        return date_format(value, "H:i")
    if is_rich(field):
        return plain_text(value)
    return str(dict(field.flatchoices).get(value, value))


def savings(obj):
    """Return (record after it, record before it) of each saving, the newest first.

    The records between hold half of what was saved. Of all there is only who wrote them, when and
    why: what they say is read when a page shows it.
    """
    found = []
    for record in obj.history.values_list(*BY, named=True):
        if not (found and is_one_saving(record, found[-1])):
            found.append(record)
    return list(pairwise(found))


def is_one_saving(record, newer):
    user = record.history_user_id
    soon = newer.history_date - record.history_date <= ONE_SAVING
    return user is not None and user == newer.history_user_id and soon


def with_assignments(records):
    model = records.model
    names = [assignments(model, field) for field in model._history_m2m_fields]
    return records.select_related("history_user").prefetch_related(*names)


def assignments(model, field):
    """Return by which name Django can prefetch what the history keeps of assignments."""
    kept = getattr(model, field.name).model
    return kept._meta.get_field("history").remote_field.get_accessor_name()


def assigned(record, field):
    """Return the keys of what was assigned then."""
    name = f"{field.m2m_reverse_field_name()}_id"
    rows = getattr(record, assignments(type(record), field)).all()
    return sorted(getattr(row, name) for row in rows)


def differences(obj, new, old, names=name_of):
    """Return what an editor sees of what two records do not have in common."""
    translated = obj.translated_fields()  # their plain columns only mirror one language
    related = new._history_m2m_fields
    skipped = [*translated, *(field.name for field in related)]
    found = list(new.diff_against(old, excluded_fields=skipped).changes)
    for field in related:
        before, after = assigned(old, field), assigned(new, field)
        if before != after:
            found.append(ModelChange(field.name, before, after))
    found.sort(key=lambda change: change.field)
    changes = [describe(obj, change, names) for change in found]
    return [change for change in changes if change.diff]


def describe(obj, change, names):
    field = obj._meta.get_field(change.field)
    entry = REGISTRY.get(getattr(field, "language", SOURCE), REGISTRY[SOURCE])
    return Change(
        column=change.field,
        label=field.verbose_name,
        language=entry.tag,
        direction=entry.direction,
        diff=difference(field, change.old, change.new, names),
    )


def difference(field, old, new, names=name_of):
    """Return what an editor sees of a change: nothing where NULL became an empty text."""
    before, after = readable(field, old, names), readable(field, new, names)
    if before == after and before:
        return _("%(text)s (nur die Form oder ein Link ist anders)") % {"text": after}
    # The parts of a date or a time are no words.
    is_moment = isinstance(field, models.DateField | models.TimeField)
    return replaced(before, after) if is_moment else word_diff(before, after)


def undo(obj, version_pk, column):
    """Bring back one column as it was in a version; nothing else is touched.

    Raises ObjectDoesNotExist for what `versions` does not offer, ValidationError where the old
    value is no longer possible, AlreadyUndone where it is there.
    """
    version = obj.history.get(pk=version_pk)
    if is_undone(obj, version, column):
        raise AlreadyUndone
    if column not in undoable(obj, version):
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


def undoable(obj, version):
    """Return the columns that the saving after a version has changed."""
    for new, old in savings(obj):
        if old.history_id == version.pk:
            changed = differences(obj, obj.history.get(pk=new.history_id), version)
            return {change.column for change in changed}
    return set()


def is_undone(obj, version, column):
    """Tell whether a column was changed after a version, and is now as it was in it."""
    since = with_assignments(obj.history.filter(history_id__gt=version.pk))[: LAST + 1]
    columns = [{c.column for c in differences(obj, record, version)} for record in since]
    return any(column in changed for changed in columns) and column not in columns[0]


def undo_assignments(obj, field, version):
    kept = field.related_model._base_manager.filter(pk__in=assigned(version, field))
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
