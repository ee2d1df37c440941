"""Offers as rows of a table with all columns, and as a CSV file."""

import csv
import io
import re
from functools import reduce
from operator import or_

from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import override
from modeltranslation.utils import build_localized_fieldname

from languages.registry import REGISTRY, SOURCE

from .exchange_columns import RELATED, all_columns
from .exchange_values import NO_TEXT
from .models import Offer

#: Texts that a spreadsheet may take for a formula; in a CSV file it also tries + - @.
FORMULA = {"xlsx": re.compile(r"=|'+[=+\-@\t\r]"), "csv": re.compile(r"'*[=+\-@\t\r]")}


def safe(text, kind):
    """Return a text that no spreadsheet runs as a formula; reading it takes the mark off again."""
    text = NO_TEXT.sub("", text)
    return f"'{text}" if FORMULA[kind].match(text) else text


def csv_file(name, rows):
    """Return a table as German spreadsheets read it: semicolons, a mark of UTF-8, no formula."""
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    filename = f"{name}-{timezone.localdate()}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    writer = csv.writer(response, delimiter=";")
    for row in rows:
        writer.writerow(safe(value, "csv") if isinstance(value, str) else value for value in row)
    return response


def columns_of(queryset):
    """Return the columns for these offers; a language in which none has a text needs none."""
    columns = all_columns()
    for code in REGISTRY:
        names = [build_localized_fieldname(name, code) for name in Offer.translated_fields()]
        has_text = reduce(or_, (Q(**{f"{name}__gt": ""}) for name in names))
        if code != SOURCE and not queryset.filter(has_text).exists():
            columns = {name: field for name, field in columns.items() if name not in names}
    return columns


def named_only(name):
    """Prefetch none of the texts of what a cell only names: `Named` has read all names before."""
    model = Offer._meta.get_field(name).related_model
    few = {"pk", "name", "published"} & {"pk", *(field.name for field in model._meta.fields)}
    return Prefetch(name, QuerySet(model).only(*few))


def offer_rows(queryset, columns, kind):
    native = kind == "xlsx"
    others = (named_only(name) for name in ("organisation", "area", "contact", *RELATED))
    queryset = queryset.prefetch_related(*others, "hours", "places__municipality")
    for offer in queryset.iterator(chunk_size=250):
        found = (field.export(offer, force_native_type=native) for field in columns.values())
        yield [safe(value, kind) if isinstance(value, str) else value for value in found]
        vars(offer).clear()  # it and its places hold each other: thousands would wait to be freed


def export_csv(queryset, file):
    """Write a CSV file as German spreadsheets read it: semicolons, and UTF-8 with its mark."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    with override(SOURCE):
        columns = columns_of(queryset)
        writer = csv.writer(text, delimiter=";")
        writer.writerow(field.column_name for field in columns.values())
        writer.writerows(offer_rows(queryset, columns, "csv"))
    text.detach()
