"""Replace the whole database while nobody else uses it.

Workers of the server keep connections open for as long as they live: that is how they are noticed.
They must not live through it, for they hold numbers of rows in memory that would be others now.
"""

import fcntl
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from urllib.parse import quote

from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connections

from programme.version import CHANGE, NUMBER

from . import postgresql
from .archive import Refused
from .snapshot import check_sqlite, open_sqlite, sqlite_path
from .writing import hand_over, sync

RUNNING = (
    "Die Website läuft noch, oder ein anderes Programm ist mit der Datenbank verbunden. "
    "Halten Sie es an, und rufen Sie den Befehl noch einmal auf."
)


def database():
    return SQLite() if connections["default"].vendor == "sqlite" else PostgreSQL()


def change(vendor):
    """Return SQL for another content version than ever before: no kept page is true any more."""
    return CHANGE.format(number=NUMBER[vendor])


class SQLite:
    PATIENCE = 2  # seconds
    #: The bytes of its file that SQLite locks for as long as somebody has it open.
    SHARED_FIRST, SHARED_SIZE = 0x40000002, 510

    def __init__(self):
        self.path = sqlite_path()
        self.folder = self.path.parent
        self.connection = None  # where the file is sound

    @property
    def size(self):
        return self.path.stat().st_size if self.path.exists() else 0

    def prepare(self, new):
        """Bring the copy up to date, in a process of its own: this one knows the site's file."""
        result = subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity=0", "--skip-checks"],
            cwd=settings.BASE_DIR,
            env={**os.environ, "DATABASE_URL": f"sqlite:///{quote(str(new))}"},
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode:
            last = (result.stderr.strip() or "abgebrochen").splitlines()[-1]
            raise Refused(f"Die Sicherung lässt sich nicht auf den heutigen Stand bringen: {last}")
        with closing(open_sqlite(new)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")  # all of it in this one file
            connection.execute(change("sqlite"))
            check_sqlite(connection)

    @contextmanager
    def alone(self):
        if not self.path.exists():
            yield
            return
        with closing(open_sqlite(self.path)) as connection:
            if self.is_locked(connection):
                self.connection = connection
                yield
                return
        with self.path.open("r+b") as file:
            try:
                where = (self.SHARED_SIZE, self.SHARED_FIRST)
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, *where)
            except BlockingIOError:
                raise Refused(RUNNING) from None
            yield

    def is_locked(self, connection):
        """Lock the file until the connection ends; False where it is broken."""
        connection.execute(f"PRAGMA busy_timeout = {1000 * self.PATIENCE}")
        try:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
                raise Refused(RUNNING) from None
            return False
        return True

    def move_away(self, folder):
        """Keep a broken file as it is; its log must not be replayed into the new one.

        Return whether there was anything at all.
        """
        self.connection = None
        beside = [self.path.with_name(self.path.name + end) for end in ("-wal", "-shm", "-journal")]
        found = [path for path in (self.path, *beside) if path.exists()]
        if found:
            folder.mkdir(mode=0o700, parents=True)
        for path in found:
            (shutil.copy2 if path == self.path else shutil.move)(path, folder)
        return bool(found)

    def replace(self, new):
        if self.connection:
            # Into the same file, as one transaction: whoever opens it meanwhile has the right one.
            with closing(open_sqlite(new)) as source:
                source.backup(self.connection)
            return
        if self.path.exists():
            shutil.copymode(self.path, new)
        hand_over(new)
        with new.open("rb") as file:
            os.fsync(file.fileno())
        new.replace(self.path)
        sync(self.folder)


class PostgreSQL:
    connection = None
    size = 0  # on another disk

    def __init__(self):
        self.folder = settings.DATA_DIR

    def prepare(self, new):
        """Nothing to do: it is brought up to date in its place."""

    @contextmanager
    def alone(self):
        """Hold the lock that servers take at their start (wirportal/serve.py)."""
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(hashtext('wirportal.serve'))")
            is_free = cursor.fetchone()[0]
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND usename = current_user AND pid <> pg_backend_pid() "
                "AND backend_type = 'client backend'"
            )
            if not is_free or cursor.fetchone()[0]:
                raise Refused(RUNNING)
        yield

    def move_away(self, folder):
        raise NotImplementedError  # what can be connected to can be read

    def replace(self, new):
        postgresql.restore(new, change("postgresql"))
        try:
            call_command("migrate", verbosity=0, skip_checks=True)
        except (DatabaseError, CommandError) as error:
            raise CommandError(
                "Zurückgespielt, aber nicht auf den heutigen Stand gebracht: "
                f"{str(error).strip().splitlines()[0]}"
            ) from error
