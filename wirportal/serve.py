"""`make serve`: from a fresh checkout to the answered request, and the same again later.

Every step may be repeated; `--prepare` does everything but start. What can go
wrong on a new machine ends in one line, not a traceback.
"""

import argparse
import hashlib
import os
import secrets
import shutil
import socket
import sys
from contextlib import suppress
from io import StringIO
from pathlib import Path

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connections

from .logs import as_line

#: For glibc: else each thread keeps memory of its own, some 10 MB in a worker.
FEW_ARENAS = ("MALLOC_ARENA_MAX", "2")

#: In an image: all tables and nothing in them.
EMPTY_DATABASE = Path(__file__).resolve().parent / "empty.sqlite3"


def say(line):
    print(as_line(line), flush=True)  # noqa: T201  the console is this module's user interface


def stop(line):
    print(as_line(line, "ERROR"), file=sys.stderr)  # noqa: T201
    sys.exit(1)


def prepare_data_dir():
    """Make DATA_DIR with a secret key of its own, readable only for this user."""
    folder = Path(os.environ.get("DATA_DIR") or "var").resolve()
    key_file = folder / "secret_key"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / "media").mkdir(exist_ok=True)
        if not key_file.exists() or not key_file.stat().st_size:
            # Written whole or not at all: an empty key would stop every later start.
            new = folder / f"secret_key.{os.getpid()}"
            new.touch(mode=0o600)
            new.write_text(secrets.token_urlsafe(64), encoding="ascii")
            new.replace(key_file)
        probe = folder / f".writable.{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        stop(f"In DATA_DIR kann nicht geschrieben werden: {folder} ({error.strerror}).")


def check_number(name, default, lowest, highest):
    value = os.environ.get(name) or default
    if not value.isdecimal() or not lowest <= int(value) <= highest:
        stop(f"{name} muss eine Zahl von {lowest} bis {highest} sein, nicht {value!r}.")


def check_port(host, port):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
        except OSError as error:
            reason = error.strerror or error
            stop(f"{host}:{port} ist nicht frei ({reason}). Ein anderer Port: PORT=8001 make serve")


def take_turns():
    """Hosts that start together on one PostgreSQL migrate it one after the other.

    The lock ends with the connection.
    """
    connection = connections["default"]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = 0")  # a start waits as long as it takes
            cursor.execute("SELECT pg_advisory_lock(hashtext('wirportal.serve'))")


def lay_out(path):
    """Put the image's empty database where there is none; whole, or not at all."""
    if not path.exists():
        new = path.with_name(f"{path.name}.{os.getpid()}")
        shutil.copyfile(EMPTY_DATABASE, new)
        with suppress(OSError):  # another one was faster, or has to do it: `migrate`
            path.hardlink_to(new)
        new.unlink()


def prepare_database(settings, site_file=None):
    """Migrate and fill the database; without one, the copies of the page store have to do.

    They do where this very software has run with the database before: then it needs no migration
    when it comes back. A file that was there and is missing is never replaced by an empty one.
    """
    from programme.version import Unavailable, version_reader

    from .build import build
    from .database import stamp, was_there

    noted, found = stamp(), settings.DATABASES["default"]
    known = noted.read_text() if noted.exists() else ""
    now = f"{found['ENGINE']} {found['NAME']} {build()}"
    try:
        if was_there(found):
            version_reader()()
        elif EMPTY_DATABASE.exists() and connections["default"].vendor == "sqlite":
            lay_out(Path(found["NAME"]))
        connections["default"].ensure_connection()
        take_turns()
        call_command("migrate", verbosity=0, interactive=False)
        call_command("createcachetable", verbosity=0)
        call_command("clearsessions")
        said = StringIO()
        call_command("setup", site=site_file, stdout=said)
        say(said.getvalue().strip())
        create_first_login()
    except (DatabaseError, ImproperlyConfigured, Unavailable) as error:
        if known != now:
            stop(f"Die Datenbank ist nicht erreichbar. DATABASE_URL prüfen: {first_line(error)}")
        say(f"Die Datenbank fehlt, gezeigt werden nur Kopien der Seiten: {first_line(error)}")
        say(f"Wenn Sie ganz neu anfangen wollen, löschen Sie {noted}")
        return
    noted.write_text(now)


def set_aside_catalogues():
    from languages.catalogues import set_aside_unreadable

    for path in set_aside_unreadable():
        say(f"Nicht lesbar, deshalb übergangen und umbenannt: {path} (jetzt {path.name}.broken)")


