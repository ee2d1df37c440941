"""Addresses, languages and headers: what a browser, a crawler or a mistyped link meets."""

import gzip

import brotli
import pytest
from django.conf import settings
from django.db.migrations.recorder import MigrationRecorder

from languages.models import Language
from tests.pages import Reading, read
from tests.wsgi import ask


@pytest.mark.parametrize(
    ("accept_language", "expected"),
    [
        ("", "de"),
        ("ar", "ar"),
        ("ar-SY,ar;q=0.9,en;q=0.8", "ar"),
        ("fr-FR,uk;q=0.7,de;q=0.3", "uk"),
        ("fr", "de"),
        ("fa-AF", "fa-af"),
        ("prs", "fa-af"),
        ("fa-IR", "fa"),
        ("de-AT", "de"),
        ("*", "de"),
        (";;;q=,,=;q=x\x01", "de"),
        ("en;q=0", "de"),
        ("x" * 5000, "de"),
    ],
)
def test_the_root_sends_readers_to_their_language(client, starter, accept_language, expected):
    response = client.get("/", headers={"accept-language": accept_language})
    assert response.status_code == 302
    assert response.headers["Location"] == f"/{expected}/"
    assert response.headers["Vary"] == "Accept-Language"


def test_the_root_never_sends_to_an_unpublished_language(client, starter):
    Language.objects.filter(code="ar").update(published=False)
    response = client.get("/", headers={"accept-language": "ar,tr;q=0.5"})
    assert response.headers["Location"] == "/tr/"


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/de", "/de/"),
        ("/ar/kontakte", "/ar/kontakte/"),
        ("/fa-AF/", "/fa-af/"),
        ("/DE/kontakte/?a=b", "/de/kontakte/?a=b"),
        ("/DE/%3Fx%23y/", "/de/%3Fx%23y/"),
    ],
)
def test_almost_right_addresses_lead_to_the_right_one(client, starter, path, target):
    response = client.get(path)
    assert response.status_code == 301
    assert response.headers["Location"] == target


@pytest.mark.parametrize(
    ("path", "accept_language", "tag"),
    [
        ("/xx/", "tr", "tr"),
        ("/gibt/es/nicht", "ar", "ar"),
        ("/ar/kontakte/niemand/", "de", "ar"),
        ("/fa-af/bereiche/gibt-es-nicht/", "", "fa-AF"),
        ("/de/kontakte/niemand.vcf", "en", "de"),
        ("/de/kontakte/niemand.svg", "en", "de"),
        ("/media/photos/../../secret_key", "en", "en"),
        ("/de/%00/", "en", "de"),
        ("/de/%FF/", "en", "de"),
    ],
)
def test_what_does_not_exist_is_said_in_the_readers_language(
    client, starter, path, accept_language, tag
):
    response = client.get(path, headers={"accept-language": accept_language})
    assert response.status_code == 404
    page = Reading(response.content.decode())
    assert page.one("html")[0]["lang"] == tag
    assert len(page.all("h1")) == 1
    assert not page.all("link", rel="canonical")
    assert all(a["href"].count("/") == 2 for a, _ in page.all("a") if a.get("hreflang"))


def test_an_unpublished_language_is_not_found(client, starter):
    Language.objects.filter(code="tr").update(published=False)
    response = client.get("/tr/kontakte/", headers={"accept-language": "tr,en;q=0.5"})
    assert response.status_code == 404
    assert Reading(response.content.decode()).one("html")[0]["lang"] == "en"
    assert response.headers["Vary"].startswith("Accept-Language")
    assert "Türkçe" not in client.get("/de/").content.decode()


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize("path", ["/", "/de/", "/de/kontakte/", "/robots.txt", "/sitemap.xml"])
def test_public_pages_only_answer_reading(client, starter, method, path):
    assert getattr(client, method)(path).status_code == 405


def test_head_answers_like_get_without_a_body(client, starter):
    response = client.head("/de/")
    assert response.status_code == 200
    assert response.content == b""


@pytest.mark.parametrize(
    ("accept_encoding", "encoding", "decode"),
    [
        ("br, gzip", "br", brotli.decompress),
        ("gzip, deflate", "gzip", gzip.decompress),
        ("br;q=0, gzip;q=0.5", "gzip", gzip.decompress),
        ("br;q=0", None, bytes),
        ("", None, bytes),
    ],
)
def test_pages_are_compressed_as_the_browser_asks(
    store, starter, accept_encoding, encoding, decode
):
    response = ask(store, "/ar/", accept_encoding=accept_encoding)
    assert response.headers.get("Content-Encoding") == encoding
    assert int(response.headers["Content-Length"]) == len(response.content)
    assert response.headers["Vary"] == "Accept-Encoding"
    assert decode(response.content).startswith(b"<!doctype html>")


def test_security_headers_stand_on_every_answer(client, starter):
    for path in ("/", "/de/", "/de/nichts/", "/robots.txt", "/verwaltung/login/", "/healthz"):
        headers = client.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_staff_pages_are_kept_by_nobody(staff_client, starter):
    for path in ("/verwaltung/", "/verwaltung/password_change/", "/verwaltung/jsi18n/"):
        assert "no-" in staff_client.get(path).headers["Cache-Control"]
        assert "public" not in staff_client.get(path).headers["Cache-Control"]


def test_public_pages_set_no_cookie_even_for_staff(staff_client, starter):
    response = staff_client.get("/de/")
    assert not response.cookies
    assert "Cookie" not in response.headers.get("Vary", "")


def test_robots_and_security_txt(client, starter):
    robots = client.get("/robots.txt").content.decode()
    assert f"Sitemap: {settings.SITE_URL}/sitemap.xml" in robots
    security = client.get("/.well-known/security.txt")
    assert security.headers["Content-Type"].startswith("text/plain")
    assert "Contact: http://testserver/de/impressum/" in security.content.decode()
    assert "Expires: 20" in security.content.decode()


def test_health(client, db):
    assert client.get("/healthz").content == b"ok\n"
    assert client.get("/readyz").content == b"ok\n"


def test_a_database_that_is_older_than_the_code_is_not_ready(client, db):
    MigrationRecorder.Migration.objects.filter(app="offers").latest("id").delete()
    response = client.get("/readyz")
    assert (response.status_code, response.content) == (503, b"migrations\n")
    assert client.get("/healthz").status_code == 200


def test_a_failing_page_answers_without_the_database(client, starter, monkeypatch):
    def broken(*args):
        raise RuntimeError

    monkeypatch.setattr("wirportal.views.organisation", broken)
    client.raise_request_exception = False
    response = client.get("/ar/")
    assert response.status_code == 500
    page = Reading(response.content.decode())
    assert page.one("html")[0] == {"lang": "ar", "dir": "rtl"}


def test_an_empty_database_still_answers(client, db):
    for path in ("/de/", "/de/kontakte/", "/de/inhalt/", "/sitemap.xml"):
        assert client.get(path).status_code == 200, path
    assert client.get("/").headers["Location"] == "/de/"
    assert read(client, "/de/kontakte/").one("h1")[1] == "Kontakte"
