"""One archive with everything that cannot be made again: database, uploads, interface texts.

It is written beside its place and moved there at the end: under its name it is always whole.
"""

import fcntl
import os
import re
import shutil
import tempfile
import time
import tomllib
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.db import connections
from django.utils import timezone

from .archive import DATABASES, WAITING, Refused, Writer, folders, is_ours
from .snapshot import take

NAME = re.compile(r"wir-\d{8}-\d{6}\.tar")
SCRATCH = ".wir-backup-"
#: A file may be deleted after the database was read, together with what referred to it.
ATTEMPTS = 3


@dataclass
class Backup:
    path: Path
    rows: int = 0
    files: int = 0
    size: int = 0
    missing: list = field(default_factory=list)  # files that the database refers to


@contextmanager
def only_one():
    """Keep backups and restores from meeting."""
    settings.DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (settings.DATA_DIR / "backup.lock").open("a") as lock:
        hand_over(Path(lock.name))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused("Eine andere Sicherung oder Wiederherstellung läuft gerade.") from None
        yield


def hand_over(path):
    """Give what root has made to the owner of DATA_DIR, as whom the server runs."""
    if os.geteuid() == 0:
        owner = settings.DATA_DIR.stat()
        os.chown(path, owner.st_uid, owner.st_gid)


@contextmanager
def scratch(folder):
    """Make a folder for half-done work; remove those of processes that were killed."""
    for left in folder.glob(f"{SCRATCH}*"):
        with suppress(OSError), locked(left):
            shutil.rmtree(left)
    path = Path(tempfile.mkdtemp(prefix=SCRATCH, dir=folder))
    try:
        with locked(path):
            yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def locked(folder):
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


def place_of(path):
    """Return the path of the new archive; in a folder, one that is named by the time."""
    if path.is_dir():
        while (new := path / f"wir-{timezone.localtime():%Y%m%d-%H%M%S}.tar").exists():
            time.sleep(0.1)
        return new
    if not path.parent.is_dir():
        raise Refused(f"Den Ordner {path.parent} gibt es nicht.")
    if path.exists() and not is_ours(path):
        raise Refused(f"{path} ist keine Sicherung; die Datei wird nicht ersetzt.")
    return path


def back_up(path, database=None):
    """Write the archive and return what is in it."""
    path = place_of(path)
    with scratch(path.parent) as folder:
        new = folder / "archive.tar"
        with new.open("xb") as file:
            new.chmod(0o600)
            done = fill(Writer(file), folder, database)
            file.flush()
            os.fsync(file.fileno())
        hand_over(new)
        done.path, done.size = path, new.stat().st_size
        new.replace(path)
    sync(path.parent)
    return done


def sync(folder):
    """A name survives a power cut only when its folder has been written too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def fill(writer, folder, database):
    """Add the database as it was before the files, so that all it refers to is there."""
    for _attempt in range(ATTEMPTS):
        snapshot = take(folder, database)
        add_files(writer)
        missing = sorted(snapshot.files - in_archive(writer))
        if not missing:
            break
    files = len(writer.members)
    vendor = connections["default"].vendor
    writer.add(DATABASES[vendor], snapshot.path)
    manifest = {
        "made": timezone.now().isoformat(timespec="seconds"),
        "site": settings.SITE_URL,
        "software": software(),
        "vendor": vendor,
        "database_size": snapshot.size,
        "migrations": snapshot.migrations,
        "rows": snapshot.rows,
        "missing": missing,
    }
    writer.finish(manifest)
    return Backup(folder, sum(snapshot.rows.values()), files, missing=missing)


def software():
    project = (settings.BASE_DIR / "pyproject.toml").read_text(encoding="utf-8")
    return tomllib.loads(project)["project"]["version"]


def in_archive(writer):
    return {name.removeprefix("media/") for name in writer.members if name.startswith("media/")}


def add_files(writer):
    """Add the files that are not there yet."""
    for prefix, root in folders().items():
        for path in found_files(root):
            name = f"{prefix}/{path.relative_to(root).as_posix()}"
            if name not in writer.members:
                with suppress(FileNotFoundError):  # deleted just now
                    writer.add(name, path)


def found_files(root):
    for path in sorted(root.rglob("*")):
        if path.relative_to(root).parts[0] != WAITING and path.is_file():
            yield path


def delete_old(folder, keep):
    """Delete the oldest archives of this website; what has another name or origin stays."""
    found = (path for path in folder.iterdir() if NAME.fullmatch(path.name))
    ours = sorted(path for path in found if is_ours(path, settings.SITE_URL))
    old = ours[:-keep]
    for path in old:
        path.unlink()
    return len(old)
