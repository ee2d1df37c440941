"""What is missing, outdated or unchecked, in every language; nothing of it is stored.

A translation has a `Translation` row exactly when its text is not empty (Translatable.save keeps
it so). Status needs therefore no translated text: the German columns and the rows are enough. The
database compares and counts them: there may be millions, and a person waits for the page.
"""

from collections import Counter
from dataclasses import dataclass
from itertools import chain

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models
from django.utils.translation import gettext_lazy as _
from modeltranslation.utils import build_localized_fieldname

from .models import Origin, Translation
from .registry import SOURCE
from .translatable import Translatable

#: Home, areas, contacts and legal pages have to be translated before a language is published.
MATTERS = 3


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


def status_sql(german):
    """Return the same in SQL, of the row `t` and the object `o`."""
    return (
        f"CASE WHEN t.id IS NULL THEN '{Status.MISSING}' "
        f"WHEN t.source <> o.{german} THEN '{Status.OUTDATED}' "
        f"WHEN t.origin = '{Origin.MACHINE}' AND t.reviewed_at IS NULL "
        f"THEN '{Status.UNREVIEWED}' ELSE '{Status.CURRENT}' END"
    )


def translatable_models():
    """Return the models with translated texts, the most visible pages first."""
    found = [model for model in apps.get_models() if issubclass(model, Translatable)]
    return sorted(found, key=lambda model: model.visibility)


def german_column(model, field):
    return model._meta.get_field(build_localized_fieldname(field, SOURCE)).column


def rows_of(model, field, codes):
    """Return an SQL condition with its parameters: `t` is the row of the object's text."""
    kind = ContentType.objects.get_for_model(model).pk
    languages = ", ".join(["%s"] * len(codes))
    sql = (
        f"{Translation._meta.db_table} t ON t.object_id = o.id "
        f"AND t.content_type_id = %s AND t.field = %s AND t.language IN ({languages})"
    )
    return sql, [kind, field, *codes]


def union(selects, end=""):
    """Return the rows of several (SQL, parameters), asked for together."""
    statements, parameters = zip(*selects, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(statements) + end, [*chain(*parameters)])
        return cursor.fetchall()


@dataclass(frozen=True)
class Summary:
    """How far one language is."""

    counts: Counter

    @property
    def total(self):
        return sum(self.counts.values())

    @property
    def percent(self):
        """Translated and not outdated, in whole percent, rounded down: 100 means all."""
        done = self.counts[Status.CURRENT] + self.counts[Status.UNREVIEWED]
        return 100 * done // self.total if self.total else 100

    @property
    def missing(self):
        return self.counts[Status.MISSING]

    @property
    def outdated(self):
        return self.counts[Status.OUTDATED]

    @property
    def unreviewed(self):
        return self.counts[Status.UNREVIEWED]

    @property
    def by_status(self):
        return [(status, self.counts[status]) for status in Status]


def summaries_of(obj, codes):
    """Return {code: Summary} of one object's texts."""
    names = ["field", "language", "source", "origin", "reviewed_at"]
    rows = {(row["field"], row["language"]): row for row in obj.translations.values(*names)}
    germans = [(field, obj.text(field, SOURCE)) for field in obj.translated_fields()]
    return {
        code: Summary(
            Counter(status_of(text, rows.get((field, code))) for field, text in germans if text)
        )
        for code in codes
    }


def counted(model, field, codes):
    """Yield selects of (language, status, number); "" and missing stand for all German texts."""
    german = german_column(model, field)
    source, is_there = f"FROM {model._meta.db_table} o", f"WHERE o.{german} > ''"
    yield f"SELECT '', '{Status.MISSING}', COUNT(*) {source} {is_there}", []
    rows, parameters = rows_of(model, field, codes)
    yield (
        f"SELECT t.language, {status_sql(german)}, COUNT(*) {source} JOIN {rows} {is_there} "
        "GROUP BY 1, 2",
        parameters,
    )


def summaries(codes, *, visible_only=False):
    """Return {code: Summary}; `visible_only` counts the pages that matter most for publishing."""
    wanted = [m for m in translatable_models() if not visible_only or m.visibility <= MATTERS]
    ContentType.objects.get_for_models(*wanted)  # one query, and then they are known
    found = union(
        select
        for model in wanted
        for field in model.translated_fields()
        for select in counted(model, field, codes)
    )
    counters = {code: Counter() for code in ("", *codes)}
    for code, status, number in found:
        counters[code][Status(status)] += number
    total = counters.pop("").total()
    for counter in counters.values():
        counter[Status.MISSING] = total - counter.total()
    return {code: Summary(counter) for code, counter in counters.items()}
