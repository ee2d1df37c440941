"""The database as it is at one moment, while others write on."""

import gzip
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from allauth.usersessions.models import UserSession
from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connections, transaction
from django.db.models import FileField

from . import postgresql
from .archive import DATABASES, Refused

TIMEOUT = 20  # seconds
COLUMNS = {
    "sqlite": "SELECT t.name, c.name FROM sqlite_master t JOIN pragma_table_info(t.name) c "
    "WHERE t.type = 'table' AND t.sql NOT LIKE 'CREATE VIRTUAL%' AND t.name NOT LIKE 'sqlite~_%' "
    "ESCAPE '~'",
    "postgresql": "SELECT table_name, column_name FROM information_schema.columns "
    "JOIN information_schema.tables USING (table_catalog, table_schema, table_name) "
    "WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'",
}


class Damaged(Exception):
    """SQLite's file is missing, or cannot be read, or not all of it."""


class Empty(Refused):
    """There are no tables."""


def passing_tables():
    """Who is signed in, and counted attempts: nothing that should be kept or come back."""
    cache = settings.DATABASE_CACHE["LOCATION"]
    return [Session._meta.db_table, UserSession._meta.db_table, cache]


@dataclass
class Snapshot:
    path: Path  # as it goes into the archive
    size: int  # as it is outside
    rows: dict  # by table
    migrations: list
    files: set  # the names of all files that it refers to


def take(folder, database=None):
    """Write a copy of the site's database into the folder.

    `database` is the connection to SQLite's file of a caller who keeps all others out.
    """
    if connections["default"].vendor == "postgresql":
        return take_postgresql(folder)
    try:
        if database:
            return take_sqlite(folder, database)
        with closing(open_sqlite(sqlite_path())) as database:
            return take_sqlite(folder, database)
    except sqlite3.OperationalError as error:
        if not sqlite_path().exists():
            raise Damaged("die Datei fehlt") from error
        raise Refused(f"Die Datenbank lässt sich nicht lesen: {error}.") from error
    except sqlite3.DatabaseError as error:
        raise Damaged(str(error)) from error


def sqlite_path():
    return Path(connections["default"].settings_dict["NAME"]).resolve()


def open_sqlite(path):
    """Open a file that is there; SQLite would make a missing one."""
    address = f"{path.as_uri()}?mode=rw"
    return sqlite3.connect(address, uri=True, isolation_level=None, timeout=TIMEOUT)


def take_sqlite(folder, database):
    copy, packed = folder / "database.sqlite3", folder / DATABASES["sqlite"]
    for path in (copy, packed):
        path.unlink(missing_ok=True)
    database.execute("VACUUM INTO ?", [str(copy)])
    with closing(open_sqlite(copy)) as connection:
        forget(connection)
        check_sqlite(connection)
        facts = describe(lambda sql: connection.execute(sql).fetchall(), "sqlite")
    with copy.open("rb") as plain, gzip.open(packed, "wb", compresslevel=6) as file:
        shutil.copyfileobj(plain, file, 1_048_576)
    size = copy.stat().st_size
    copy.unlink()
    return Snapshot(packed, size, *facts)


def forget(connection):
    connection.execute("PRAGMA secure_delete = ON")
    known = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    for table in known.intersection(passing_tables()):
        connection.execute(f'DELETE FROM "{table}"')  # noqa: S608


def check_sqlite(connection):
    """Raise `Damaged` where the pages, the indexes or the keys between tables do not fit."""
    found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if found != "ok":
        raise Damaged(found.splitlines()[-1])
    if wrong := connection.execute("PRAGMA foreign_key_check").fetchone():
        raise Damaged(f"{wrong[0]} verweist auf eine fehlende Zeile von {wrong[2]}")


def take_postgresql(folder):
    path = folder / DATABASES["postgresql"]
    with transaction.atomic(), connections["default"].cursor() as cursor:

        def ask(sql):
            cursor.execute(sql)
            return cursor.fetchall()

        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        postgresql.dump(path, ask("SELECT pg_export_snapshot()")[0][0], passing_tables())
        facts = describe(ask, "postgresql")
    return Snapshot(path, path.stat().st_size, *facts)


def describe(ask, vendor):
    """Return the rows of each table, the migrations and the files that are referred to."""
    columns = ask(COLUMNS[vendor])
    if not columns:
        raise Empty("Die Datenbank ist leer. Erst make serve legt die Tabellen an.")
    migrations = ask("SELECT app, name FROM django_migrations ORDER BY id")
    return count_rows(ask, columns), [list(pair) for pair in migrations], referred(ask, columns)


def count_rows(ask, columns):
    tables = sorted({table for table, _column in columns})
    rows = {table: ask(f'SELECT count(*) FROM "{table}"')[0][0] for table in tables}  # noqa: S608
    return rows | {table: 0 for table in passing_tables() if table in rows}


def referred(ask, columns):
    """Return the names of files; before its migrations, the database lacks some columns."""
    fields = {
        (model._meta.db_table, field.column)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, FileField)
    }
    return {
        name
        for table, column in fields.intersection(map(tuple, columns))
        for (name,) in ask(f'SELECT DISTINCT "{column}" FROM "{table}"')  # noqa: S608
        if name
    }
