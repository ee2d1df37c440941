"""Which headers protect, on one address of each kind of answer; and no address in any log."""

import http.client
import re
import socket
import sqlite3
import time

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from contacts.models import ContactPerson
from programme.models import Area, Publication
from tests.factories import PDF, make_publication
from tests.wirportal.staff import sign_in
from tests.wirportal.test_serve import free_port, serving

VISITOR = "203.0.113.77"
PUBLIC = {
    "default-src": "'none'",
    "style-src": "'self'",
    "img-src": "'self'",
    "media-src": "'self'",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
#: Address and status of each kind of answer.
KINDS = {
    "page": ("/de/", 200),
    "redirect": ("/", 302),
    "slash": ("/de", 301),
    "missing": ("/de/nichts/", 404),
    "no language": ("/nichts", 404),
    "sitemap": ("/sitemap.xml", 200),
    "text": ("/robots.txt", 200),
    "card": ("/de/kontakte/meliha-delalic.vcf", 200),
    "picture": ("/de/kontakte/meliha-delalic.svg", 200),
    "sign of life": ("/healthz", 200),
    "sign-in": ("/verwaltung/konto/anmelden/", 200),
    "admin": ("/verwaltung/", 302),
}


def directives(response):
    parts = response.headers["Content-Security-Policy"].split("; ")
    found = dict(part.split(" ", 1) for part in parts if " " in part)
    assert len(found) >= len(parts) - 1  # none is named twice; "sandbox" needs no value
    return found


def check(response):
    """Check what every answer must have."""
    headers = response.headers
    policy = directives(response)
    assert policy["default-src"] == "'none'"
    assert not re.search(r"unsafe|http:|\*|//", headers["Content-Security-Policy"])
    assert headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert {"camera=()", "geolocation=()", "microphone=()"} <= set(
        headers["Permissions-Policy"].split(", ")
    )
    assert "X-Powered-By" not in headers


@pytest.fixture
def https_client(settings):
    """As with SITE_URL=https://…, behind a proxy that says so."""
    settings.SECURE_HSTS_SECONDS, settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = 63_072_000, True
    return Client()


def get(client, path, **options):
    return client.get(path, secure=True, **options)


@pytest.mark.parametrize("kind", KINDS)
def test_headers_of_each_kind(https_client, starter, kind):
    path, status = KINDS[kind]
    response = get(https_client, path)
    assert response.status_code == status
    check(response)
    if path.startswith("/verwaltung"):
        assert {"private", "no-store"} <= set(response.headers["Cache-Control"].split(", "))
    else:
        assert directives(response) == PUBLIC
        assert not response.cookies
        assert "Access-Control-Allow-Origin" not in response.headers


def test_the_admin_allows_scripts_of_this_host_only(https_client, starter, staff):
    https_client.force_login(staff)
    person = ContactPerson.objects.first()
    for path in ("/verwaltung/", f"/verwaltung/contacts/contactperson/{person.pk}/change/"):
        response = get(https_client, path)
        check(response)
        policy = directives(response)
        assert re.fullmatch(r"'self' 'nonce-[\w-]{22}'", policy["script-src"])
        assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert policy["form-action"] == "'self'"
        again = directives(get(https_client, path))
        assert again["script-src"] != policy["script-src"]


def test_uploaded_files_are_a_sandbox(https_client, starter):
    make_publication(area=Area.objects.first(), file=SimpleUploadedFile("k.pdf", PDF))
    for options in ({}, {"headers": {"range": "bytes=0-3"}}):
        response = get(https_client, Publication.objects.get().file.url, **options)
        assert response.status_code in (200, 206) and response.getvalue()
        check(response)
        assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    check(get(https_client, "/media/fehlt.pdf"))


def test_a_refused_request_has_them_too(https_client, starter):
    bad = [
        get(https_client, "/de/?x=%00", headers={"host": "testserver"}),
        get(https_client, "/de/", headers={"host": "evil.example"}),
        https_client.post("/de/", secure=True),
        Client(enforce_csrf_checks=True).post("/verwaltung/konto/anmelden/", secure=True),
        https_client.post("/verwaltung/", {"x": "x" * 1_100_000}, secure=True),
    ]
    assert [response.status_code for response in bad] == [200, 400, 405, 403, 413]
    for response in bad:
        check(response)
    assert [response.headers["Cache-Control"] for response in bad[3:]] == ["private, no-store"] * 2


def test_a_page_that_fails_has_them_too(https_client, starter, staff, monkeypatch):
    def broken(*args):
        raise RuntimeError

    monkeypatch.setattr("wirportal.views.organisation", broken)
    monkeypatch.setattr("wirportal.signin.views.devices", broken)
    https_client.raise_request_exception = False
    https_client.force_login(staff)
    for path in ("/de/", "/verwaltung/konto/"):
        response = get(https_client, path)
        assert response.status_code == 500
        check(response)


def test_too_many_tries_are_refused_with_them(https_client, starter, staff):
    for _ in range(6):
        response = sign_in(https_client, "falsch", secure=True)
    assert "Zu viele falsche Versuche" in response.content.decode()
    check(response)


def ask(port, path, *, method="GET", body=None, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    headers = {"X-Forwarded-For": VISITOR, "X-Forwarded-Proto": "https"} | headers
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    response.read()
    connection.close()
    return response


def send(port, data):
    """Send bytes that are no request, or only half of one, and go."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(data)
        connection.settimeout(0.5)
        try:
            return connection.recv(1000)
        except TimeoutError:
            return b""


HEAD = f"Host: 127.0.0.1\r\nX-Forwarded-For: {VISITOR}\r\n"


def test_a_real_server_sends_them_and_writes_no_address_into_its_log(data):
    port = free_port()
    with serving(data, port, SITE_URL="https://127.0.0.1", WEB_CONCURRENCY=1) as server:
        page = ask(port, "/de/")
        css = next((data / "static/css").glob("site.*.css")).name
        unchanged = ask(port, "/de/", **{"If-None-Match": page.headers["ETag"]})
        answers = {
            200: page,
            304: unchanged,
            404: ask(port, "/static/css/nichts.css"),
            400: ask(port, "/de/", Host="evil.example"),
            405: ask(port, "/de/", method="POST", body=b"x"),
            403: ask(port, "/verwaltung/konto/anmelden/", method="POST", body=b"login=x"),
            413: ask(port, "/verwaltung/", method="POST", body=b"", **{"Content-Length": "9" * 9}),
        }
        assert {status: answer.status for status, answer in answers.items()} == {
            status: status for status in answers
        }
        for status, answer in answers.items():
            if status != 304:
                check(answer)
        check_kept(unchanged, page)
        static = ask(port, f"/static/css/{css}")
        assert static.status == 200
        check(static)
        send(port, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
        assert b" 400 " in send(port, b"GET / HTTP/9.9\r\n" + HEAD.encode() + b"\r\n")
        send(port, b"GET /de/ HTTP/1.1\r\n" + HEAD.encode())
        send(port, f"POST /verwaltung/ HTTP/1.1\r\n{HEAD}Content-Length: 99\r\n\r\nx".encode())
        break_database(data)
        broken = ask(port, "/de/kontakte/meliha-delalic/")
        assert broken.status == 503
        check(broken)
        time.sleep(1)
    lines = [line for line in server.output.splitlines() if VISITOR in line or "127.0.0.1" in line]
    assert [line for line in lines if not line.startswith(("Website:", "Verwaltung:"))] == []
    assert "no such table" in server.output, "nothing was logged at all"


def check_kept(unchanged, page):
    """An answer without a body keeps what the browser has, and contradicts none."""
    for name, value in unchanged.headers.items():
        if name not in ("Date", "Connection", "Server"):
            assert page.headers[name] == value, name


def break_database(folder):
    connection = sqlite3.connect(folder / "wir.sqlite3")
    connection.execute("ALTER TABLE contacts_contactperson RENAME TO gone")
    connection.commit()
    connection.close()
