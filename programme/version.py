"""One number that changes with every change of the content, so that nothing stale is ever served.

The database's own triggers change it, inside the transaction of the change: bulk updates, imports
and plain SQL count as well. It is random, not counted up, since a rolled-back transaction or a
restored backup would bring an old count back with new content.
"""

import errno
import mmap
import os
import sqlite3
import threading
import time
from functools import cache, partial
from pathlib import Path

from django.conf import settings
from django.db import connections, models


class ContentVersion(models.Model):
    """One row; none yet counts as 0."""

    number = models.BigIntegerField(default=0)

    is_content = False

    def __str__(self):
        return str(self.number)


#: In the environment of a request: a name of the software that answers.
BUILD = "programme.build"

TABLE = ContentVersion._meta.db_table
NUMBER = {"sqlite": "random()", "postgresql": "(random() * 9e18)::bigint"}
CHANGE = (
    f"INSERT INTO {TABLE} (id, number) VALUES (1, {{number}}) "
    f"ON CONFLICT (id) DO UPDATE SET number = excluded.number;"
)


QUESTION = f"SELECT number FROM {TABLE} WHERE id = 1"


def content_version(using="default"):
    with connections[using].cursor() as cursor:
        cursor.execute(QUESTION)
        return (cursor.fetchone() or [0])[0]


class Unavailable(Exception):
    """The database is missing, locked, broken or does not answer."""


@cache
def version_reader():
    """Return a callable that reads the content version past Django, for every request.

    Each thread gets a connection of its own. Raises `Unavailable`.
    """
    database = connections["default"]
    if database.vendor == "postgresql":
        return PostgreSQLReader(database.get_connection_params())
    return SQLiteReader(database.settings_dict["NAME"])


_indexes, _opening = {}, threading.Lock()


def open_index(path, size):
    """Map the first bytes of this file, once in a process and for good.

    To close any descriptor of a file takes away all locks that the process has on it, also those
    that SQLite relies on (https://www.sqlite.org/howtocorrupt.html, 2.2). So none is ever closed.
    """
    with _opening:
        state = os.stat(path)  # noqa: PTH116
        key = (state.st_dev, state.st_ino)
        if key not in _indexes:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            _indexes[key] = mmap.mmap(descriptor, size, access=mmap.ACCESS_READ)
        return _indexes[key]


class SQLiteReader(threading.local):
    """About 3 µs. Notices when another file has taken the place of the database.

    Asks the database only when something was written since: then the head of its index of the
    write-ahead log is another one (https://www.sqlite.org/walformat.html, 2.1: 48 bytes with a
    count of the transactions, twice, so that a half-written one shows). Each question to SQLite
    would hand Python's lock to another thread, which costs more than the answer.
    """

    PATIENCE = 1  # seconds to wait for a lock; readers meet one only in a repair
    HEAD = 48  # bytes
    doubts = 0  # of all threads

    def __init__(self, path):
        self.path, self.file, self.connection, self.log = str(path), None, None, None
        self.head, self.number = None, 0

    def __call__(self):
        try:
            state = os.stat(self.path)  # noqa: PTH116  a third of the time of Path.stat
            if not state.st_size:  # SQLite would wait for its own locks to fill it again
                raise OSError(errno.ENODATA, os.strerror(errno.ENODATA), self.path)
            file = (state.st_dev, state.st_ino, self.doubts)
            if self.file != file:
                self.connect()
                self.file = file
            head = self.log and self.log[: 2 * self.HEAD]  # before the question: never too new
            if head is None or head != self.head:
                found = self.connection.execute(QUESTION).fetchall()
                self.number = found[0][0] if found else 0
                self.head = head if head and head[: self.HEAD] == head[self.HEAD :] else None
        except (OSError, sqlite3.Error) as error:
            self.file = None
            raise Unavailable(str(error)) from error
        return self.number

    def connect(self):
        if self.connection:
            self.connection.close()
            connections["default"].close()  # Django's own still writes into the file that is gone
        address = f"{Path(self.path).absolute().as_uri()}?mode=ro"
        self.connection = sqlite3.connect(address, uri=True, timeout=self.PATIENCE)
        # While this connection is open, SQLite neither replaces nor shortens the index.
        self.connection.execute(QUESTION).fetchall()
        (mode,) = self.connection.execute("PRAGMA journal_mode").fetchone()
        self.log = self.head = None
        if mode == "wal":  # else every question goes to the database
            self.log = open_index(f"{self.path}-shm", 2 * self.HEAD)

    def doubt(self):
        """Have every thread open the file anew: what is cached of it may hide that it is broken."""
        SQLiteReader.doubts += 1


