"""What happened to the rows below a form, and how a deleted row comes back."""

from dataclasses import dataclass
from datetime import timedelta

from django.core.exceptions import ObjectDoesNotExist
from django.utils.translation import gettext as _

from .history import BY, ONE_SAVING, AlreadyUndone, difference, readable

#: A file is stored in steps: first its offers, then their hours, then their places.
ONE_IMPORT = timedelta(minutes=1)


@dataclass(frozen=True)
class Row:
    """One record of a row, and the one before it."""

    model: type
    record: object
    before: object
    is_newest: bool

    def is_(self, kind):
        return self.record.history_type == kind

    @property
    def differs(self):
        columns = [field.attname for field in self.record.tracked_fields]
        before, now = self.before, self.record
        return before and any(getattr(before, name) != getattr(now, name) for name in columns)

    @property
    def order(self):
        """What was changed comes first, then what was added, then what was deleted."""
        return "~+-".index(self.record.history_type), self.record.pk


@dataclass(frozen=True)
class RowChange:
    label: str
    lines: list  # (name of a field or "", what an editor sees of it)
    key: str = ""  # names the record from which a deleted row can be saved again


def owner_of(obj, model):
    """Return the name of the field that leads from a row to what it belongs to."""
    return next(f.name for f in model._meta.fields if f.related_model is type(obj))


def rows_of(obj, models):
    """Return all records of the rows of an object, one query for each model.

    Left out is what changed nothing, and what came and went with the object itself.
    """
    found = []
    for model in models:
        records = model.history.filter(**{owner_of(obj, model): obj.pk}).reverse()
        records = list(records.select_related("history_user"))
        newest, before = {record.id: record for record in records}, {}
        for record in records:
            row = Row(model, record, before.get(record.id), newest[record.id] is record)
            if not row.is_("~") or row.differs:
                found.append(row)
            before[record.id] = record
    return without_own(obj, sorted(found, key=lambda row: row.record.history_date))


def without_own(obj, rows):
    ends = obj.history.filter(history_type__in="+-").values_list("history_type", *BY, named=True)
    gone = {end.history_date for end in ends if end.history_type == "-"}
    left_out = {row for row in rows if row.is_("-") and row.record.history_date in gone}
    for newest in (end for end in ends if end.history_type == "+"):
        for row in rows:
            if row.is_("+") and goes_on(row.record, newest):
                left_out.add(row)
                newest = row.record
    return [row for row in rows if row not in left_out]


def goes_on(record, before):
    """Tell whether the record belongs to the same step of work as the one before it."""
    reason = record.history_change_reason or ""
    longest = ONE_IMPORT if reason else ONE_SAVING
    return (
        record.history_user_id == before.history_user_id
        and reason in ("", before.history_change_reason)
        and timedelta() <= record.history_date - before.history_date <= longest
    )


def row_change(obj, row, names):
    """Return what staff read of a record."""
    meta = row.model._meta
    kind, hidden = meta.verbose_name, {meta.pk.name, owner_of(obj, row.model)}
    fields = [field for field in meta.fields if field.name not in hidden]
    if row.is_("~"):
        label = _("%(kind)s geändert: %(name)s")
        label %= {"kind": kind, "name": name_of_row(row.record, names)}
        return RowChange(label, changed(fields, row, names))
    lines = [("", described(fields, row.record, names))]
    if row.is_("+"):
        return RowChange(_("%(kind)s hinzugefügt") % {"kind": kind}, lines)
    key = f"{meta.model_name}:{row.record.pk}" if row.is_newest else ""
    return RowChange(_("%(kind)s gelöscht") % {"kind": kind}, lines, key)


def changed(fields, row, names):
    found = []
    for field in fields:
        old, new = getattr(row.before, field.attname), getattr(row.record, field.attname)
        if old != new:
            found.append((field.verbose_name, difference(field, old, new, names)))
    return found


def described(fields, record, names):
    """Return the name of a row, with all that it does not tell."""
    name = name_of_row(record, names)
    values = [(field, getattr(record, field.attname)) for field in fields]
    known = [(f, readable(f, value, names)) for f, value in values if value not in (None, "")]
    more = [f"{field.verbose_name}: {text}" for field, text in known if text not in name]
    return f"{name} ({', '.join(more)})" if more else name


def name_of_row(record, names):
    """Return its name, made of what is already read; without what is gone."""
    instance = record.instance
    for field in instance._meta.fields:
        if field.many_to_one:
            thing = names.thing(field.related_model, getattr(record, field.attname))
            setattr(instance, field.name, thing)
    return str(instance) or _("Nr. %(number)s") % {"number": record.id}


def restore(obj, models, key):
    """Save again a row that was deleted; raises as `undo` does."""
    name, _separator, pk = key.partition(":")
    model = next((model for model in models if model._meta.model_name == name), None)
    if model is None:
        raise ObjectDoesNotExist
    record = model.history.get(pk=pk, history_type="-", **{owner_of(obj, model): obj.pk})
    if model._base_manager.filter(pk=record.id).exists():
        raise AlreadyUndone
    if model.history.filter(id=record.id, history_id__gt=record.pk).exists():
        raise ObjectDoesNotExist  # it was deleted once more: the last time counts
    row = record.instance
    row.full_clean()
    row.save()
