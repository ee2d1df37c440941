"""The databases of the benchmarks: made once, and kept in BENCH_DIR until the sample changes."""

import hashlib
import os
import secrets
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.ports import free_port
from tests.postgres import programs

PROJECT = Path(__file__).resolve().parent.parent
#: PostgreSQL's own user has to reach it: a home folder or a checkout may be closed to others.
FOLDER = Path(os.environ.get("BENCH_DIR") or Path(tempfile.gettempdir(), "wir-bench")).resolve()
LANGUAGES = ("de", "de-simple", "en", "ar", "uk", "ru", "tr", "fa", "fa-af")
SECRET_KEY = secrets.token_hex(30)  # one for all, or nobody would stay signed in
#: What is measured here is rendering.
PAGE_STORE_OFF = {"PAGE_MEMORY_MB": "0", "PAGE_FILES_MB": "0"}
#: What the content of the databases is made of.
MATERIAL = (
    "*/migrations/*.py",
    "languages/registry.json",
    "offers/management/commands/sampledata.py",
    "offers/sample.py",
    "offers/sample/*.json",
    "offers/searchindex.py",
    "offers/searchtext.py",
    "programme/version.py",
    "wirportal/management/commands/setup.py",
    "wirportal/starter/*",
)


@dataclass(frozen=True)
class Database:
    vendor: str
    name: str
    url: str
    project: Path = PROJECT

    @property
    def environment(self):
        """The settings of the site, without any that the caller happens to have."""
        own = {"DEBUG", "HOST", "PORT", "SITE_URL", "REDIS_URL", "TRUSTED_PROXIES", "EMAIL_URL"}
        kept = {name: value for name, value in os.environ.items() if name not in own}
        return kept | {
            "DATA_DIR": str(FOLDER / "data"),
            "DATABASE_URL": self.url,
            "SECRET_KEY": SECRET_KEY,
            "WEB_CONCURRENCY": "1",
            **PAGE_STORE_OFF,
        }

    def manage(self, *arguments):
        command = [sys.executable, "manage.py", *map(str, arguments)]
        return subprocess.run(
            command, cwd=self.project, env=self.environment, check=True, stdout=subprocess.DEVNULL
        )

    def execute(self, statement):
        """Run a statement as another program would: the site only sees what it did."""
        if self.vendor == "postgresql":
            with psycopg.connect(self.url, autocommit=True) as connection:
                connection.execute(statement)
        else:
            with closing(sqlite3.connect(self.url.removeprefix("sqlite:///"))) as connection:
                connection.execute(statement)
                connection.commit()


class SQLite:
    vendor, title = "sqlite", "SQLite"
    version = sqlite3.sqlite_version

    def database(self, name):
        return Database(self.vendor, name, f"sqlite:///{FOLDER / name}.sqlite3")

    def create(self, name, copy_of=None):
        self.drop(name)
        if copy_of:
            self.database(copy_of).execute(f"VACUUM INTO '{FOLDER / name}.sqlite3'")

    def drop(self, name):
        for end in ("", "-wal", "-shm"):
            Path(FOLDER, f"{name}.sqlite3{end}").unlink(missing_ok=True)


class PostgreSQL:
    vendor, title = "postgresql", "PostgreSQL"

    def __init__(self, address, version):
        self.address, self.version = address, version

    def database(self, name):
        return Database(self.vendor, name, f"{self.address}/{name}")

    def create(self, name, copy_of="template0"):
        self.drop(name)
        self.database("postgres").execute(f"CREATE DATABASE {name} TEMPLATE {copy_of}")

    def drop(self, name):
        self.database("postgres").execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@contextmanager
def postgresql():
    """Start PostgreSQL as it comes, on a free port of this machine, with data that stay."""
    if not programs():
        sys.exit("PostgreSQL fehlt. In Debian und Ubuntu: sudo apt install postgresql")
    command = [programs() / "initdb", "--version"]
    version = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[2]
    folder = FOLDER / f"postgresql-{version.split('.')[0]}"
    folder.mkdir(exist_ok=True)
    user = {"user": "postgres"} if os.geteuid() == 0 else {}
    if user:
        shutil.chown(folder, "postgres")
    data, port = folder / "data", free_port()

    def run(program, *arguments):
        with (FOLDER / "postgresql.log").open("a") as log:
            command = [programs() / program, *arguments]
            subprocess.run(command, check=True, cwd="/", stdout=log, stderr=log, **user)

    if not (data / "PG_VERSION").exists():
        run("initdb", "-D", data, "-A", "trust", "-U", "wir", "-E", "UTF8", "--locale=C")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -k {folder}"
    try:
        run("pg_ctl", "-D", data, "-w", "-o", options, "start")
        yield PostgreSQL(f"postgres://wir@127.0.0.1:{port}", version)
    finally:
        run("pg_ctl", "-D", data, "-m", "fast", "stop")


def material(number):
    """Return one text that changes with everything that the content of a database depends on."""
    digest = hashlib.sha256(f"{number} {LANGUAGES}".encode())
    for path in sorted(path for part in MATERIAL for path in PROJECT.glob(part)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def prepared(server, number, *, fresh=False):
    """Return a database with so many sample offers, made now unless there is one."""
    name = f"offers_{number}"
    stamp = FOLDER / f"{server.vendor}-{name}.stamp"
    database = server.database(name)
    if not fresh and stamp.exists() and stamp.read_text() == material(number):
        return database
    stamp.unlink(missing_ok=True)
    server.create(name)
    database.manage("migrate", "-v0")
    database.manage("setup")
    database.manage("sampledata", number, "--languages", *LANGUAGES)
    database.execute("ANALYZE")
    stamp.write_text(material(number))
    return database