class PostgreSQLReader(threading.local):
    """One round trip. Connects again when the server has been started anew."""

    WAIT = 2  # seconds: a reader waits behind it
    PATIENCE = {
        "connect_timeout": WAIT,
        "options": f"-c statement_timeout={WAIT * 1000}",
        "tcp_user_timeout": WAIT * 1000,
    }

    def __init__(self, parameters):
        kept = {"host", "port", "dbname", "user", "password", "sslmode", "sslrootcert", "service"}
        self.parameters = {name: parameters[name] for name in kept & parameters.keys()}
        self.connection = None

    def __call__(self):
        from psycopg import Error  # only where PostgreSQL is used

        asked = time.monotonic()
        while True:
            is_new = self.connection is None
            try:
                if is_new:
                    self.connect()
                return self.ask()
            except Error as error:
                if self.connection:
                    self.connection.close()
                    self.connection = None
                # One that was slow would take as long again.
                if is_new or time.monotonic() - asked > self.WAIT / 2:
                    raise Unavailable(str(error)) from error

    def connect(self):
        from psycopg import connect

        self.connection = connect(**self.parameters, **self.PATIENCE, autocommit=True)
        # A frozen server does not even keep its own limit of time.
        self.connection.wait = partial(self.connection.wait, timeout=self.WAIT)

    def ask(self):
        found = self.connection.execute(QUESTION, prepare=True).fetchone()
        return found[0] if found else 0

    def doubt(self):
        """Each question is one to the server already."""


def content_tables(app_config):
    """Return the tables that public pages are made of; history and logs are not among them."""
    return [
        model._meta.db_table
        for model in app_config.get_models(include_auto_created=True)
        if getattr(model, "is_content", True) and not model.__name__.startswith("Historical")
    ]


def create_triggers(app_config, using, **kwargs):
    """Receive post_migrate: SQLite loses the triggers of a table whenever a migration alters it."""
    if Path(app_config.path).parent != settings.BASE_DIR:
        return
    connection = connections[using]
    number = NUMBER.get(connection.vendor)
    with connection.cursor() as cursor:
        known = set(connection.introspection.table_names(cursor))
        if number is None or TABLE not in known:
            return
        change = CHANGE.format(number=number)
        if connection.vendor == "postgresql":
            cursor.execute(
                "CREATE OR REPLACE FUNCTION change_content_version() RETURNS trigger AS "
                f"$$ BEGIN {change} RETURN NULL; END $$ LANGUAGE plpgsql"
            )
        for table in known.intersection(content_tables(app_config)):
            for statement in triggers(connection.vendor, table, change):
                cursor.execute(statement)


def triggers(vendor, table, change):
    if vendor == "postgresql":
        yield f'DROP TRIGGER IF EXISTS content_version ON "{table}"'
        yield (
            "CREATE TRIGGER content_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE "
            f'ON "{table}" EXECUTE FUNCTION change_content_version()'
        )
        return
    for event in ("INSERT", "UPDATE", "DELETE"):
        yield (
            f'CREATE TRIGGER IF NOT EXISTS "{table}_{event.lower()}_version" '
            f'AFTER {event} ON "{table}" BEGIN {change} END'
        )
