"""No e-mail is lost, and none is sent twice, whatever the mail server does."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from contacts.models import OutgoingMail
from contacts.models.outbox import CLAIM, MOST_ATTEMPTS
from tests.smtp import send_to, smtp

pytestmark = pytest.mark.both_databases
OUTBOX = OutgoingMail.objects


def write(count, to="amt@example.org"):
    for number in range(count):
        OUTBOX.put(
            f"test-{number}", to, f"Nummer {number}", "Größe: ä\n", reply_to="wir@example.org"
        )


@pytest.mark.django_db
def test_what_waited_while_the_server_was_down_goes_out_once(settings):
    send_to(settings, 9)
    write(100)
    write(100)  # the same again, as a job that runs twice
    now = timezone.now()
    assert OUTBOX.deliver(now) == 0
    assert OUTBOX.waiting().count() == 100
    assert OUTBOX.filter(attempts=1, error__startswith="ConnectionRefusedError").count() == 100
    with smtp(settings) as server:
        assert OUTBOX.deliver(now) == 0, "it waits before it tries again"
        assert OUTBOX.deliver(now + timedelta(minutes=6)) == 100
        assert OUTBOX.deliver(now + timedelta(days=1)) == 0
        assert {mail["Subject"] for mail in server.mails} == {f"Nummer {n}" for n in range(100)}
        assert len({mail["Message-ID"] for mail in server.mails}) == len(server.mails) == 100
        assert server.mails[0].get_content().strip() == "Größe: ä"
        assert server.mails[0]["Reply-To"] == "wir@example.org"


@pytest.mark.django_db
def test_whatever_is_in_a_subject_begins_no_other_header(settings):
    OUTBOX.put("x", "amt@example.org", "Stimmt\r\nBcc: alle@example.org\n" + 300 * "x", "Text\n")
    with smtp(settings) as server:
        assert OUTBOX.deliver() == 1
    assert server.mails[0]["Subject"].startswith("Stimmt Bcc: alle@example.org xxx")
    assert "Bcc" not in server.mails[0]


@pytest.mark.django_db
def test_an_address_that_does_not_exist_is_given_up_and_staff_can_try_again(settings, staff_client):
    write(1, to="weg@example.org")
    with smtp(settings, bounces=["weg@example.org"]) as server:
        OUTBOX.deliver()
        [mail] = OUTBOX.all()
        assert (mail.given_up, mail.attempts) == (True, 1)
        path = "/verwaltung/contacts/outgoingmail/"
        page = staff_client.get(path).content.decode()
        assert "aufgegeben" in page
        assert "no such user" in page
        staff_client.post(path, {"action": "send_again", "_selected_action": [mail.pk]})
        server.bounces = ()
        assert OUTBOX.deliver(timezone.now() + timedelta(seconds=1)) == 1
    assert "gesendet" in staff_client.get(path).content.decode()


@pytest.mark.django_db
def test_a_server_that_stays_away_is_asked_less_and_less_often_and_then_no_more(settings):
    send_to(settings, 9)
    write(1)
    now, tries = timezone.now(), []
    for hour in range(24 * 7):
        OUTBOX.deliver(now + timedelta(hours=hour))
        tries.append(OUTBOX.get().attempts)
    assert tries[-1] == MOST_ATTEMPTS
    assert OUTBOX.get().given_up
    assert tries.index(MOST_ATTEMPTS) > 3 * 24


@pytest.mark.django_db
def test_without_a_mail_server_everything_waits(settings):
    settings.HAS_MAIL = False
    write(2)
    assert OUTBOX.deliver() == 0
    assert OUTBOX.waiting().count() == 2
    assert not OUTBOX.filter(attempts__gt=0)


@pytest.mark.django_db
def test_what_a_killed_process_had_claimed_is_sent_later(settings):
    write(1)
    now = timezone.now()
    OUTBOX.update(claimed_at=now)
    with smtp(settings) as server:
        assert OUTBOX.deliver(now + CLAIM / 2) == 0
        assert OUTBOX.deliver(now + CLAIM * 2) == 1
        assert len(server.mails) == 1


@pytest.mark.django_db(transaction=True)
def test_several_jobs_at_once_send_each_mail_once(settings):
    write(60)

    def run():
        try:
            OUTBOX.deliver()
        finally:
            connection.close()

    with smtp(settings) as server:
        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(int(mail["Subject"].split()[1]) for mail in server.mails) == list(range(60))
    assert not OUTBOX.waiting()
