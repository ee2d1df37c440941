"""The translators' work list: all German texts in one language, and what each of them needs."""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from uuid import UUID

from django.contrib.contenttypes.models import ContentType
from django.db import connection

from .status import Status, german_column, rows_of, status_sql, translatable_models, union
from .translatable import Translatable


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

    @property
    def label(self):
        return self.model._meta.get_field(self.field).verbose_name

    @property
    def key(self):
        """Name the text in addresses and files: "programme.area:uuid:title"."""
        return f"{self.model._meta.label_lower}:{self.uuid}:{self.field}"


@dataclass(frozen=True)
class WorkList:
    """The texts of a language, the most visible first; a page of them is read, never all.

    `status` and `label` (of a model) leave those that have it, `since` those not written later,
    `query` those in which it stands, in German or in the name, `unfinished` all but the current.
    """

    code: str
    status: str = ""
    label: str = ""
    since: object = None
    query: str = ""
    unfinished: bool = False

    @cached_property
    def models(self):
        found = translatable_models()
        ContentType.objects.get_for_models(*found)  # one query, and then they are known
        labels = [model._meta.label_lower for model in found]
        return [m for m in found if self.label not in labels or m._meta.label_lower == self.label]

    @cached_property
    def numbers(self):
        """How many texts of each model there are."""
        selects = [
            select
            for number, model in enumerate(self.models)
            for select in self.selects(model, f"{number}, COUNT(*)")
        ]
        found = Counter()
        for number, texts in union(selects):
            found[number] += texts
        return [found[number] for number in range(len(self.models))]

    def count(self):
        return sum(self.numbers)

    def __iter__(self):
        return iter(self[0 : self.count()])

    def __getitem__(self, part):
        """Return the texts of a slice, as `Paginator` asks for them."""
        texts, start, stop = [], part.start, part.stop
        for model, number in zip(self.models, self.numbers, strict=True):
            if start < number and stop > 0:
                texts += self.read(model, max(start, 0), min(stop, number))
            start, stop = start - number, stop - number
        return texts

    def read(self, model, start, stop):
        """Return the texts of a model from one place in its order to another."""
        labels = "".join(f", o.{name}" for name in model.label_columns)
        columns = f"o.uuid, o.{{german}}, {{status}}{labels}"
        limit = f" LIMIT {stop - start} OFFSET {start}"
        names = model.translated_fields()
        return [
            Text(
                model=model,
                uuid=str(UUID(str(uuid))),
                title=" ".join(filter(None, label)),
                field=names[number],
                code=self.code,
                german=german,
                status=Status(status),
            )
            for number, uuid, german, status, *label in self.ordered(model, columns, limit)
        ]

    def ordered(self, model, columns, limit="", beside=None):
        """Return the number of the field and these columns of the texts of a model, in order."""
        keys, order = [], []
        for name in dict.fromkeys([*model._meta.ordering, "pk"]):
            field = model._meta.pk if name == "pk" else model._meta.get_field(name.lstrip("-"))
            order.append(f"key_{len(keys)}{' DESC' if name.startswith('-') else ''}")
            keys.append(f", o.{field.column} AS key_{len(keys)}")
        shown = f"{{number}} AS number, {columns}"
        found = union(
            self.selects(model, shown + "".join(keys), beside),
            f" ORDER BY {', '.join(order)}, number{limit}",
        )
        return [row[: len(row) - len(keys)] for row in found]

    def selects(self, model, columns, beside=None):
        """Yield (SQL, parameters) for each field of a model.

        `beside` is a pair of object and field that is there whatever its status.
        """
        for number, field in enumerate(model.translated_fields()):
            german = german_column(model, field)
            status = status_sql(german)
            shown = columns.format(number=number, german=german, status=status)
            rows, parameters = rows_of(model, field, [self.code])
            found = list(self.conditions(model, german, status))
            where = " AND ".join(f"({condition})" for condition, _values in found)
            parameters += [value for _condition, values in found for value in values]
            if beside and beside[1] == field:
                where, parameters = f"({where} OR o.id = %s)", [*parameters, beside[0].pk]
            table = model._meta.db_table
            yield f"SELECT {shown} FROM {table} o LEFT JOIN {rows} WHERE {where}", parameters

    def conditions(self, model, german, status):
        yield f"o.{german} > ''", []
        if self.status:
            yield f"{status} = %s", [self.status]
        if self.unfinished:
            yield f"{status} <> %s", [Status.CURRENT.value]
        if self.since:
            yield "t.written_at <= %s", [connection.ops.adapt_datetimefield_value(self.since)]
        if self.query:
            names = [f"COALESCE(o.{name}, '')" for name in (*model.label_columns, german)]
            like = "ILIKE" if connection.vendor == "postgresql" else "LIKE"
            written = ways_to_write(self.query)
            text = " || ' ' || ".join(names)
            any_of = " OR ".join([f"{text} {like} %s ESCAPE '\\'"] * len(written))
            escaped = map(connection.ops.prep_for_like_query, written)
            yield any_of, [f"%{text}%" for text in escaped]

    def key_after(self, obj, field):
        """Return the key of the next text that needs work, "" for none: on, then from the top."""
        model, here = type(obj), f"{obj.uuid}:{field}"
        own = self.keys(model, (obj, field)) if model in self.models else [here]
        at = own.index(here)
        place = self.models.index(model) if model in self.models else -1
        others = self.models[place + 1 :] + self.models[: max(place, 0)]
        found = chain(
            (f"{model._meta.label_lower}:{key}" for key in own[at + 1 :]),
            (text.key for other in others for text in self.read(other, 0, 1)),
            (f"{model._meta.label_lower}:{key}" for key in own[:at]),
        )
        return next(found, "")

    def keys(self, model, beside):
        names = model.translated_fields()
        found = self.ordered(model, "o.uuid", beside=beside)
        return [f"{UUID(str(uuid))}:{names[number]}" for number, uuid in found]


def ways_to_write(text):
    """SQLite's LIKE knows capital letters only of ASCII."""
    return list(dict.fromkeys([text, text.lower(), text.upper(), text.capitalize(), text.title()]))