def prepare_code(settings):
    """Compile the catalogues, collect the static files; an image has done that for its own."""
    from languages.catalogues import compile_catalogues

    compile_catalogues([settings.OWN_LOCALE] if settings.IS_BUILT else None)
    if not settings.IS_BUILT and not settings.DEBUG:
        collect_static(settings)


def check_code():
    """Load all that a worker loads: a running server that is told to load broken code would end."""
    from . import wsgi  # noqa: F401

    call_command("check", stdout=StringIO())


def collect_static(settings):
    """Copy and compress the static files, but only when one of them changed."""
    from django.contrib.staticfiles.finders import get_finders

    digest = hashlib.sha256(django.__version__.encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            state = Path(storage.path(name)).stat()
            digest.update(f"{name} {state.st_size} {state.st_mtime_ns}\n".encode())
    stamp = settings.DATA_DIR / "static.stamp"
    if not stamp.exists() or stamp.read_text() != digest.hexdigest():
        stamp.unlink(missing_ok=True)
        call_command("collectstatic", verbosity=0, interactive=False)
        stamp.write_text(digest.hexdigest())


def create_first_login():
    from django.contrib.auth.models import User

    if not User.objects.exists():
        password = secrets.token_urlsafe(15)
        User.objects.create_superuser("verwaltung", password=password)
        say("Erste Anmeldung in der Verwaltung (wird nur dieses eine Mal gezeigt):")
        say(f"  Benutzername: verwaltung   Passwort: {password}")


def first_line(error):
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def gunicorn_command(settings, address):
    command = [
        sys.executable, "-m", "gunicorn", "wirportal.wsgi",
        "--bind", address,
        "--worker-class", "wirportal.worker.Worker",
        "--workers", os.environ.get("WEB_CONCURRENCY") or "2",
        "--threads", "4",
        "--log-level", "error",  # its warnings would name visitors' addresses
        "--forwarded-allow-ips", ",".join(map(str, settings.TRUSTED_PROXIES)),
        "--forwarder-headers", "",  # a client's SCRIPT_NAME header must not rename paths
        "--graceful-timeout", "8",  # seconds; container engines kill after ten
        "--no-control-socket",
    ]  # fmt: skip
    if Path("/dev/shm").is_dir():  # noqa: S108  memory, so that a slow disk kills no worker
        command += ["--worker-tmp-dir", "/dev/shm"]  # noqa: S108
    if os.environ.get("LOG_FORMAT") == "json":
        command += ["--logger-class", "wirportal.logs.ServerLogger"]
    return command


def options():
    parser = argparse.ArgumentParser(prog="python -m wirportal.serve")
    parser.add_argument("--prepare", action="store_true", help="nur einrichten, nicht starten")
    parser.add_argument("--site", metavar="DATEI", help="Angaben zum Landkreis, beim ersten Mal")
    return parser.parse_args()


def main():
    asked = options()
    if asked.site:
        asked.site = Path(asked.site).resolve()
    os.chdir(Path(__file__).resolve().parent.parent)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wirportal.settings")
    prepare_data_dir()
    try:
        set_aside_catalogues()  # before any model: some texts of Django's are read with them
        django.setup()
    except (ImproperlyConfigured, ValueError) as error:
        stop(f"Einstellung: {first_line(error)}")
    from django.conf import settings

    check_number("PORT", "8000", 1, 65_535)
    check_number("WEB_CONCURRENCY", "2", 1, 64)
    if not asked.prepare:
        check_port(settings.HOST, settings.PORT)
    try:
        prepare_code(settings)
        if asked.prepare:
            check_code()
        prepare_database(settings, asked.site)
    except (DatabaseError, CommandError, OSError) as error:
        stop(f"Der Start ist nicht möglich: {first_line(error)}")
    connections.close_all()
    if not asked.prepare:
        start(settings)


def start(settings):
    """Become the server: whatever is sent to this process, a signal too, is for gunicorn."""
    if settings.HOST in {"0.0.0.0", "::"} and not os.environ.get("SITE_URL"):  # noqa: S104
        say("Ohne SITE_URL antwortet die Website nur unter localhost, nicht unter ihrem Namen.")
    say(f"Website:    {settings.SITE_URL}/")
    say(f"Verwaltung: {settings.SITE_URL}{settings.ADMIN_PATH}")
    address = f"{settings.URL_HOST}:{settings.PORT}"
    if settings.DEBUG:
        command = [sys.executable, "manage.py", "runserver", address]
    else:
        command = gunicorn_command(settings, address)
    os.environ.setdefault(*FEW_ARENAS)
    os.execv(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main()
