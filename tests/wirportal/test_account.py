"""Devices, passwords and e-mails of the own account."""

import re
import time
from datetime import timedelta

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client
from django.test.signals import template_rendered

from tests.wirportal.staff import (
    ACCOUNT,
    LOGIN,
    PASSWORD,
    TOO_MANY,
    again,
    is_signed_in,
    make_app,
    sign_in,
)

NEW = {"password1": "noch viel länger", "password2": "noch viel länger"}


def test_the_account_page_shows_devices_without_addresses(client, staff):
    sign_in(client, REMOTE_ADDR="203.0.113.77")
    phone = Client()
    sign_in(phone, HTTP_USER_AGENT="Mozilla/5.0 (Linux; Android 14) Chrome/126.0 Mobile Safari")
    page = phone.get(ACCOUNT).content.decode()
    assert "Firefox, Windows" in page
    assert "Chrome, Android, <strong>dieses Gerät" in page
    assert "Davor zuletzt am" in page
    assert "203.0.113" not in page
    assert not [s for s in Session.objects.all() if "203.0.113" in str(s.get_decoded())]
    assert all(session.ip.startswith("fd") for session in staff.usersession_set.all())


def test_all_other_devices_can_be_signed_out(client, staff):
    other = Client()
    sign_in(client)
    sign_in(other)
    client.post(ACCOUNT)
    assert is_signed_in(client)
    assert not is_signed_in(other)


def test_a_device_in_use_is_noted_every_few_minutes(client, staff):
    sign_in(client)
    devices = staff.usersession_set
    before = devices.get().last_seen_at
    client.get("/verwaltung/")
    assert devices.get().last_seen_at == before
    devices.update(last_seen_at=before - timedelta(minutes=6))
    client.get("/verwaltung/")
    assert devices.get().last_seen_at > before


def test_a_new_password_signs_out_all_other_devices(client, staff):
    other = Client()
    sign_in(client)
    sign_in(other)
    new = {
        "oldpassword": PASSWORD,
        "password1": "noch viel länger",
        "password2": "noch viel länger",
    }
    for wrong, words in [
        ({"oldpassword": "falsch"}, "Das Passwort stimmt nicht."),
        ({"password1": "elf Zeichen", "password2": "elf Zeichen"}, "zu kurz"),
        ({"password1": "qwerty123456", "password2": "qwerty123456"}, "zu üblich"),
        ({"password2": "anders"}, "nicht gleich"),
    ]:
        page = client.post(f"{ACCOUNT}passwort/", new | wrong).content.decode()
        assert words in page, re.findall("<li>.*</li>", page)
    assert client.post(f"{ACCOUNT}passwort/", new).headers["Location"] == ACCOUNT
    assert is_signed_in(client)
    assert not is_signed_in(other)


@pytest.fixture
def with_mail(settings, staff):
    settings.HAS_MAIL = True
    staff.email = "redaktion@example.org"
    staff.save()


def sent(number):
    """Return the e-mails when there are so many; they are sent aside."""
    for _ in range(3000):
        if len(mail.outbox) >= number:
            break
        time.sleep(0.01)
    assert len(mail.outbox) == number
    return mail.outbox


def ask_for_reset(client, email):
    return client.post(f"{ACCOUNT}passwort/vergessen/", {"email": email})


def test_a_forgotten_password_is_set_anew_by_a_link_that_works_once(client, staff, with_mail):
    other = Client()
    sign_in(other)
    mail.outbox.clear()
    ask_for_reset(client, "Redaktion@example.org")
    [message] = sent(1)
    assert message.to == ["redaktion@example.org"]
    assert "Neues Passwort" in message.subject
    assert "Der Link gilt eine Stunde und nur einmal." in message.body
    link = re.search(r"http://testserver(/verwaltung/konto/passwort/neu/\S+)", message.body)[1]
    form = client.get(link).headers["Location"]
    assert client.post(form, NEW).headers["Location"] == f"{ACCOUNT}passwort/fertig/"
    assert not is_signed_in(client)
    assert not is_signed_in(other)
    assert "gilt nicht mehr" in Client().get(link).content.decode()
    sign_in(client, "noch viel länger")
    assert is_signed_in(client)


def test_a_link_for_a_new_password_ends_after_an_hour(client, staff, with_mail, settings):
    ask_for_reset(client, "redaktion@example.org")
    link = re.search(r"http://testserver(\S+)", sent(1)[0].body)[1]
    assert settings.PASSWORD_RESET_TIMEOUT == 60 * 60
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert "gilt nicht mehr" in client.get(link).content.decode()


def test_the_link_names_the_site_whatever_the_host_header_says(client, staff, with_mail):
    client.post(
        f"{ACCOUNT}passwort/vergessen/", {"email": staff.email}, headers={"host": "localhost"}
    )
    assert "http://testserver/verwaltung/konto/passwort/neu/" in sent(1)[0].body


