"""The history of an object and of its rows as staff read it: by date, what belongs together."""

from dataclasses import dataclass, field
from datetime import datetime

from .history import Names, differences, savings, with_assignments
from .row_history import Row, goes_on, row_change, rows_of


@dataclass
class Saving:
    """What was written at once: records of an object (after and before), or of its rows, or both.

    Of the object's records there is only what `savings` reads.
    """

    rows: list[Row] = field(default_factory=list)
    pair: tuple = ()


@dataclass(frozen=True)
class Version:
    """What staff read of one saving."""

    pk: int | None  # of the record before it, whose values an undo brings back
    at: datetime
    user: object
    reason: str  # where it comes from, other than from a form
    changes: list
    rows: list


def timeline(obj, models):
    """Return all savings of an object and of its rows, the newest first."""
    parts = [(row.record, row) for row in rows_of(obj, models)]
    parts += [(pair[0], pair) for pair in savings(obj)]
    parts.sort(key=lambda part: part[0].history_date, reverse=True)
    found, newer = [], None
    for record, part in parts:
        if not (newer and goes_on(newer, record)):
            found.append(Saving())
        if isinstance(part, Row):
            found[-1].rows.append(part)
            newer = record
        else:
            found[-1].pair = part
            newer = None  # forms and files store an object before its rows
    return found


def versions(obj, models, found):
    """Yield what these savings did; where nothing is different for staff, nothing."""
    keys = {record.history_id for saving in found for record in saving.pair}
    records = {r.pk: r for r in with_assignments(obj.history.filter(pk__in=keys))}
    rows = [row for saving in found for row in saving.rows]
    seen = [record for row in rows for record in (row.record, row.before) if record]
    names = Names([*records.values(), *seen])
    for saving in found:
        new, old = [records[r.history_id] for r in saving.pair] or (None, None)
        changes = differences(obj, new, old, names) if new else []
        saving.rows.sort(key=lambda row: (models.index(row.model), *row.order))
        shown = [row_change(obj, row, names) for row in saving.rows]
        record = new or saving.rows[0].record
        if changes or shown:
            yield Version(
                pk=old and old.pk,
                at=record.history_date,
                user=record.history_user,
                reason=record.history_change_reason or "",
                changes=changes,
                rows=shown,
            )
