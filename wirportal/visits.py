"""How often each page is read on a day: numbers only, of nobody.

No address, no cookie, no device: a worker counts in its memory and adds to the database every few
minutes. What it has counted since then is lost when it is killed.
"""

import logging
import re
import threading
import time
from collections import Counter
from functools import lru_cache

from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from languages.registry import REGISTRY

from .models import PageCount

PAUSE = 300  # seconds between two writings of a worker
#: A worker keeps no more pages than that; others go uncounted until it has written.
MOST_PAGES = 20_000
#: Programs say what they are, most of them. The others count as people.
PROGRAM = re.compile(r"bot|crawl|spider|slurp|preview|monitor|check|curl|wget|python|java/", re.I)

TABLE = PageCount._meta.db_table
ADD = f"""
    INSERT INTO {TABLE} (day, language, page, number) VALUES (%s, %s, %s, %s)
    ON CONFLICT (day, language, page) DO UPDATE SET number = {TABLE}.number + excluded.number
"""  # noqa: S608  a name of ours

logger = logging.getLogger(__name__)


@lru_cache(maxsize=1000)
def is_person(user_agent):
    return bool(user_agent) and not PROGRAM.search(user_agent)


class Visits:
    """The pages that one worker has shown and not yet written down."""

    def __init__(self):
        self.counts, self.lock = Counter(), threading.Lock()
        self.start()

    def start(self):
        self.day, self.due = timezone.localdate(), time.monotonic() + PAUSE

    def count(self, path, user_agent):
        if not is_person(user_agent):
            return
        if time.monotonic() > self.due:
            # Beside the answer: the database may be busy with somebody who saves.
            threading.Thread(target=self.write_and_hang_up).start()
        with self.lock:
            if path in self.counts or len(self.counts) < MOST_PAGES:
                self.counts[path] += 1

    def write_and_hang_up(self):
        try:
            self.write()
        finally:
            connection.close()

    def write(self):
        """Add what was counted to the database; it stays here when that fails."""
        with self.lock:
            day, counts, self.counts = self.day, self.counts, Counter()
            self.start()
        rows = [(day, *parts(path), number) for path, number in sorted(counts.items())]
        try:
            if rows:
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.executemany(ADD, rows)
        except DatabaseError as error:
            logger.info("The visits were not written: %s", error)
            with self.lock:
                self.counts.update(counts)


def parts(path):
    """Return (language, page) of an address; "" for what is in no language."""
    language, _slash, page = path[1:].partition("/")
    return (language, page[:200]) if language in REGISTRY else ("", path[1:201])
