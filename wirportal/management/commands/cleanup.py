"""What nobody needs any longer goes by itself: run every day (docs/operating.md)."""

import time
from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.apps import apps
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.core.management.base import BaseCommand
from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from contacts.models import Absence, Message, OutgoingMail
from languages import exchange
from languages.models import Import
from offers import exchange_admin
from offers.models import SearchTerm, Verification
from wirportal.models import AuditEntry, PageCount

DAY = timedelta(days=1)
#: Long enough to ask back after a year's review, and it names people.
RECORD = 365 * DAY
#: What nobody searched for in a year is no gap any more.
SEARCHES = 365 * DAY
#: A language comes back within a year, or not with its old texts.
REMOVED_LANGUAGES = 365 * DAY
#: Changes are taken back within days; three years still show how a text came to be. The history
#: holds names and numbers of people, and who worked here.
HISTORY = 3 * 365 * DAY
#: Of what was deleted, somebody may still ask for it; people who left must not stay for long.
DELETED = 365 * DAY
#: A year to compare with the year before.
VISITS = 2 * 365 * DAY
#: So that staff can still see what an organisation was asked; then nobody needs the text.
MAILS = 180 * DAY
#: When somebody was away is nobody's business once it is long over.
ABSENCES = 365 * DAY
#: So that staff can ask back what an organisation answered the last times.
ANSWERS = 2 * 365 * DAY
STEP = 500  # rows at once


def histories():
    return [model for model in apps.get_models() if hasattr(model, "history") and is_own(model)]


def is_own(model):
    return not model.__name__.startswith("Historical")


def deleted_long_ago(model, now):
    """Return the history of what is gone, all of it."""
    rows = model.history.model.objects
    there = model._base_manager.filter(pk=OuterRef(model._meta.pk.name))
    recent = rows.filter(
        **{model._meta.pk.name: OuterRef(model._meta.pk.name)}, history_date__gte=now - DELETED
    )
    return rows.filter(~Exists(there), ~Exists(recent))


def old_versions(model, now):
    """Return old versions; the newest of each stays, to compare the next change with."""
    rows, key = model.history.model.objects, model._meta.pk.name
    newer = rows.filter(**{key: OuterRef(key)}, history_id__gt=OuterRef("history_id"))
    return rows.filter(Exists(newer), history_date__lt=now - HISTORY)


def old_editors(model, now):
    """Return the newest versions that are old: what they say stays, who wrote them does not."""
    rows = model.history.model.objects
    old = rows.filter(history_date__lt=now - HISTORY, history_user__isnull=False)
    return old.exclude(pk__in=old_versions(model, now).values("pk"))


def old_absences(now):
    """Return absences that ended long ago, and the history of those and of deleted ones."""
    limit = timezone.localdate(now) - ABSENCES
    old = Absence.objects.filter(last_day__lt=limit)
    kept = Absence.objects.not_over(limit).filter(pk=OuterRef("id"))
    return old, Absence.history.filter(~Exists(kept), last_day__lt=limit)


def rows(now):
    """Yield what is too old, and what to call it."""
    yield "Einträge im Protokoll", AuditEntry.objects.filter(at__lt=now - RECORD)
    yield "Einträge der Verwaltung", LogEntry.objects.filter(action_time__lt=now - RECORD)
    yield "abgelaufene Sitzungen", Session.objects.filter(expire_date__lt=now)
    alive = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gte=now)
    yield "abgemeldete Geräte", UserSession.objects.filter(~Exists(alive))
    last = timezone.localdate(now) - SEARCHES
    yield "Suchen ohne Ergebnis", SearchTerm.objects.filter(last_day__lt=last)
    yield "Aufrufe von Seiten", PageCount.objects.filter(day__lt=timezone.localdate(now) - VISITS)
    absences, versions = old_absences(now)
    yield "Abwesenheiten", absences
    yield "Verlauf der Abwesenheiten", versions
    yield "Nachrichten", Message.objects.too_old(now)
    mails = OutgoingMail.objects.filter(about=None)  # the others go with their message
    yield "gesendete E-Mails", mails.filter(created_at__lt=now - MAILS)
    yield "erledigte Prüfungen", Verification.objects.filter(closed_at__lt=now - ANSWERS)
    yield "eingelesene Übersetzungen", Import.objects.filter(created_at__lt=now - HISTORY)
    for model in histories():
        name = model._meta.verbose_name_plural
        yield f"Verlauf von Gelöschtem ({name})", deleted_long_ago(model, now)
        yield f"alter Verlauf ({name})", old_versions(model, now)


def remove(found):
    """Delete rows, and before them what the history keeps of their assignments."""
    with transaction.atomic():
        keys = list(found.values_list("pk", flat=True))
        for start in range(0, len(keys), STEP):
            chunk = keys[start : start + STEP]
            for field in getattr(found.model, "_history_m2m_fields", []):
                assigned = getattr(found.model, field.name).model
                assigned.objects.filter(history__in=chunk).delete()
            found.model._base_manager.filter(pk__in=chunk).delete()


def files():
    """Yield files that are too old, and what to call them."""
    for folder, pattern, seconds in (
        ("imports", "*.table", exchange_admin.KEPT),
        ("imports", "*.po", exchange.KEPT),
        ("removed", "*.po", REMOVED_LANGUAGES.total_seconds()),
    ):
        found = (settings.DATA_DIR / folder).glob(pattern)
        old = [path for path in found if path.stat().st_mtime < time.time() - seconds]
        yield f"Dateien in {folder}/ ({pattern})", old


class Command(BaseCommand):
    help = "Löscht, was niemand mehr braucht oder was nicht länger gespeichert werden darf."

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="nur zählen, nichts löschen")

    def handle(self, *args, dry_run, **options):
        counts = {}
        for name, found in rows(timezone.now()):
            counts[name] = found.count()
            if counts[name] and not dry_run:
                remove(found)
        people = [old_editors(model, timezone.now()) for model in histories()]
        counts["Namen im alten Verlauf"] = sum(found.count() for found in people)
        for found in people if not dry_run else []:
            found.update(history_user=None)
        for name, found in files():
            counts[name] = len(found)
            for path in found if not dry_run else []:
                path.unlink(missing_ok=True)
        counts["abgelaufene Zähler"] = self.expired_counters(dry_run)
        for name, count in counts.items():
            if count:
                self.stdout.write(f"{name}: {count}")
        done = "Es würde gelöscht" if dry_run else "Gelöscht"
        self.stdout.write(f"{done}: {sum(counts.values())}")

    @staticmethod
    def expired_counters(dry_run):
        """Failed sign-ins are counted in the cache; its rows are never read again once over."""
        table = settings.CACHES.get("database", settings.CACHES["default"])["LOCATION"]
        if table not in connection.introspection.table_names():
            return 0
        with connection.cursor() as cursor:
            now = connection.ops.adapt_datetimefield_value(timezone.now().replace(microsecond=0))
            where = f'FROM "{table}" WHERE expires < %s'
            cursor.execute(f"SELECT COUNT(*) {where}", [now])
            [count] = cursor.fetchone()
            if count and not dry_run:
                cursor.execute(f"DELETE {where}", [now])
        return count
