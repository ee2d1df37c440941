"""What the environment says about signing in, asked of a process of its own."""

import json
import os
import subprocess
import sys
from ipaddress import ip_network

import pytest
from django.conf import settings

from wirportal.environment import mail, networks

QUESTION = """
import json
import django
from wirportal import settings as own
own.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
django.setup()
from django.conf import settings

from wirportal.environment import mail
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
call_command("migrate", verbosity=0)
call_command("createcachetable", verbosity=0)
User.objects.create_superuser("redaktion", password="ein langes Passwort")
client = Client()
client.get("/verwaltung/konto/anmelden/", secure=settings.HTTPS)
sign_in = {"login": "redaktion", "password": "ein langes Passwort"}
answer = client.post("/verwaltung/konto/anmelden/", sign_in, secure=settings.HTTPS)
admin = client.get("/verwaltung/", secure=settings.HTTPS)
print(json.dumps({
    "required": settings.REQUIRE_MFA,
    "status": admin.status_code,
    "cookies": {name: [value.output(), dict(value)] for name, value in client.cookies.items()},
}))
"""


def ask(folder, **variables):
    own = {"DATA_DIR": str(folder), "SECRET_KEY": "x" * 50, "ALLOWED_HOSTS": "testserver"}
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", QUESTION],
        cwd=settings.BASE_DIR,
        env={"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "wirportal.settings"}
        | own
        | variables,
        capture_output=True,
        text=True,
    )


def answered(folder, **variables):
    result = ask(folder, **variables)
    assert not result.returncode, result.stderr
    return json.loads(result.stdout)


def test_https_requires_the_second_factor_and_hardens_the_cookies(tmp_path):
    found = answered(tmp_path, SITE_URL="https://testserver")
    assert (found["required"], found["status"]) == (True, 302)
    assert set(found["cookies"]) >= {"__Host-session", "__Host-csrf", "__Host-device"}
    for name in ("__Host-session", "__Host-csrf", "__Host-device"):
        text, cookie = found["cookies"][name]
        assert "; Secure" in text, name
        assert (cookie["path"], cookie["domain"], cookie["samesite"]) == ("/", "", "Lax")
        assert cookie["httponly"]


def test_http_does_not_unless_it_is_told_so(tmp_path):
    found = answered(tmp_path, SITE_URL="http://testserver")
    assert (found["required"], found["status"]) == (False, 200)
    assert {"session", "csrf", "device"} == set(found["cookies"]) - {"messages"}
    (tmp_path / "wir.sqlite3").unlink()
    found = answered(tmp_path, SITE_URL="http://testserver", REQUIRE_MFA="1")
    assert (found["required"], found["status"]) == (True, 302)


@pytest.mark.parametrize(
    ("url", "host", "port", "security", "sender"),
    [
        ("smtps://wir:p%40ss@mail.example.org", "mail.example.org", 465, "SSL", "a@example.org"),
        ("smtps://wir:p%40ss@mail:1/?from=b@example.org", "mail", 1, "SSL", "b@example.org"),
        ("smtp://wir:p%40ss@mail.example.org", "mail.example.org", 587, "TLS", "a@example.org"),
        ("smtp://wir:p%40ss@localhost:25", "localhost", 25, None, "a@example.org"),
    ],
)
def test_the_mail_server_stands_in_one_address(url, host, port, security, sender):
    found = mail(url, "a@example.org")
    assert found["EMAIL_BACKEND"] == "django.core.mail.backends.smtp.EmailBackend"
    assert (found["EMAIL_HOST"], found["EMAIL_PORT"]) == (host, port)
    assert (found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"]) == ("wir", "p@ss")
    assert [kind for kind in ("SSL", "TLS") if found[f"EMAIL_USE_{kind}"]] == [security] * bool(
        security
    )
    assert found["DEFAULT_FROM_EMAIL"] == sender


def test_several_proxies_stand_in_one_line(monkeypatch):
    monkeypatch.setenv("TRUSTED_PROXIES", "10.0.0.0/8, 127.0.0.1,::1")
    found = networks("TRUSTED_PROXIES", "192.0.2.1")
    assert found == [ip_network(text) for text in ("10.0.0.0/8", "127.0.0.1", "::1")]
    monkeypatch.setenv("TRUSTED_PROXIES", "")
    assert networks("TRUSTED_PROXIES", "192.0.2.1") == [ip_network("192.0.2.1")]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REQUIRE_MFA", "maybe"),
        ("TRUSTED_PROXIES", "*"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
        ("EMAIL_URL", "mailto:geheim@example.org"),
        ("EMAIL_URL", "smtp://user:geheim@host:port"),
    ],
)
def test_what_cannot_be_understood_stops_the_start(tmp_path, name, value):
    result = ask(tmp_path, **{name: value})
    assert result.returncode
    assert f"ImproperlyConfigured: {name} must be" in result.stderr
    assert "geheim" not in result.stderr.splitlines()[-1]
