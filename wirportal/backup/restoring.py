"""Put an archive in the place of the present state.

What can fail happens on copies, before the site is touched. Then come, each whole or not at all:
the files of the archive, the database, and away with the files that are too many. Killed between
two of these steps, the site still has every file that its database refers to.
"""

import os
import shutil

from django.conf import settings
from django.db import connections

from . import replacing
from .archive import DATABASES, WAITING, Refused, folders
from .checking import check_database
from .snapshot import Damaged, Empty
from .writing import back_up, found_files, hand_over, place_of, scratch


def restore(archive, say):
    """Replace everything. After `Refused`, the database is as it was."""
    database = replacing.database()
    refuse_full_disk(archive, database)
    database.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with scratch(database.folder) as folder:
            new = folder / DATABASES[archive.vendor].removesuffix(".gz")
            archive.unpack_database(new)
            check_database(archive, new)
            database.prepare(new)
            unpack_files(archive)
            connections.close_all()
            with database.alone():
                is_kept = keep_aside(database, say)
                move_files(archive)
                database.replace(new)
                if is_kept:
                    delete_others(archive)
    finally:
        for root in folders().values():
            shutil.rmtree(root / WAITING, ignore_errors=True)
    hand_over_all()


def refuse_full_disk(archive, database):
    present = sum(path.stat().st_size for root in folders().values() for path in found_files(root))
    needed = archive.size + present + 3 * database.size
    if shutil.disk_usage(settings.DATA_DIR).free < needed:
        raise Refused(f"Der Platz reicht nicht: gebraucht werden {needed // 1_000_000} MB.")


def unpack_files(archive):
    """Put the files beside their places, on the same disk."""
    for root in folders().values():
        shutil.rmtree(root / WAITING, ignore_errors=True)
    for name in archive.files:
        path = waiting(name)
        archive.unpack(name, path)
        path.chmod(settings.FILE_UPLOAD_PERMISSIONS)


def waiting(name):
    prefix, _, rest = name.partition("/")
    return folders()[prefix] / WAITING / rest


def place(name):
    prefix, _, rest = name.partition("/")
    return folders()[prefix] / rest


def keep_aside(database, say):
    """Keep the present state, and tell whether it is whole."""
    aside = settings.DATA_DIR / "aside"
    aside.mkdir(mode=0o700, exist_ok=True)
    try:
        done = back_up(aside, database.connection)
    except Empty:
        return False
    except Damaged:
        folder = place_of(aside).with_suffix("")
        if database.move_away(folder):
            say(
                f"Die bisherige Datenbank ist beschädigt. Ihre Reste: {folder}\n"
                "Dateien, die nicht in der Sicherung sind, bleiben in den Uploads."
            )
        else:
            say("Hier gab es noch keine Datenbank.")
        return False
    say(f"Der bisherige Stand liegt in {done.path}")
    return True


def move_files(archive):
    for name in archive.files:
        place(name).parent.mkdir(parents=True, exist_ok=True)
        waiting(name).replace(place(name))


def delete_others(archive):
    """Delete what is not in the archive; it was kept aside before."""
    wanted = {place(name) for name in archive.files}
    for root in folders().values():
        for path in found_files(root):
            if path not in wanted:
                path.unlink()


def hand_over_all():
    if os.geteuid() == 0:
        for root in (settings.DATA_DIR / "aside", *folders().values()):
            for path in (root, *root.rglob("*")):
                if path.exists():
                    hand_over(path)
