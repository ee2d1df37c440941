"""What residents write arrives, once, in every language; what they typed is never lost."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.utils import timezone

from contacts.models import ContactPerson, Message, OutgoingMail
from languages.registry import REGISTRY
from offers.models import Offer, Organisation
from programme.models import Page, Programme
from tests.factories import make_offer
from tests.messages import BARRIER, FEEDBACK, SENT, TEXT, complaints, opened, proof_of, send, write
from tests.pages import Reading, read
from tests.smtp import send_to, smtp
from tests.wsgi import ask
from wirportal.pagestore import PageStore

pytestmark = pytest.mark.both_databases

PERSON = "/de/kontakte/meliha-delalic/"
ENTRIES = [
    "kontakte/meliha-delalic/",
    "angebote/wir-koordination/",
    "partner/landkreis-limburg-weilburg/",
]


@pytest.fixture(autouse=True)
def no_counters(db):
    cache.clear()


@pytest.mark.parametrize("code", list(REGISTRY))
def test_it_can_be_written_in_every_language(client, starter, code):
    paths = [f"/{code}/{path}fehler/" for path in ENTRIES]
    for path in (*paths, f"/{code}/rueckmeldung/", f"/{code}/barriere-melden/"):
        response = write(client, path, text="Привіт, مرحبا", problem="wrong")
        assert response.status_code == 303, path
        thanks = client.get(response.headers["Location"])
        assert thanks.status_code == 200
        assert response.headers["Location"].startswith(f"/{code}/")
        assert 'href="tel:+496431296321"' in thanks.content.decode(), "for what is urgent"
        message = Message.objects.first()
        assert (message.text, message.language) == ("Привіт, مرحبا", code)
    assert Message.objects.count() == len(paths) + 2
    assert not client.cookies


def test_each_entry_leads_to_a_form_about_it(client, starter):
    models = (ContactPerson, Offer, Organisation)
    for path, model in zip(ENTRIES, models, strict=True):
        links = [a["href"] for a, text in read(client, f"/de/{path}").all("a")]
        assert f"/de/{path}fehler/" in links
        assert write(client, f"/de/{path}fehler/", problem="closed", text="").status_code == 303
        message = Message.objects.first()
        entry = model.objects.get(slug=path.split("/")[1])
        assert (message.entry, message.entry_name) == (entry, str(entry))
        assert (message.kind, message.problem, message.text) == ("error", "closed", "")


def test_there_is_no_form_about_what_the_public_cannot_see(client, starter):
    make_offer(slug="versteckt", published=False)
    for path in (
        "angebote/gibt-es-nicht",
        "angebote/versteckt",
        "angebote/meliha-delalic",
        "kontakte/wir-koordination",
        "partner/versteckt",
        "angebote/1",
    ):
        values = {"proof": proof_of(60), "text": TEXT, "problem": "wrong"}
        assert client.get(f"/de/{path}/fehler/").status_code == 404, path
        assert send(client, f"/de/{path}/fehler/", values).status_code == 404, path
    Page.objects.filter(slug="rueckmeldung").update(published=False)
    assert client.get(FEEDBACK).status_code == 404
    assert not Message.objects.exists()


def test_a_barrier_is_due_in_six_weeks_and_its_page_is_known(client, starter):
    before = {"headers": {"referer": "http://testserver/ar/angebote/?q=x"}}
    values = opened(client, BARRIER, **before)
    assert values["page"] == "http://testserver/ar/angebote/?q=x"
    assert send(client, BARRIER, values | {"text": TEXT}).headers["Location"].endswith("/danke/")
    message = Message.objects.get()
    assert message.page == values["page"]
    assert message.due_on == timezone.localdate() + timedelta(days=42)
    for other in ("https://evil.example/", f"http://testserver{BARRIER}", "http://testserver.evil"):
        assert opened(client, BARRIER, headers={"referer": other})["page"] == ""


@pytest.mark.parametrize(
    ("values", "field", "link"),
    [
        ({"text": ""}, "text", "#id_text"),
        ({"text": "\0\x07 \r\n"}, "text", "#id_text"),
        ({"text": "x" * 100_000}, "text", "#id_text"),
        ({"email": "keine Adresse"}, "email", "#id_email"),
        ({"email": "a@example.org\r\nBcc: b@example.org"}, "email", "#id_email"),
        ({"email": "a\0@example.org"}, "email", "#id_email"),
        (
            {"email": f"{'x' * 60}@{'y' * 60}.{'z' * 60}.{'z' * 60}.{'z' * 60}.de"},
            "email",
            "#id_email",
        ),
        ({"problem": ""}, "problem", "#id_problem_0"),
        ({"problem": "erfunden"}, "problem", "#id_problem_0"),
        ({"problem": "other", "text": " "}, "text", "#id_text"),
        ({"website": "http://spam.example"}, "website", "#id_website"),
    ],
)
def test_what_is_refused_is_explained_and_keeps_everything(client, starter, values, field, link):
    values = {"text": TEXT, "email": "a@example.org", "problem": "missing"} | values
    response = write(client, f"{PERSON}fehler/", **values)
    assert response.status_code == 200
    form = response.context["form"]
    assert set(form.errors) == {field}
    assert set(complaints(response).values()) == {link}
    html = response.content.decode()
    page = Reading(html)
    assert f'id="{link[1:]}"' in html, "the link leads to the field"
    assert {name: form[name].value() for name in values} == values
    assert page.one("title")[1].startswith("Noch nicht gesendet")
    assert not Message.objects.exists()
    good = {"text": TEXT, "email": "", "problem": "missing", "website": ""}
    again = {"proof": page.one("input", name="proof")[0]["value"]} | good
    assert send(client, f"{PERSON}fehler/", again).status_code == 303, "the same form is sent again"


@pytest.mark.parametrize(
    ("make_proof", "words"),
    [
        (lambda: proof_of(0), "sehr schnell"),
        (lambda: proof_of(25 * 60 * 60), "zu lange offen"),
        (lambda: "", "zu lange offen"),
        (lambda: proof_of(60).swapcase(), "zu lange offen"),
        (lambda: proof_of(60).replace("ein-token", "kein-token"), "zu lange offen"),
        (lambda: "x" * 10_000, "zu lange offen"),
        (lambda: "\0", "zu lange offen"),
    ],
)
def test_only_a_form_that_was_opened_here_is_taken(client, starter, make_proof, words):
    proof = make_proof()
    values = opened(client) | {"text": TEXT, "email": "a@example.org", "proof": proof}
    response = send(client, FEEDBACK, values)
    assert response.status_code == 200
    [text] = complaints(response)
    assert words in text
    form = response.context["form"]
    assert (form["text"].value(), form["email"].value()) == (TEXT, "a@example.org")
    assert not Message.objects.exists()
    fresh = Reading(response.content.decode()).one("input", name="proof")[0]["value"]
    assert (fresh == proof) == (words == "sehr schnell")
    token = fresh.rsplit(":", 2)[0]
    assert send(client, FEEDBACK, values | {"proof": proof_of(60, token)}).status_code == 303


def test_what_is_sent_twice_arrives_once_and_a_second_text_is_asked_for_again(client, starter):
    values = opened(client) | {"text": TEXT}
    for _ in range(3):  # an impatient finger
        assert send(client, FEEDBACK, values).headers["Location"] == SENT
    assert Message.objects.count() == 1
    other = values | {"text": "Noch etwas."}
    response = send(client, FEEDBACK, other)
    assert response.status_code == 200
    assert "schon angekommen" in "".join(complaints(response))
    assert "Noch etwas." in response.content.decode()
    assert Message.objects.count() == 1
    fresh = Reading(response.content.decode()).one("input", name="proof")[0]["value"]
    assert fresh != values["proof"]


def test_the_same_form_from_two_workers_at_once_is_one_message(starter, settings):
    send_to(settings, 9)
    Programme.objects.update(email="wir@example.org")
    for _ in range(2):  # neither saw what the other was about to write
        Message(token="ein-token", kind="feedback", text=TEXT, language="de").receive()
    assert Message.objects.count() == OutgoingMail.objects.count() == 1


def test_too_many_from_one_place_are_refused_kindly_and_nobody_else_is(client, starter, settings):
    proxy = {"REMOTE_ADDR": "127.0.0.1"}

    def post(address, number):
        values = {"proof": proof_of(60, f"{address}-{number}"), "text": f"{TEXT} {number}"}
        return send(client, FEEDBACK, values, headers={"x-forwarded-for": address}, **proxy)

    answers = [post("203.0.113.7", number) for number in range(50)]
    assert [a.status_code for a in answers] == [303] * 20 + [429] * 30
    last = answers[-1]
    assert f"{TEXT} 49" in last.content.decode()
    assert "sehr viele Nachrichten" in "".join(complaints(last))
    assert last.headers["Retry-After"] == "3600"
    assert post("203.0.113.8", 0).status_code == 303, "somebody else behind the same proxy"
    assert post("2001:db8:1:2::1", 0).status_code == 303
    settings.TRUSTED_PROXIES = []
    assert post("203.0.113.9", 0).status_code == 303, "the proxy is just a client now"
    assert Message.objects.count() == 23


def test_where_it_came_from_is_kept_nowhere(client, starter, settings):
    send_to(settings, 9)
    Programme.objects.update(email="wir@example.org")
    address = "203.0.113.77"
    values = opened(client) | {"text": "x"}
    assert send(client, FEEDBACK, values, REMOTE_ADDR=address).status_code == 303
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM cache")
        kept = [*Message.objects.values(), *OutgoingMail.objects.values(), *cursor.fetchall()]
    assert len(kept) == 3, "the message, the e-mail and the counter"
    assert "203.0" not in str(kept)


def test_no_form_is_cached_and_none_needs_a_cookie(transactional_db, starter, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    store = PageStore(WSGIHandler())
    for path in (FEEDBACK, f"{PERSON}fehler/"):
        first, second = ask(store, path), ask(store, path, referer="http://testserver/x")
        assert first.status == second.status == 200
        assert first.headers["Cache-Control"] == "private, no-cache"
        assert "Set-Cookie" not in first.headers and first.headers["Vary"] == "Accept-Encoding"
        proofs = [Reading(a.text).one("input", name="proof")[0]["value"] for a in (first, second)]
        assert proofs[0] != proofs[1]
    assert ask(store, SENT).headers["Cache-Control"].startswith("public")


def test_files_and_huge_forms_are_not_even_read(client, starter):
    values = opened(client) | {"text": TEXT}
    assert client.post(FEEDBACK, values).status_code == 400  # multipart
    assert send(client, FEEDBACK, values | {"text": "x" * 3_000_000}).status_code == 413
    assert send(client, FEEDBACK, {f"f{n}": "" for n in range(2000)}).status_code == 400
    assert not Message.objects.exists()


def test_staff_are_told_without_what_the_person_wrote(client, starter, settings, staff):
    send_to(settings, 9)
    Programme.objects.update(email="wir@example.org")
    write(client, f"{PERSON}fehler/", problem="wrong", text="Geheim", email="ich@example.org")
    mail = OutgoingMail.objects.get()
    message = Message.objects.get()
    assert (mail.to, mail.subject, mail.reply_to) == (
        "wir@example.org",
        "Neue Nachricht: Fehler",
        "",
    )
    assert f"http://testserver/verwaltung/contacts/message/{message.pk}/change/" in mail.body
    assert "Meliha Delalic" in mail.body
    assert "Geheim" not in mail.body and "ich@example.org" not in mail.body
    write(client, "/ar/barriere-melden/", text="x")
    mail = OutgoingMail.objects.latest("pk")
    assert mail.subject == "Neue Nachricht: Barriere", "in German, whoever wrote"
    assert "Sprache: Arabisch" in mail.body and "Bitte antworten bis: " in mail.body


def test_without_an_operators_address_everybody_who_may_answer_is_told(client, starter, settings):
    send_to(settings, 9)
    for name, group in (("a", "Redaktion"), ("b", "Leitung"), ("c", "Übersetzung"), ("d", None)):
        user = User.objects.create_user(name, f"{name}@example.org", is_staff=True)
        user.groups.set(Group.objects.filter(name=group))
    User.objects.filter(username="b").update(is_active=False)
    write(client)
    assert [mail.to for mail in OutgoingMail.objects.all()] == ["a@example.org"]


def test_while_the_mail_server_is_down_nothing_is_lost(client, starter, settings):
    send_to(settings, 9)
    Programme.objects.update(email="wir@example.org")
    for number in range(100):
        cache.clear()  # a hundred people
        values = {"proof": proof_of(60, f"t{number}"), "text": f"Nummer {number}"}
        assert send(client, FEEDBACK, values).status_code == 303
    assert Message.objects.count() == OutgoingMail.objects.count() == 100
    now = timezone.now() + timedelta(seconds=1)
    assert OutgoingMail.objects.deliver(now) == 0
    with smtp(settings) as server:
        assert OutgoingMail.objects.deliver(now + timedelta(minutes=6)) == 100
        assert OutgoingMail.objects.deliver(now + timedelta(days=1)) == 0
        assert len({mail["Message-ID"] for mail in server.mails}) == len(server.mails) == 100


def test_control_characters_and_line_ends_do_not_arrive(client, starter):
    write(client, BARRIER, text="eins\r\nzwei\x1b[31m\x00drei\u2028vier", page="a\r\nb")
    message = Message.objects.get()
    assert (message.text, message.page) == ("eins\nzwei[31mdreivier", "ab")
