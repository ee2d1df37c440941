"""The databases' own indexes of the words in the search texts, one for each language."""

from collections import defaultdict

from django.db import connections

from languages.registry import REGISTRY

from .models.search import SearchText

COLUMNS = ("title", "text")
TEXTS = SearchText._meta.db_table
#: With each offer that it finds, SQLite goes through all the words that a query asks for.
MOST_WORDS = 50
#: Kilobytes that PostgreSQL may put off to sort in; each search goes through all of that.
MOST_PENDING = 512


def table(code, column=""):
    """Return the name of the index of a language; SQLite has one for each column."""
    return "_".join(["offers_words", *code.split("-"), *([column] if column else [])])


def lookups(connection, code, column, forms):
    """Yield (statement, parameters): which offers have one of these folded words and phrases.

    Each statement returns the numbers of offers as one text, with commas between them.
    """
    if connection.vendor == "postgresql":
        yield from array_lookups(code, column, forms)
        return
    name = table(code, column)
    for start in range(0, len(forms), MOST_WORDS):
        match = " OR ".join(f'"{form}"' for form in forms[start : start + MOST_WORDS])
        yield f"SELECT group_concat(rowid) FROM {name} WHERE {name} MATCH %s", [match]


def array_lookups(code, column, forms):
    """PostgreSQL's index knows words: texts that have those of a phrase are read for it."""
    # Not a parameter: the index of a language holds only where its condition stands in the query.
    language = REGISTRY[code].code  # a known one, whatever the caller was given
    source = f"SELECT string_agg(offer_id::text, ',') FROM {TEXTS} WHERE language = '{language}'"
    has_one = f" AND {words_of(column)} && %s"
    if words := [form for form in forms if " " not in form]:
        yield source + has_one, [words]
    phrases = defaultdict(list)
    for form in forms:
        first, *others = form.split()
        if others:
            phrases[tuple(others[:-1])].append((first, others[-1], f"% {form} %"))
    for between, ways in phrases.items():
        firsts, lasts, likes = (list(dict.fromkeys(part)) for part in zip(*ways, strict=True))
        wanted = [firsts, lasts, *([word] for word in between)]
        yield f"{source}{has_one * len(wanted)} AND {column} LIKE ANY(%s)", [*wanted, likes]


def words_of(column):
    return f"string_to_array({column}, ' ')"


def create_indexes(app_config, using, **kwargs):
    """Receive post_migrate: an index for each language, also for one that was added today."""
    connection = connections[using]
    with connection.cursor() as cursor:
        known = set(connection.introspection.table_names(cursor, include_views=True))
        if TEXTS not in known:
            return
        if connection.vendor == "postgresql":
            statements = (sql for code in REGISTRY for sql in postgresql_index(code))
        else:
            statements = (sql for code in REGISTRY for sql in sqlite_index(code, known))
        for statement in statements:
            cursor.execute(statement)


def postgresql_index(code):
    yield f"DROP INDEX IF EXISTS {older(code)}"
    yield (
        f"CREATE INDEX IF NOT EXISTS {table(code)} ON {TEXTS} "
        f"USING gin ({', '.join(map(words_of, COLUMNS))}) WHERE language = '{code}'"
    )
    yield f"ALTER INDEX {table(code)} SET (gin_pending_list_limit = {MOST_PENDING})"


def sqlite_index(code, known):
    """Yield the statements that make the two indexes of a language.

    In one for both columns, the long lists of what stands in the texts would be read to the end
    also where only the titles are asked for.
    """
    yield from without_older(code, known)
    for column in COLUMNS:
        index = table(code, column)
        yield (
            f"CREATE VIEW IF NOT EXISTS {index}_content AS "
            f"SELECT offer_id, {column} FROM {TEXTS} WHERE language = '{code}'"
        )
        yield (
            f"CREATE VIRTUAL TABLE IF NOT EXISTS {index} USING fts5({column}, "
            f"content='{index}_content', content_rowid='offer_id', tokenize='ascii', "
            "columnsize=0)"
        )
        remove = (
            f"INSERT INTO {index}({index}, rowid, {column}) "
            f"VALUES ('delete', old.offer_id, old.{column});"
        )
        add = f"INSERT INTO {index}(rowid, {column}) VALUES (new.offer_id, new.{column});"
        for event, row, change in (("INSERT", "new", add), ("DELETE", "old", remove)):
            yield (
                f"CREATE TRIGGER IF NOT EXISTS {index}_{event.lower()} AFTER {event} ON {TEXTS} "
                f"WHEN {row}.language = '{code}' BEGIN {change} END"
            )
        if index not in known:
            yield f"INSERT INTO {index}({index}) VALUES ('rebuild')"


def older(code, column=""):
    """Return the name of an index of trigrams, as versions before 2026-12 made them."""
    return table(code, column).replace("words", "search", 1)


def without_older(code, known):
    for name in {older(code, column) for column in ("", *COLUMNS)} & known:
        yield f"DROP TABLE {name}"
        yield f"DROP VIEW {name}_content"
        for event in ("insert", "delete"):
            yield f"DROP TRIGGER {name}_{event}"
