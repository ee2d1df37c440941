"""What people searched without finding anything: staff make it findable, or an offer of it."""

import logging
import re
from contextlib import contextmanager

from django.db import DatabaseError, connection, transaction
from django.db.models import F
from django.utils import timezone

from .models import SearchTerm
from .searchtext import fold

LONGEST_TERM = 100
#: When so many are kept, those that were asked only once go, the oldest first.
MOST_TERMS = 5000
ROOM = 500
#: What may be somebody's address or number is never kept.
PERSONAL = re.compile(r"@|\d\d|(?:\d\D*){3}")

logger = logging.getLogger(__name__)


def count_without_result(query, code):
    """Count a term; it never delays or breaks the page, when the database is busy or gone."""
    term = " ".join(query.replace("\0", "").split())[:LONGEST_TERM].lower()
    if not fold(term) or PERSONAL.search(term):
        return
    try:
        with without_waiting(), transaction.atomic():
            count(term, code)
    except DatabaseError as error:
        logger.info("A search without result was not counted: %s", error)


@contextmanager
def without_waiting():
    """Give up after 50 ms where another writer is at work (elsewhere in this site: 20 s)."""
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    waits = connection.settings_dict["OPTIONS"].get("timeout", 5) * 1000
    connection.connection.execute("PRAGMA busy_timeout = 50")
    try:
        yield
    finally:
        connection.connection.execute(f"PRAGMA busy_timeout = {waits:d}")


def count(term, code):
    today = timezone.localdate()
    known = SearchTerm.objects.filter(term=term, language=code)
    if known.update(number=F("number") + 1, last_day=today):
        return
    if SearchTerm.objects.count() >= MOST_TERMS:
        once = SearchTerm.objects.filter(number=1).order_by("last_day", "pk")
        SearchTerm.objects.filter(pk__in=list(once.values_list("pk", flat=True)[:ROOM])).delete()
    new = SearchTerm(term=term, language=code, last_day=today)
    SearchTerm.objects.bulk_create([new], ignore_conflicts=True)
