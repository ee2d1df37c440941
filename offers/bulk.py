"""Rows written without an object of Django's for each: with many rows, those take half the time.

No `save`, no signals, no history: whoever writes like this takes care of what belongs to a row.
"""

from itertools import islice

from django.core.exceptions import EmptyResultSet
from django.db import connections, router

#: In one statement. SQLite takes 32,766 since its version 3.32; PostgreSQL 65,535.
MOST_VALUES = 8000


def into(model, names, using):
    quoted = connections[using].ops.quote_name
    columns = ", ".join(quoted(model._meta.get_field(name).column) for name in names)
    return f"{quoted(model._meta.db_table)} ({columns})"


def as_sql(rows, model, names, connection):
    """Return rows as SQL and its parameters."""
    if connection.vendor == "postgresql":  # arrays take far less time than so many parameters
        types = [model._meta.get_field(name).db_type(connection) for name in names]
        arrays = ", ".join(f"%s::{kind}[]" for kind in types)
        return f"SELECT * FROM unnest({arrays})", list(map(list, zip(*rows, strict=True)))
    row = f"({', '.join(['%s'] * len(names))})"
    return f"VALUES {', '.join([row] * len(rows))}", [value for row in rows for value in row]


def insert_rows(model, names, rows, *, keep_known=False, using=None):
    """Write rows of values as the database takes them; with `keep_known`, what is there stays.

    Many rows a statement: PostgreSQL notes each statement as a change of the content.
    """
    connection = connections[using or router.db_for_write(model)]
    target, rows = into(model, names, connection.alias), iter(rows)
    end = " ON CONFLICT DO NOTHING" if keep_known else ""
    # Taken before they are written: what yields them may ask the same connection.
    while some := list(islice(rows, MOST_VALUES // len(names))):
        if connection.vendor == "postgresql" and not keep_known:
            copy(connection, target, some)
            continue
        values, parameters = as_sql(some, model, names, connection)
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO {target} {values}{end}", parameters)


def copy(connection, target, rows):
    """Send rows as a stream, which takes PostgreSQL and psycopg even less than arrays."""
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(f"COPY {target} FROM STDIN") as stream,
    ):
        for row in rows:
            stream.write_row(row)


def insert_from(rows, model, columns):
    """Let the database make a row of `model` of each of `rows`; {column: expression}."""
    using = router.db_for_write(model)
    try:
        chosen = rows.order_by("pk").values_list(*columns.values())
        found, parameters = chosen.query.sql_with_params()
    except EmptyResultSet:
        return
    with connections[using].cursor() as cursor:
        cursor.execute(f"INSERT INTO {into(model, columns, using)} {found}", parameters)
