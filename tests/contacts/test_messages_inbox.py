"""Staff read, share out, answer and finish what residents write; then it goes for good."""

from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contacts.models import ContactPerson, Message, OutgoingMail
from programme.models import Programme
from tests.admin_forms import errors, form_data
from tests.messages import BARRIER, FEEDBACK, write
from tests.smtp import send_to, smtp

pytestmark = pytest.mark.both_databases

INBOX = "/verwaltung/contacts/message/"
HOSTILE = "<script>alert(1)</script>"
#: Valid, as RFC 5321 has it.
HOSTILE_EMAIL = '"<script>alert(2)</script>"@example.org'


@pytest.fixture(autouse=True)
def mail(db, settings):
    cache.clear()
    send_to(settings, 9)


def change(message):
    return reverse("admin:contacts_message_change", args=[message.pk])


def make_message(number=0, **values):
    defaults = {"token": f"t{number}", "kind": "feedback", "text": f"Nummer {number}"}
    return Message.objects.create(**defaults | {"language": "ar"} | values)


def make_colleague(name="kollegin", group="Redaktion"):
    user = User.objects.create_user(name, f"{name}@example.org", is_staff=True)
    user.groups.set([Group.objects.get(name=group)])
    return user


def test_what_was_written_is_shown_as_text_only(client, staff_client, starter):
    path = "/ar/kontakte/meliha-delalic/fehler/"
    write(client, path, text=f"{HOSTILE}\n\nZwei", email=HOSTILE_EMAIL, problem="wrong")
    write(client, BARRIER, text=HOSTILE, page="javascript:alert(3)")
    barrier, message = Message.objects.all()
    assert message.email == HOSTILE_EMAIL
    for address in (INBOX, change(message), change(barrier), "/verwaltung/"):
        html = staff_client.get(address).content.decode()
        assert "<script>alert" not in html
        assert 'href="javascript:' not in html
    html = staff_client.get(change(message)).content.decode()
    assert '<div lang="ar" dir="rtl"><p>&lt;script&gt;' in html
    person = ContactPerson.objects.get(slug="meliha-delalic")
    assert reverse("admin:contacts_contactperson_change", args=[person.pk]) in html
    assert 'href="/de/kontakte/meliha-delalic/"' in html
    assert "Etwas stimmt nicht" in html
    person.delete()
    assert "Meliha Delalic" in staff_client.get(change(message)).content.decode()


def test_a_message_can_be_read_but_not_rewritten(staff_client, db):
    message = make_message(email="ich@example.org")
    data = form_data(staff_client, change(message), note="Angerufen.", state="done")
    data |= {"text": "Anders", "email": "x@example.org", "kind": "error", "language": "de"}
    assert staff_client.post(change(message), data).status_code == 302
    message.refresh_from_db()
    assert (message.text, message.email, message.kind) == (
        "Nummer 0",
        "ich@example.org",
        "feedback",
    )
    assert (message.note, message.state) == ("Angerufen.", "done")
    assert message.done_at
    data = form_data(staff_client, change(message), state="new")
    staff_client.post(change(message), data)
    message.refresh_from_db()
    assert message.done_at is None
    assert staff_client.get(f"{INBOX}add/").status_code == 403


def test_two_who_write_a_note_at_once_lose_nothing(staff_client, db):
    message = make_message()
    first = form_data(staff_client, change(message), note="Eins")
    second = form_data(staff_client, change(message), note="Zwei")
    assert staff_client.post(change(message), first).status_code == 302
    assert "Eins" in str(errors(staff_client.post(change(message), second))["note"])
    message.refresh_from_db()
    assert message.note == "Eins"


def test_an_answer_goes_out_once_and_stays_with_the_message(staff_client, starter, settings):
    Programme.objects.update(email="wir@example.org")
    message = make_message(email=HOSTILE_EMAIL)
    text = f"Danke! {HOSTILE}\n\nWir öffnen um 9."
    data = form_data(staff_client, change(message), reply=text)
    for _ in range(2):  # a double click
        assert staff_client.post(change(message), data).status_code == 302
    assert OutgoingMail.objects.count() == 1
    html = staff_client.get(change(message)).content.decode()
    assert "wartet" in html and "Wir öffnen um 9." in html and "<script>alert" not in html
    with smtp(settings) as server:
        assert OutgoingMail.objects.deliver(timezone.now() + timedelta(seconds=1)) == 1
        [mail] = server.mails
    assert mail.get_content().split() == text.split()
    assert mail.get_content_type() == "text/plain"
    assert mail["Reply-To"] == "wir@example.org"
    assert mail["Auto-Submitted"] is None, "a person wrote it"
    message.assign(User.objects.create_user("eva", email="eva@example.org"), by=None)
    told = OutgoingMail.objects.get(to="eva@example.org").message().message()
    assert told["References"] == mail["References"], "mail programs show them together"
    assert told["Auto-Submitted"] == "auto-generated"
    assert "gesendet" in staff_client.get(change(message)).content.decode()


