"""What is missing, outdated or unchecked, in every language; nothing of it is stored.

A translation has a `Translation` row exactly when its text is not empty (Translatable.save keeps
it so). Status needs therefore no translated text: the German columns and the rows are enough.
"""

import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models.expressions import Window
from django.db.models.functions import Cast, JSONObject, RowNumber
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


@dataclass(frozen=True)
class Text:
    """One field of one object in one language."""

    model: type[Translatable]
    uuid: str
    title: str
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


def german_rows(number, model):
    """Return a query for the German texts of one model, shaped like those of all others."""
    columns = {
        field: models.F(build_localized_fieldname(field, SOURCE))
        for field in model.translated_fields()
    }
    # Plain querysets: modeltranslation's would translate the names of the columns.
    return (
        models.QuerySet(model)
        .order_by()
        .values(
            model_number=models.Value(number),
            nth=Window(RowNumber(), order_by=[*model._meta.ordering, "pk"]),
            key=models.F("pk"),
            identifier=Cast("uuid", models.CharField()),
            label=JSONObject(**{name: models.F(name) for name in model.label_columns}),
            texts=JSONObject(**columns),
        )
    )


def german_texts(wanted):
    """Yield (model, row, field, german) for each German text: one query for all models."""
    first, *others = [german_rows(*numbered) for numbered in enumerate(wanted)]
    for row in first.union(*others, all=True).order_by("model_number", "nth").iterator():
        for field, german in row["texts"].items():
            if german:
                yield wanted[row["model_number"]], row, field, german


def records(codes):
    """Return the rows of `codes` as dicts: one query."""
    names = ["content_type_id", "object_id", "field", "language"]
    names += ["source", "origin", "reviewed_at", "written_at"]
    return Translation.objects.filter(language__in=codes).values(*names).iterator()


def texts(code):
    """Yield a `Text` for each German text, the most visible first."""
    wanted = translatable_models()
    types = ContentType.objects.get_for_models(*wanted)
    known = {(r["content_type_id"], r["object_id"], r["field"]): r for r in records([code])}
    for model, values, field, german in german_texts(wanted):
        row = known.get((types[model].pk, values["key"], field))
        yield Text(
            model=model,
            uuid=str(uuid.UUID(values["identifier"])),
            title=" ".join(filter(None, (values["label"][name] for name in model.label_columns))),
            field=field,
            code=code,
            german=german,
            status=status_of(german, row),
            written_at=row and row["written_at"],
        )


@dataclass(frozen=True)
class Summary:
    """How far one language is."""

    counts: Counter

    @classmethod
    def of(cls, found):
        return cls(Counter(text.status for text in found))

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


def summaries(codes, *, visible_only=False):
    """Return {code: Summary}; `visible_only` counts the pages that matter most for publishing."""
    wanted = [m for m in translatable_models() if not visible_only or m.visibility <= MATTERS]
    types = ContentType.objects.get_for_models(*wanted)
    germans = {
        (types[model].pk, values["key"], field): german
        for model, values, field, german in german_texts(wanted)
    }
    counters = {code: Counter() for code in codes}
    for row in records(codes):
        german = germans.get((row["content_type_id"], row["object_id"], row["field"]))
        if german:
            counters[row["language"]][status_of(german, row)] += 1
    for counter in counters.values():
        counter[Status.MISSING] = len(germans) - counter.total()
    return {code: Summary(counter) for code, counter in counters.items()}
