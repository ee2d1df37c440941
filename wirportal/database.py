"""The SQLite file where it was, or none."""

import sqlite3
from pathlib import Path

from django.conf import settings


def was_there(database):
    """Tell whether the site has run with this database before; `serve` notes it."""
    stamp = settings.DATA_DIR / "database.stamp"
    start = f"{database['ENGINE']} {database['NAME']} "
    return stamp.exists() and stamp.read_text().startswith(start)


class Connection(sqlite3.Connection):
    """Makes no new file in the place of a lost one.

    An empty one would hide the loss. Besides, SQLite would empty the log of the lost one for it:
    what was saved last would be gone when the file comes back.
    """

    def __init__(self, database, *args, **kwargs):
        known = settings.DATABASES["default"]
        path = Path(database)
        is_empty = not path.exists() or not path.stat().st_size
        if is_empty and str(database) == str(known["NAME"]) and was_there(known):
            raise sqlite3.OperationalError("unable to open database file")
        super().__init__(database, *args, **kwargs)