def test_without_an_address_or_a_mail_server_no_answer_is_offered(staff_client, settings, db):
    message = make_message()
    html = staff_client.get(change(message)).content.decode()
    assert 'name="reply"' not in html and "keine E-Mail-Adresse" in html
    data = form_data(staff_client, change(message), reply="Danke!")
    assert staff_client.post(change(message), data).status_code == 302
    Message.objects.update(email="ich@example.org")
    settings.HAS_MAIL = False
    assert 'name="reply"' not in staff_client.get(change(message)).content.decode()
    assert not OutgoingMail.objects.exists()


def test_who_becomes_responsible_is_told_and_sees_it(staff_client, starter):
    user = make_colleague()
    make_colleague("uebersetzerin", "Übersetzung")
    message = make_message()
    html = staff_client.get(change(message)).content.decode()
    assert "kollegin" in html and "uebersetzerin" not in html
    for _ in range(2):
        data = form_data(staff_client, change(message), assigned_to=str(user.pk))
        assert staff_client.post(change(message), data).status_code == 302
    mail = OutgoingMail.objects.get()
    assert (mail.to, mail.about) == ("kollegin@example.org", message)
    assert "Nummer 0" not in mail.body
    own = Client()
    own.force_login(user)
    assert f"?assigned_to__id__exact={user.pk}" in own.get("/verwaltung/").content.decode()
    listed = own.get(f"{INBOX}?assigned_to__id__exact={user.pk}").context["cl"].result_list
    assert list(listed) == [message]


def test_the_list_puts_open_ones_first_and_marks_what_is_late(staff_client, staff):
    today = timezone.localdate()
    late = make_message(1, kind="barrier", due_on=today - timedelta(days=1))
    make_message(2, kind="barrier", due_on=today)
    done = make_message(3, kind="barrier", due_on=today - timedelta(days=9), state="done")
    make_message(4)
    page = staff_client.get(INBOX)
    listed = list(page.context["cl"].result_list)
    assert [m.token for m in listed] == ["t4", "t2", "t1", "t3"]
    assert page.content.decode().count("überfällig</strong>") == 1
    found = {
        value: [
            m.token for m in staff_client.get(f"{INBOX}?frist={value}").context["cl"].result_list
        ]
        for value in ("overdue", "due", "x")
    }
    assert found == {"overdue": ["t1"], "due": ["t2", "t1"], "x": ["t4", "t2", "t1", "t3"]}
    start = staff_client.get("/verwaltung/").content.decode()
    assert ">offen</a>: <strong>3<" in start
    assert ">überfällig</a>: <strong>1<" in start
    chosen = {"_selected_action": [late.pk, done.pk]}
    staff_client.post(INBOX, chosen | {"action": "take"})
    late.refresh_from_db()
    done.refresh_from_db()
    assert (late.assigned_to, late.state) == (staff, "in_progress")
    assert (done.assigned_to, done.state) == (None, "done")
    staff_client.post(INBOX, chosen | {"action": "finish"})
    assert Message.objects.unfinished().count() == 2
    assert not OutgoingMail.objects.exists(), "nobody is told of what they did"


def everything():
    """Return all rows of all tables as one text."""
    with connection.cursor() as cursor:
        rows = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            rows += cursor.fetchall()
    return str(rows)


def test_whoever_asks_for_it_is_forgotten_at_once(client, staff_client, starter):
    write(client, FEEDBACK, text="Geheimer Text", email="geheim@example.org")
    message = Message.objects.get()
    data = form_data(staff_client, change(message), reply="Geheime Antwort", note="Geheime Notiz")
    staff_client.post(change(message), data)
    assert "eheim" in everything()
    delete = reverse("admin:contacts_message_delete", args=[message.pk])
    assert staff_client.post(delete, {"post": "yes"}).status_code == 302
    assert not Message.objects.exists() and not OutgoingMail.objects.exists()
    assert LogEntry.objects.filter(action_flag=3).exists()
    assert "eheim" not in everything()


def test_old_messages_go_by_themselves_with_their_mails(staff_client, settings, tmp_path, db):
    settings.DATA_DIR = tmp_path
    now = timezone.now()
    ages = {"done_at": (179, 181), "received_at": (2 * 365 - 1, 2 * 365 + 1)}
    for number, (field, days) in enumerate((f, d) for f in ages for d in ages[f]):
        message = make_message(number)
        OutgoingMail.objects.put(f"reply-{number}", "x@example.org", "x", "x", about=message)
        Message.objects.filter(pk=message.pk).update(**{field: now - timedelta(days=days)})
    OutgoingMail.objects.update(created_at=now - timedelta(days=400))
    out = StringIO()
    call_command("cleanup", stdout=out)
    assert "Nachrichten: 2\n" in out.getvalue()
    assert {m.token for m in Message.objects.all()} == {"t0", "t2"}
    assert {m.key for m in OutgoingMail.objects.all()} == {"reply-0", "reply-2"}
