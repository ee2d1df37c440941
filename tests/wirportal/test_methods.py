"""Which methods an address takes, that nothing is sent without a token, and where it leads."""

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver

from contacts.models import ContactPerson

#: Lists of open data, and an identifier that nothing has.
OPEN = ["services", "organizations", "locations", "service_at_locations", "taxonomies"]
OPEN += ["taxonomy_terms"]
NOBODY = "00000000-0000-4000-8000-000000000000"
#: Every public address, by its pattern, with one that exists in `full_site`.
PUBLIC = {
    "": "/",
    "sitemap.xml": "/sitemap.xml",
    "robots.txt": "/robots.txt",
    "aussehen.css": "/aussehen.css",
    "favicon.ico": "/favicon.ico",
    ".well-known/security.txt": "/.well-known/security.txt",
    "healthz": "/healthz",
    "readyz": "/readyz",
    "media/<path:path>": "/media/x.pdf",
    "api/angebote.csv": "/api/angebote.csv",
    "api/termine.ics": "/api/termine.ics",
    "api/hsds/v3/": "/api/hsds/v3/",
    "api/hsds/v3/openapi.json": "/api/hsds/v3/openapi.json",
    **{f"api/hsds/v3/{name}": f"/api/hsds/v3/{name}" for name in OPEN},
    **{f"api/hsds/v3/{name}/<pk>": f"/api/hsds/v3/{name}/{NOBODY}" for name in OPEN},
    "de/": "/de/",
    "de/bereiche/<slug:slug>/": "/de/bereiche/wir-koordination/",
    "de/kontakte/": "/de/kontakte/",
    "de/kontakte/<slug:slug>/": "/de/kontakte/meliha-delalic/",
    "de/kontakte/<slug:slug>.vcf": "/de/kontakte/meliha-delalic.vcf",
    "de/kontakte/<slug:slug>.svg": "/de/kontakte/meliha-delalic.svg",
    "de/angebote/": "/de/angebote/",
    "de/angebote/<slug:slug>/": "/de/angebote/offener-treff/",
    "de/angebote/<slug:slug>.ics": "/de/angebote/offener-treff.ics",
    "de/partner/": "/de/partner/",
    "de/partner/<slug:slug>/": "/de/partner/landkreis-limburg-weilburg/",
    "de/kontakte/<slug:slug>/fehler/": "/de/kontakte/meliha-delalic/fehler/",
    "de/angebote/<slug:slug>/fehler/": "/de/angebote/offener-treff/fehler/",
    "de/partner/<slug:slug>/fehler/": "/de/partner/landkreis-limburg-weilburg/fehler/",
    "de/rueckmeldung/": "/de/rueckmeldung/",
    "de/rueckmeldung/danke/": "/de/rueckmeldung/danke/",
    "de/barriere-melden/": "/de/barriere-melden/",
    "de/barriere-melden/danke/": "/de/barriere-melden/danke/",
    "de/merkzettel/": "/de/merkzettel/",
    "de/inhalt/": "/de/inhalt/",
    "de/offene-daten/": "/de/offene-daten/",
    "de/<slug:slug>/": "/de/impressum/",
}
#: Forms are also sent to theirs: what is not sent with one of ours is only shown again.
FORMS = ("/fehler/", "/rueckmeldung/", "/barriere-melden/")
#: Public addresses that take an answer; which, tests/offers/test_verification.py tells.
ANSWERED = {
    "pruefen/<str:token>/": "/pruefen/x/",
    "pruefen/<str:token>/aendern/": "/pruefen/x/aendern/",
}
READS = ("GET", "HEAD")
OTHERS = ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "FOO")
ELSEWHERE = [
    *("https://evil.example/", "//evil.example", "///evil.example", "\\\\evil.example", "/\\evil"),
    *(
        "http:evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "//evil.example\\@testserver",
    ),
    *(
        "https://testserver@evil.example/",
        "http://localhost/",
        "http://[",
        "//evil\r\nX: y",
    ),
]


def addresses(patterns=None, before=""):
    for pattern in patterns or get_resolver().url_patterns:
        address = before + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from addresses(pattern.url_patterns, address)
        else:
            yield address


