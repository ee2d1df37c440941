"""Is an archive good, and is it for this software? Nothing of the site is touched here."""

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from django.db import connections
from django.db.migrations.loader import MigrationLoader

from . import postgresql
from .archive import Refused
from .snapshot import COLUMNS, Damaged, check_sqlite, count_rows, open_sqlite

NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def check_archive(archive):
    """Read all of it; raise `Refused` for the first thing that is wrong."""
    with tempfile.TemporaryDirectory(prefix="wir-check-") as folder:
        copy = Path(folder, "database")
        archive.unpack_database(copy)
        check_database(archive, copy)
    for name in archive.infos:
        if name in archive.files:
            for _chunk in archive.chunks(name):
                pass


def check_database(archive, copy):
    if archive.vendor == "postgresql":
        return postgresql.check(copy)
    try:
        with closing(open_sqlite(copy)) as database:
            check_sqlite(database)

            def ask(sql):
                return database.execute(sql).fetchall()

            rows = count_rows(ask, ask(COLUMNS["sqlite"]))
    except (sqlite3.Error, Damaged) as error:
        raise archive.broken(f"die Datenbank darin ({error})") from error
    if rows != archive.manifest["rows"]:
        raise archive.broken("die Datenbank darin hat nicht die angegebenen Zeilen")


def refuse_foreign(archive):
    """Raise `Refused` for another database, and for migrations that this software has not."""
    here = connections["default"].vendor
    if archive.vendor != here:
        raise Refused(
            f"Die Sicherung ist von {NAMES[archive.vendor]}, diese Website läuft mit {NAMES[here]}."
        )
    known = MigrationLoader(None).disk_migrations
    replaced = {pair for migration in known.values() for pair in migration.replaces}
    newer = {tuple(pair) for pair in archive.manifest["migrations"]} - set(known) - replaced
    if newer:
        app, name = sorted(newer)[0]
        raise Refused(
            "Die Sicherung ist von einer neueren Fassung dieses Programms "
            f"({app}.{name} ist hier unbekannt). Erst das Programm aktualisieren."
        )
