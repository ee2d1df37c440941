"""Whole sites of a test's own, each with a folder and a database: commands run in real processes.

Where TEST_DATABASE_URL is set (tests/postgres.py), their databases are PostgreSQL's.
"""

import os
import re
import secrets
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
from django.conf import settings

from programme.version import ContentVersion
from wirportal.backup.snapshot import passing_tables

SERVER = os.environ.get("TEST_DATABASE_URL", "").rpartition("/")[0]
TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' "
    "AND sql NOT LIKE 'CREATE VIRTUAL%' AND name NOT LIKE 'sqlite~_%' ESCAPE '~'",
    "postgresql": "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
}
SCHEMA = {
    "sqlite": ["SELECT type, name, sql FROM sqlite_master"],
    "postgresql": [
        "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
        "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
        "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE proname = 'change_content_version'",
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint",
        "SELECT extname FROM pg_extension",
        "SELECT sequencename, last_value FROM pg_sequences",
    ],
}


class Site:
    before = ()  # what a command is run with

    def __init__(self, folder, name=None):
        self.folder, self.name = folder, name
        self.vendor = "postgresql" if name else "sqlite"
        self.file = folder / "wir.sqlite3"
        folder.mkdir(exist_ok=True)

    @property
    def environment(self):
        kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
        return kept | {"DATA_DIR": str(self.folder), "SECRET_KEY": "only-for-tests"} | self.url

    @property
    def url(self):
        return {"DATABASE_URL": f"{SERVER}/{self.name}"} if self.name else {}

    def start(self, *arguments, stdin=subprocess.DEVNULL, **options):
        return subprocess.Popen(
            [*self.before, sys.executable, "manage.py", *map(str, arguments)],
            cwd=settings.BASE_DIR,
            env=self.environment,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )

    def run(self, *arguments, **options):
        """Return what a command says that must succeed."""
        process = self.start(*arguments, **options)
        said, complaint = process.communicate()
        assert process.returncode == 0, complaint
        return said

    def refusal(self, *arguments, **options):
        """Return the one line that a command says that must fail."""
        process = self.start(*arguments, **options)
        _said, complaint = process.communicate()
        assert process.returncode == 1, complaint
        assert complaint.count("\n") == 1, complaint
        return complaint.strip().removeprefix("CommandError: ")

    @contextmanager
    def connection(self):
        if self.name:
            with psycopg.connect(f"{SERVER}/{self.name}", autocommit=True) as connection:
                yield connection
        else:
            with closing(sqlite3.connect(self.file, isolation_level=None, timeout=20)) as found:
                yield found

    def ask(self, *sql):
        with self.connection() as connection:
            return [row for part in sql for row in connection.execute(part).fetchall()]

    def execute(self, *sql):
        """Run the statements in one transaction."""
        with self.connection() as connection:
            connection.execute("BEGIN")
            for part in sql:
                connection.execute(part)
            connection.execute("COMMIT")

    def content(self):
        """Return all rows of all tables, except those that a restore changes on purpose."""
        left_out = {ContentVersion._meta.db_table, *passing_tables()}
        tables = {table for (table,) in self.ask(TABLES[self.vendor])} - left_out
        return {table: sorted(map(repr, self.ask(f'SELECT * FROM "{table}"'))) for table in tables}

    def schema(self):
        """Return all definitions; PostgreSQL writes the casts in a condition in several ways."""
        found = map(repr, self.ask(*SCHEMA[self.vendor]))
        return sorted(re.sub(r"::(character varying|text)(\[\])?|[()]", "", line) for line in found)

    def version(self):
        return self.ask("SELECT number FROM programme_contentversion")[0][0]

    def files(self):
        """Return the bytes of all uploads and interface texts by name."""
        roots = (self.folder / "media", self.folder / "locale")
        paths = (path for root in roots for path in root.rglob("*") if path.is_file())
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in paths}

    def everything(self):
        """Return the bytes of all files but the lock, and the names of all folders."""
        return {
            path: path.is_file() and path.read_bytes()
            for path in self.folder.rglob("*")
            if path.name != "backup.lock"
        }

    def state(self):
        return self.content(), self.schema(), self.files()

    def upload(self, name, data=b"a file"):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path


def new_database(template="template0"):
    """Return the name of a new database of PostgreSQL; None where SQLite makes a file."""
    if SERVER:
        name = f"site_{secrets.token_hex(8)}"
        on_server(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name


def name_in(folder):
    """Return the name of the database that was made together with this folder."""
    return (folder / "name").read_text() if SERVER else None


def migrate(folder):
    """Make the database that each process of the tests copies."""
    site = Site(folder, new_database())
    site.run("migrate")
    (folder / "name").write_text(site.name or "")


def fill(folder, copied):
    """Make the site that all filled ones are copies of, from one that is migrated at least."""
    site = Site(folder, new_database(name_in(copied)))
    shutil.copytree(copied, folder, dirs_exist_ok=True)
    (folder / "name").write_text(site.name or "")
    for command in ("createcachetable", "setup"):
        site.run(command)
    site.run("sampledata", "10")
    site.upload("media/photos/Ünser Bild.jpg", secrets.token_bytes(10_000))
    site.upload("media/videos/dgs.mp4", secrets.token_bytes(3_000_000))
    site.upload("locale/de/LC_MESSAGES/django.po", b'msgid "a"\nmsgstr "b"\n')
    site.execute(
        "UPDATE contacts_contactperson SET photo = 'photos/Ünser Bild.jpg' WHERE slug = "
        "'marie-ostermann'",
        "UPDATE programme_page SET video = 'videos/dgs.mp4'",
        "INSERT INTO django_session VALUES ('a key', 'who is signed in', '2099-01-01')",
    )


def on_server(statement):
    with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as connection:
        connection.execute(statement)


class Sites:
    """Makes sites in this folder; a filled one is a copy of the one in the folder `original`."""

    def __init__(self, folder, original):
        self.folder, self.original, self.made = folder, original, []

    def empty(self, template="template0"):
        site = Site(self.folder / secrets.token_hex(8), new_database(template))
        self.made.append(site)
        return site

    def filled(self):
        site = self.empty(name_in(self.original))
        shutil.copytree(self.original, site.folder, dirs_exist_ok=True)
        return site

    def close(self):
        for site in self.made:
            if site.name:
                on_server(f"DROP DATABASE {site.name} WITH (FORCE)")


def archives(folder):
    return sorted(Path(folder).glob("wir-*.tar"))
