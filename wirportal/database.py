"""The SQLite file where it was, or none."""

import sqlite3
from pathlib import Path

from django.conf import settings


def stamp():
    """Return the file that says with which database, and which software, the site has run."""
    return settings.DATA_DIR / "database.stamp"


def was_there(database):
    start = f"{database['ENGINE']} {database['NAME']} "
    return stamp().exists() and stamp().read_text().startswith(start)


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
            raise sqlite3.OperationalError(
                f"{path} fehlt oder ist leer. Bitte eine Sicherung zurückspielen "
                f"(manage.py restore). Wenn Sie ganz neu anfangen wollen, löschen Sie {stamp()}"
            )
        super().__init__(database, *args, **kwargs)
