"""The databases' own indexes on the search texts, one for each language."""

from django.db import connections

from languages.registry import REGISTRY

from .models.search import SearchText

COLUMNS = ("title", "text")


def table(code, column=""):
    """Return the name of the index of a language; SQLite has one for each column."""
    return "_".join(["offers_search", *code.split("-"), *([column] if column else [])])


def create_indexes(app_config, using, **kwargs):
    """Receive post_migrate: an index for each language, also for one that was added today."""
    connection = connections[using]
    with connection.cursor() as cursor:
        known = set(connection.introspection.table_names(cursor, include_views=True))
        if SearchText._meta.db_table not in known:
            return
        if connection.vendor == "postgresql":
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            statements = map(postgresql_index, REGISTRY)
        else:
            statements = (sql for code in REGISTRY for sql in sqlite_index(code, known))
        for statement in statements:
            cursor.execute(statement)


def postgresql_index(code):
    return (
        f"CREATE INDEX IF NOT EXISTS {table(code)} ON {SearchText._meta.db_table} "
        f"USING gin (title gin_trgm_ops, text gin_trgm_ops) WHERE language = '{code}'"
    )


def sqlite_index(code, known):
    """Yield the statements that make the two indexes of a language.

    In one for both columns, the long lists of what stands in the texts would be read to the end
    also where only the titles are asked for.
    """
    source, name = SearchText._meta.db_table, table(code)
    if name in known:  # as versions before 2026-12 made it
        yield f"DROP TABLE {name}"
        yield f"DROP VIEW {name}_content"
        for event in ("insert", "delete"):
            yield f"DROP TRIGGER {name}_{event}"
    for column in COLUMNS:
        index = table(code, column)
        yield (
            f"CREATE VIEW IF NOT EXISTS {index}_content AS "
            f"SELECT offer_id, {column} FROM {source} WHERE language = '{code}'"
        )
        yield (
            f"CREATE VIRTUAL TABLE IF NOT EXISTS {index} USING fts5({column}, "
            f"content='{index}_content', content_rowid='offer_id', tokenize='trigram', "
            "columnsize=0)"
        )
        remove = (
            f"INSERT INTO {index}({index}, rowid, {column}) "
            f"VALUES ('delete', old.offer_id, old.{column});"
        )
        add = f"INSERT INTO {index}(rowid, {column}) VALUES (new.offer_id, new.{column});"
        for event, row, change in (("INSERT", "new", add), ("DELETE", "old", remove)):
            yield (
                f"CREATE TRIGGER IF NOT EXISTS {index}_{event.lower()} AFTER {event} ON {source} "
                f"WHEN {row}.language = '{code}' BEGIN {change} END"
            )
        if index not in known:
            yield f"INSERT INTO {index}({index}) VALUES ('rebuild')"
