"""What was deleted in the admin, and how all of it comes back."""

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef, Subquery
from django.utils.translation import gettext as _
from simple_history.utils import bulk_update_with_history

from .history import name_of_removed
from .models import Translation

#: Why a record of the history was written; the audit knows it by this.
RESTORED = "wiederhergestellt"


def has_history(model):
    return hasattr(model, "history") and hasattr(model.history, "model")


def deleted(model):
    """Return the last records of what is gone, the newest first."""
    history, key = model.history.model.objects, model._meta.pk.name
    newer = history.filter(**{key: OuterRef(key)}, history_id__gt=OuterRef("history_id"))
    there = model._base_manager.filter(pk=OuterRef(key))
    gone = history.filter(~Exists(newer), ~Exists(there), history_type="-")
    return gone.order_by("-history_date", "-history_id")


def restore(record):
    """Save again what was deleted and all that went with it; return (it, what is still missing).

    Nothing appears by mistake: it is not published. So it need not be complete, either, as a form
    would ask. Raises ValidationError or ThereAgain where something is in the way: call it in a
    transaction.
    """
    obj = record.instance
    obj._change_reason = RESTORED
    if hasattr(obj, "published"):
        obj.published = False
    refuse_taken(obj)
    missing = [*insert(obj), *assign(obj, record)]
    for row in rows_of(record):
        missing += insert(row)
    obj.save()  # with what is made of it and its rows
    refer_again(obj, record)
    return obj, list(dict.fromkeys(missing))


class ThereAgain(Exception):
    """Somebody has made it anew, for example by reading in a table."""


def refuse_taken(obj):
    same = type(obj)._base_manager
    if hasattr(obj, "uuid") and (again := same.filter(uuid=obj.uuid).first()):
        raise ThereAgain(again)
    for field in obj._meta.concrete_fields:
        value = getattr(obj, field.attname)
        if field.unique and (other := same.filter(**{field.name: value})):
            raise ValidationError(
                _("%(field)s „%(value)s“ hat inzwischen „%(other)s“. Bitte zuerst dort ändern.")
                % {"field": field.verbose_name, "value": value, "other": other[0]}
            )


def insert(row):
    """Save a row under its old number; return what it referred to and is gone."""
    missing = [*drop_gone(row), *drop_lost_files(row)]
    # Its translations come back with their origin: `Translatable.save` would make them new ones.
    models.Model.save(row, force_insert=True)
    return [] if isinstance(row, Translation) else missing


def drop_gone(row):
    for field in row._meta.concrete_fields:
        value = getattr(row, field.attname)
        if not field.is_relation or value is None:
            continue
        if field.related_model._base_manager.filter(pk=value).exists():
            continue
        name = f"{field.verbose_name} „{name_of_gone(field.related_model, value)}“"
        if not field.null:
            text = _("%(name)s ist auch gelöscht. Bitte das zuerst wiederherstellen.")
            raise ValidationError(text % {"name": name})
        setattr(row, field.attname, None)
        yield name


def name_of_gone(model, pk):
    record = model.history.filter(**{model._meta.pk.name: pk}).first() if has_history(model) else ""
    return name_of_removed(record) if record else _("Nr. %(number)s") % {"number": pk}


def drop_lost_files(row):
    """Files outlive what they belong to; but a disk may have lost one."""
    for field in row._meta.concrete_fields:
        file = getattr(row, field.attname)
        if isinstance(field, models.FileField) and file and not file.storage.exists(file.name):
            if field.blank:
                setattr(row, field.attname, "")
            yield _("%(field)s (Datei fehlt, bitte neu hochladen)") % {"field": field.verbose_name}


def assign(obj, record):
    """Assign again what is still there; return what is not."""
    missing = []
    for field in record._history_m2m_fields:
        column = f"{field.m2m_reverse_field_name()}_id"
        wanted = {getattr(row, column) for row in getattr(record, field.name).all()}
        kept = field.related_model._base_manager.filter(pk__in=wanted)
        getattr(obj, field.name).set(kept)
        gone = wanted - {other.pk for other in kept}
        names = (name_of_gone(field.related_model, pk) for pk in gone)
        missing += [f"{field.verbose_name} „{name}“" for name in names]
    return missing


def rows_of(record):
    """Yield what was deleted together with it, and only that (records.py)."""
    model, at = record.instance_type, record.history_date
    kind = ContentType.objects.get_for_model(model)
    owners = {Translation: {"content_type": kind, "object_id": record.instance.pk}}
    for relation in model._meta.related_objects:
        if relation.on_delete is models.CASCADE and has_history(relation.related_model):
            owners[relation.related_model] = {relation.field.name: record.instance.pk}
    for rows, owner in owners.items():
        for row in rows.history.filter(**owner, history_type="-", history_date=at):
            yield row.instance


def refer_again(obj, record):
    """Let others refer to it as they did, where they refer to nothing since."""
    for relation in obj._meta.related_objects:
        model, field = relation.related_model, relation.field
        if not has_history(model):
            continue
        before = model.history.filter(
            **{model._meta.pk.name: OuterRef("pk")}, history_date__lt=record.history_date
        ).order_by("-history_id")
        if relation.on_delete is models.SET_NULL:
            empty = model._base_manager.filter(**{field.name: None})
            was = empty.annotate(was=Subquery(before.values(field.attname)[:1]))
            if found := list(was.filter(was=obj.pk)):
                for other in found:
                    setattr(other, field.name, obj)
                bulk_update_with_history(found, model, [field.name])
        elif field.name in {f.name for f in model.history.model._history_m2m_fields}:
            kept = getattr(model.history.model, field.name).model.objects
            versions = kept.filter(**{field.m2m_reverse_field_name(): obj.pk}).values("history")
            was = model._base_manager.annotate(was=Subquery(before.values("history_id")[:1]))
            for other in was.filter(was__in=versions):
                getattr(other, field.name).add(obj)
