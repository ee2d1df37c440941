"""The job that does what is due: twice, at once, after days off, and with a broken entry."""

import threading
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from contacts.models import OutgoingMail
from offers import verification
from offers.models import Offer, SearchTerm, Verification
from tests.clock import clock  # noqa: F401  fixture
from tests.factories import make_contact, make_languages, make_offer, make_organisation
from tests.smtp import smtp
from wirportal.management.commands.dailyjob import CLEANUP, NAME
from wirportal.models import KILLED_AFTER, JobRun

pytestmark = pytest.mark.both_databases


def dailyjob():
    output = StringIO()
    call_command("dailyjob", stdout=output)
    return output.getvalue()


def make_due(count):
    for number in range(count):
        organisation = make_organisation(slug=f"o-{number}", email=f"o{number}@example.org")
        make_offer(title_de=f"Kurs {number}", slug=f"kurs-{number}", organisation=organisation)


@pytest.mark.django_db
def test_it_asks_sends_and_cleans_up_once(settings, clock):
    make_due(3)
    make_contact(email="erika@example.org")
    SearchTerm.objects.create(term="x", language="de", last_day="2020-01-01")
    assert JobRun.objects.is_late(NAME)
    with smtp(settings) as server:
        said = dailyjob()
        assert "Prüfungen gefragt: 4\n" in said
        assert "E-Mails gesendet: 4\n" in said
        assert "Suchen ohne Ergebnis: 1" in said
        assert dailyjob() == "Fertig.\n"
        assert len(server.mails) == 4
        clock.pass_days(1)
        assert "Gelöscht: 0" in dailyjob()
    assert not JobRun.objects.is_late(NAME)
    clock.pass_days(3)
    assert JobRun.objects.is_late(NAME)


@pytest.mark.django_db
def test_a_broken_entry_stops_nothing_and_is_told(settings, clock, caplog):
    settings.HAS_MAIL = True
    make_due(3)
    OutgoingMail.objects.all().delete()
    # What the database refuses stands for whatever may be wrong with one entry.
    broken = Offer.objects.order_by("pk")[1]
    with connection.cursor() as cursor:
        refuse(cursor, broken.organisation_id)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    with pytest.raises(CommandError):
        dailyjob()
    asked = Verification.objects.values_list("offer__title_de", flat=True)
    assert set(asked) == {"Kurs 0", "Kurs 2"}
    assert "Verification failed: ask" in caplog.text
    assert JobRun.objects.get(name=NAME).failed == "verify"
    assert OutgoingMail.objects.filter(sent_at__isnull=False).count() == 2
    assert JobRun.objects.get(name=CLEANUP).finished_at


def refuse(cursor, organisation):
    """Let the database refuse rounds about the offers of one organisation."""
    where = f"(SELECT organisation_id FROM offers_offer WHERE id = NEW.offer_id) = {organisation}"
    if connection.vendor == "postgresql":
        cursor.execute(
            "CREATE FUNCTION refuse() RETURNS trigger AS $$ BEGIN "
            f"IF {where} THEN RAISE EXCEPTION 'broken'; END IF; RETURN NEW; END $$ LANGUAGE plpgsql"
        )
        cursor.execute(
            "CREATE TRIGGER refuse BEFORE INSERT ON offers_verification "
            "FOR EACH ROW EXECUTE FUNCTION refuse()"
        )
    else:
        cursor.execute(
            "CREATE TRIGGER refuse BEFORE INSERT ON offers_verification "
            f"WHEN {where} BEGIN SELECT RAISE(ABORT, 'broken'); END"
        )


@pytest.mark.django_db(transaction=True)
def test_four_at_once_ask_each_organisation_once(settings):
    make_languages("de")
    make_due(12)
    start, said = threading.Barrier(4), []

    def run():
        try:
            start.wait()
            said.append(dailyjob())
        finally:
            connection.close()

    with smtp(settings) as server:
        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        call_command("dailyjob", stdout=StringIO())  # what one had put in when another looked
        assert len(said) == 4, "none failed"
        assert sorted(mail["To"] for mail in server.mails) == sorted(
            f"o{number}@example.org" for number in range(12)
        )
    assert Verification.objects.open().count() == 12
    assert sum("Gelöscht" in text for text in said) == 1


@pytest.mark.django_db
def test_what_a_killed_run_left_is_done_by_the_next(settings, monkeypatch):
    settings.HAS_MAIL = True
    make_due(3)

    def killed(rows):
        if Verification.objects.count() > 1:
            raise KeyboardInterrupt
        return "Betreff", "Text", ""

    with monkeypatch.context() as patch:
        patch.setattr(verification, "ask_mail", killed)
        with pytest.raises(KeyboardInterrupt):
            dailyjob()
    assert Verification.objects.count() == OutgoingMail.objects.count() == 1
    with smtp(settings) as server:
        dailyjob()
        assert len({mail["To"] for mail in server.mails}) == len(server.mails) == 3
    assert Verification.objects.count() == 3


@pytest.mark.django_db
def test_a_day_is_claimed_once_and_again_after_a_kill():
    claim = JobRun.objects.claim_day
    now = timezone.now().replace(hour=10)
    assert claim("x", now) and not claim("x", now)
    assert not claim("x", now + KILLED_AFTER / 2)
    assert claim("x", now + KILLED_AFTER + timedelta(minutes=1)), "it never came to its end"
    JobRun.objects.finish("x", now + 2 * KILLED_AFTER)
    assert not claim("x", now + 4 * KILLED_AFTER)
    assert claim("x", now + timedelta(days=1))
