"""The way into the admin, and that there is no other."""

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client

from tests.wirportal.staff import (
    ACCOUNT,
    LOGIN,
    PASSWORD,
    is_signed_in,
    sign_in,
)


def test_the_admins_login_leads_to_the_own_page_and_on_to_what_was_asked_for(client, staff):
    asked = "/verwaltung/offers/offer/?q=a"
    first = client.get(asked)
    assert first.headers["Location"].startswith("/verwaltung/login/?next=")
    page = client.get(first.headers["Location"])
    assert page.headers["Location"].startswith(f"{LOGIN}?next=")
    answer = sign_in(client, path=page.headers["Location"])
    assert (answer.status_code, answer.headers["Location"]) == (302, asked)


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example",
        "https:evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "http://localhost/",
        "http://127.0.0.1:9/",
    ],
)
def test_no_link_leads_to_another_host(client, staff, target):
    for path in (LOGIN, "/verwaltung/login/"):
        query = {"next": target, "login": "redaktion", "password": PASSWORD}
        answer = client.post(path, query, follow=True)
        assert all("evil" not in url and ":9" not in url for url, _status in answer.redirect_chain)
        assert all(url.startswith("/") for url, _status in answer.redirect_chain)
        client.logout()


def test_the_session_gets_a_new_key_and_ends_after_twelve_hours(client, staff):
    client.get(LOGIN)
    session = client.session
    session["planted"] = True
    session.save()
    client.cookies["session"] = session.session_key
    sign_in(client)
    assert client.session.session_key != session.session_key
    assert not Session.objects.filter(session_key=session.session_key).exists()
    ends = client.session.get_expiry_date()
    client.get("/verwaltung/")
    client.post(f"{ACCOUNT}passwort/", {})
    assert client.session.get_expiry_date() == ends
    assert 11.9 < client.session.get_expiry_age() / 3600 <= 12


def test_every_form_wants_its_csrf_token(staff):
    client = Client(enforce_csrf_checks=True)
    for path in (LOGIN, f"{LOGIN}code/", f"{LOGIN}passkey/", f"{ACCOUNT}passwort/vergessen/"):
        assert client.post(path, {"login": "redaktion"}).status_code == 403, path


def test_what_nobody_needs_does_not_exist(staff_client):
    for path in ("signup/", "email/", "confirm-email/", "login/code/", "3rdparty/", "sessions/"):
        assert staff_client.get(f"{ACCOUNT}{path}").status_code == 404, path
    for path in ("mfa/authenticator/", "account/emailaddress/", "usersessions/usersession/"):
        assert staff_client.get(f"/verwaltung/{path}").status_code == 404, path


def test_signing_out_in_the_admin_ends_the_session(client, staff):
    sign_in(client)
    assert client.post("/verwaltung/logout/").headers["Location"] == LOGIN
    assert not is_signed_in(client)
    assert not Session.objects.exists()


def test_someone_who_left_cannot_sign_in(client, staff):
    User.objects.update(is_active=False)
    assert sign_in(client).headers["Location"] == f"{ACCOUNT}gesperrt/"
    assert "gesperrt" in client.get(f"{ACCOUNT}gesperrt/").content.decode()
    assert not is_signed_in(client)


def test_old_hashes_become_argon2_at_the_next_sign_in(client, db, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    User.objects.create_superuser("redaktion", password=PASSWORD)
    from wirportal.settings import PASSWORD_HASHERS

    settings.PASSWORD_HASHERS = PASSWORD_HASHERS
    sign_in(client)
    assert User.objects.get().password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert authenticate(username="redaktion", password=PASSWORD)
