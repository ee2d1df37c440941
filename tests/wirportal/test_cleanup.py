"""How long what is kept, and that it really goes."""

import os
import time
from datetime import timedelta
from io import StringIO

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from contacts.models import Absence, ContactPerson
from languages.models import Import
from offers.models import SearchTerm, Verification
from tests.factories import make_area, make_contact, make_offer, make_page
from tests.wirportal.staff import sign_in
from wirportal.models import Action, AuditEntry

pytestmark = pytest.mark.both_databases

NOW = timezone.now()
YEAR = timedelta(days=366)


@pytest.fixture(autouse=True)
def data_dir(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    return tmp_path


@pytest.fixture(autouse=True)
def no_counters(db):
    """Their table is no model's: what tests with real servers committed to it stays."""
    cache.clear()


def cleanup(**options):
    output = StringIO()
    call_command("cleanup", stdout=output, **options)
    return output.getvalue()


def ages(model, field, *times):
    """Give the rows of a model these ages, in their order; return them."""
    rows = list(model.objects.order_by("pk"))
    for row, at in zip(rows, times, strict=True):
        model.objects.filter(pk=row.pk).update(**{field: at})
    return rows


def test_the_record_and_the_admins_own_log_go_after_a_year(staff):
    AuditEntry.objects.all().delete()
    for at in (NOW - YEAR, NOW - YEAR + timedelta(days=3)):
        AuditEntry.objects.create(action=Action.EXPORT, at=at)
    for _ in range(2):
        LogEntry.objects.create(user=staff, action_flag=1, object_repr="x")
    ages(LogEntry, "action_time", NOW - YEAR, NOW)
    assert cleanup() == "Einträge im Protokoll: 1\nEinträge der Verwaltung: 1\nGelöscht: 2\n"
    assert AuditEntry.objects.count() == LogEntry.objects.count() == 1


def test_only_what_is_over_goes_of_sessions_and_counters(client, staff):
    sign_in(client)
    session, device = Session.objects.get(), UserSession.objects.get()
    cleanup()
    assert (Session.objects.get(), UserSession.objects.get()) == (session, device)
    Session.objects.update(expire_date=NOW - timedelta(minutes=1))
    assert "abgelaufene Sitzungen: 1\nabgemeldete Geräte: 1\n" in cleanup()
    assert not UserSession.objects.exists()


def test_counters_of_failed_tries_go_when_they_are_over(db):
    with connection.cursor() as cursor:
        cache.set("a", 1, 600)
        cache.set("b", 1, 600)
        cursor.execute("UPDATE cache SET expires = '2020-01-01 00:00:00' WHERE cache_key = ':1:a'")
        assert "abgelaufene Zähler: 1" in cleanup()
        cursor.execute("SELECT cache_key FROM cache")
        assert [row[0] for row in cursor.fetchall() if row[0] in (":1:a", ":1:b")] == [":1:b"]


def test_answers_of_organisations_go_after_two_years_and_open_questions_stay(db):
    offer = make_offer(title_de="Treff")
    for closed_at in (None, NOW - 2 * YEAR, NOW - 2 * YEAR + timedelta(days=4)):
        Verification.objects.create(
            offer=offer, due_on="2020-01-01", opened_at=NOW - 3 * YEAR, closed_at=closed_at
        )
    assert "erledigte Prüfungen: 1\n" in cleanup()
    assert Verification.objects.count() == 2


def test_searches_and_imports_go(db):
    for days in (364, 366):
        day = timezone.localdate() - timedelta(days=days)
        SearchTerm.objects.create(term=f"vor {days}", language="de", last_day=day)
    Import.objects.create(filename="alt.po", language="ar", created_at=NOW - 3 * YEAR)
    Import.objects.create(filename="neu.po", language="ar", created_at=NOW - YEAR)
    cleanup()
    assert SearchTerm.objects.get().term == "vor 364"
    assert Import.objects.get().filename == "neu.po"


@pytest.mark.parametrize(
    ("folder", "suffix", "days"),
    [("imports", "table", 1), ("imports", "po", 7), ("removed", "po", 365)],
)
def test_files_go_when_nobody_needs_them(db, data_dir, folder, suffix, days):
    (data_dir / folder).mkdir()
    old, new = (data_dir / folder / f"{name}.{suffix}" for name in ("old", "new"))
    for path, age in ((old, days + 0.1), (new, days - 0.1)):
        path.write_text("x")
        os.utime(path, (time.time() - age * 24 * 3600,) * 2)
    assert "Es würde gelöscht: 1" in cleanup(dry_run=True) and old.exists()
    cleanup()
    assert not old.exists() and new.exists()


def test_nothing_of_a_person_stays_a_year_after_the_deletion(db):
    person = make_contact(last_name="Geheim", areas=[make_area()])
    person.delete()
    history = ContactPerson.history
    assert history.count() >= 2
    history.update(history_date=NOW - YEAR + timedelta(days=3))
    cleanup()
    assert history.count() >= 2
    history.update(history_date=NOW - YEAR)
    assert "Verlauf von Gelöschtem (Kontaktpersonen)" in cleanup()
    assert not history.exists()
    connection.check_constraints()


def test_nobody_can_see_for_longer_than_a_year_when_somebody_was_away(db):
    person, today = make_contact(), timezone.localdate()
    _old, new, deleted, still = (
        person.absences.create(first_day=today - 2 * YEAR, last_day=last)
        for last in (today - YEAR, today - YEAR + timedelta(days=2), today - YEAR, today - YEAR)
    )
    deleted.delete()
    still.last_day = None
    still.save()
    said = cleanup(dry_run=True)
    assert "Abwesenheiten: 1\nVerlauf der Abwesenheiten: 3\n" in said
    cleanup()
    assert set(person.absences.all()) == {new, still}
    assert set(Absence.history.values_list("id", flat=True)) == {new.pk, still.pk}
    assert cleanup() == "Gelöscht: 0\n"


def test_old_versions_go_but_never_the_newest(db):
    person = make_contact(areas=[make_area()], phone="06431/1")
    for number in ("06431/2", "06431/3"):
        person.phone = number
        person.save()
    ContactPerson.history.update(history_date=NOW - 3 * YEAR)
    cleanup()
    assert [row.phone for row in ContactPerson.history.all()] == ["06431/3"]
    connection.check_constraints()


def test_who_wrote_an_old_version_is_forgotten(staff_client, staff):
    page = make_page()
    page.history.update(history_date=NOW - 3 * YEAR, history_user=staff)
    new = make_page(slug="neu")
    new.history.update(history_user=staff)
    assert "Namen im alten Verlauf: 1\n" in cleanup(dry_run=True)
    cleanup()
    assert page.history.get().history_user is None
    assert new.history.get().history_user == staff


def test_a_dry_run_only_counts(db):
    page = make_page()
    page.delete()
    type(page).history.update(history_date=NOW - YEAR)
    said = cleanup(dry_run=True)
    assert "Es würde gelöscht: 2" in said and type(page).history.count() == 2
    assert "Gelöscht: 2" in cleanup()
    assert cleanup() == "Gelöscht: 0\n"