def test_nothing_tells_whether_there_is_such_an_account(client, staff, with_mail):
    known, unknown = (ask_for_reset(client, f"{x}@example.org") for x in ("redaktion", "niemand"))
    assert (known.status_code, known.headers["Location"]) == (302, f"{ACCOUNT}passwort/gesendet/")
    assert unknown.headers["Location"] == known.headers["Location"]
    sent(1)
    wrong, nobody = (sign_in(client, "falsch", username=name) for name in ("redaktion", "niemand"))
    strip = re.compile(r'value="[^"]*"|nonce-[^\']*')
    pages = [strip.sub("", page.content.decode()) for page in (wrong, nobody)]
    assert pages[0] == pages[1]
    assert "Benutzername oder Passwort stimmen nicht." in pages[0]
    for _ in range(6):
        locked = [sign_in(client, "falsch", username=name) for name in ("redaktion", "niemand")]
    pages = [strip.sub("", page.content.decode()) for page in locked]
    assert pages[0] == pages[1]
    assert TOO_MANY in pages[0]


def test_an_address_that_was_changed_gets_no_link_any_more(client, staff, with_mail):
    ask_for_reset(client, "redaktion@example.org")
    sent(1)
    User.objects.update(email="neu@example.org")
    ask_for_reset(client, "redaktion@example.org")
    ask_for_reset(client, "neu@example.org")
    assert [message.to for message in sent(2)][1] == ["neu@example.org"]


def test_nobody_can_fill_the_postbox_of_somebody_else(with_mail):
    clients = [Client(REMOTE_ADDR=f"198.51.{number}.1") for number in range(5)]
    answers = [ask_for_reset(client, "redaktion@example.org") for client in clients]
    assert [answer.status_code for answer in answers] == [302] * 3 + [429] * 2
    sent(3)


def test_an_open_session_cannot_guess_the_password(client, staff):
    client.force_login(staff)
    new = NEW | {"oldpassword": "falsch"}
    pages = [client.post(f"{ACCOUNT}passwort/", new) for _ in range(10)]
    assert all("Das Passwort stimmt nicht." in page.content.decode() for page in pages)
    assert client.post(f"{ACCOUNT}passwort/", NEW | {"oldpassword": PASSWORD}).status_code == 429
    sign_in(other := Client())
    assert is_signed_in(other)


def test_without_mail_the_page_says_whom_to_ask(client, staff):
    page = ask_for_reset(client, "x@example.org").content.decode()
    assert "Bitten Sie die Leitung" in page
    assert '<input type="email"' not in page


def test_a_sign_in_from_a_new_device_is_told_by_mail(client, staff, with_mail):
    sign_in(client)
    assert not mail.outbox, "the very first is no news"
    client.post(f"{ACCOUNT}abmelden/")
    sign_in(client)
    assert not mail.outbox
    sign_in(Client(), REMOTE_ADDR="203.0.113.77")
    [message] = sent(1)
    assert "an einem neuen Gerät angemeldet" in message.body
    assert "Gerät: Firefox, Windows" in message.body
    assert "203.0.113" not in message.body


def test_a_changed_factor_is_told_by_mail(client, staff, with_mail):
    make_app(staff)
    client.force_login(staff)
    again(client)
    client.post(f"{ACCOUNT}app/entfernen/")
    assert "Die App für Codes wurde entfernt." in sent(1)[0].body


def test_every_template_for_signing_in_is_used(client, staff, with_mail):
    used = set()

    def note(sender, template, **kwargs):
        used.add(template.name)

    template_rendered.connect(note)
    try:
        ask_for_reset(client, staff.email)
        sign_in(client)
        client.get(f"{ACCOUNT}einrichten/")
        client.get(f"{ACCOUNT}app/")
        client.get(f"{ACCOUNT}passkey/")
        make_app(staff)
        RecoveryCodes.activate(staff)
        client.get(f"{ACCOUNT}notfallcodes/")
        client.get(f"{ACCOUNT}notfallcodes/datei/")
        client.get(f"{ACCOUNT}bestaetigen/")
        client.get(ACCOUNT)
        client.post(f"{ACCOUNT}passwort/", {"oldpassword": PASSWORD} | NEW)
        client.post(f"{ACCOUNT}abmelden/")
        client.get(f"{ACCOUNT}passwort/vergessen/")
        client.get(f"{ACCOUNT}passwort/gesendet/")
        sign_in(client, NEW["password1"])
        client.get(f"{LOGIN}code/")
        client.post(f"{ACCOUNT}abmelden/")
        for _ in range(31):
            client.post(LOGIN, {})
        sent(2)
    finally:
        template_rendered.disconnect(note)
    root = settings.BASE_DIR / "templates"
    files = {str(file.relative_to(root)) for file in root.rglob("*") if file.is_file()}
    ours = {name for name in files if name.startswith(("account/", "mfa/", "429"))}
    # With a real passkey only: tests/browser/test_signin.py
    browser = {"mfa/webauthn/_authenticate.html", "mfa/webauthn/reauthenticate.html"}
    assert ours - used == browser