def staff_addresses():
    """Return an address for each pattern of the admin; some of them show nothing."""
    parts = {"<path:object_id>": "1", "<int:pk>": "1", "<id>": "1", "<str:code>": "ar"}
    parts |= {"<slug:name>/": "redaktion/", "<slug:name>.png": "home.png"}
    parts |= {
        "<str:label>": "programme.area",
        "<str:field>": "title",
        "<path:content_type_id>": "1",
    }
    parts |= {"<uuid:uuid>": "8f0f3f5e-6b5c-4c1d-9d55-2f7f0d0a7b11"}
    parts |= {"^passwort/neu/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": "passwort/neu/1-x/"}
    parts |= {
        "(?P<url>.*)$": "x",
        "^(?P<app_label>auth|languages|programme|contacts|offers)/$": "auth/",
    }
    found = []
    for address in addresses():
        if f"/{address}".startswith(settings.ADMIN_PATH):
            for part, example in parts.items():
                address = address.replace(part, example)
            found.append(f"/{address}")
    return found


def test_every_public_address_is_in_the_table_above():
    public = {a for a in addresses() if not f"/{a}".startswith(settings.ADMIN_PATH)}
    assert public == {*PUBLIC, *ANSWERED}


def test_addresses_for_answers_take_no_other_method(client, full_site):
    for path in ANSWERED.values():
        for method in (*READS, "POST"):
            assert client.generic(method, path).status_code == 404, (method, path)
        for method in set(OTHERS) - {"POST"}:
            assert client.generic(method, path, b"a=b").status_code == 405, (method, path)


def test_public_addresses_are_only_read(client, full_site):
    for path in PUBLIC.values():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            for method in READS:
                expected = (404,) if path.startswith("/media") or NOBODY in path else (200, 302)
                assert client.generic(method, path).status_code in expected, (method, path)
            for method in OTHERS:
                is_form = method == "POST" and path.endswith(FORMS)
                kind = "application/x-www-form-urlencoded"
                status = client.generic(method, path, b"a=b", kind).status_code
                assert status == (200 if is_form else 405), (method, path)
        written = [
            q["sql"] for q in queries if not q["sql"].startswith(("SELECT", "SAVEPOINT", "RELEASE"))
        ]
        assert written == [], path


def test_nothing_is_taken_by_the_admin_without_a_token(full_site, staff):
    client = Client(enforce_csrf_checks=True)
    client.force_login(staff)
    paths = staff_addresses()
    assert len(paths) > 100
    assert not [path for path in paths if "<" in path]
    form = {"post": "yes", "action": "delete_selected", "_selected_action": "1"}
    for path in paths:
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            status = client.generic(
                method,
                path,
                "&".join(f"{n}={v}" for n, v in form.items()),
                "application/x-www-form-urlencoded",
            ).status_code
            assert status == 403, (method, path)
    assert User.objects.filter(pk=staff.pk).exists()
    assert ContactPerson.objects.exists()


def test_no_address_leads_elsewhere(client, starter):
    for target in ELSEWHERE:
        for path in ("/DE", "/Fa-AF/", "", "/de", "/verwaltung"):
            response = client.generic(
                "GET", f"{path}/{target.lstrip('/')}".replace("\r\n", "%0d%0a")
            )
            location = response.headers.get("Location", "/")
            assert location[0] == "/", (path, target, location)
            assert location[1:2] not in {"/", "\\"}, (path, target, location)
            assert "\n" not in location


@pytest.mark.parametrize("target", ELSEWHERE)
def test_signing_in_leads_nowhere_else(client, starter, staff, target):
    form = {"login": staff.username, "password": "ein langes Passwort", "next": target}
    response = client.post("/verwaltung/konto/anmelden/", form)
    assert response.status_code == 302
    assert response.headers["Location"] == "/verwaltung/"
    again = client.get("/verwaltung/konto/anmelden/", {"next": target})
    assert again.headers["Location"] == "/verwaltung/"
    out = client.post("/verwaltung/konto/abmelden/", {"next": target})
    assert out.headers["Location"] == "/verwaltung/konto/anmelden/"
