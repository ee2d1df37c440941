"""Ten thousand hostile requests: none may break anything, through the application and the wire."""

import logging
import random
import re
import socket
import subprocess
import sys
from collections import Counter
from contextlib import closing
from wsgiref.headers import Headers

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from programme.models import Publication
from tests.hostile import HOSTS, hostile
from tests.pages import sitemap
from tests.wirportal.test_serve import environment, fetch, free_port, serving
from wirportal.requests import only_well_formed

SEED = 2026
OTHERS = [
    *("/", "/sitemap.xml", "/robots.txt", "/favicon.ico", "/healthz", "/readyz", "/media/x.pdf"),
    *("/.well-known/security.txt", "/static/icon.svg", "/static/css/site.css", "/de/angebote/"),
    *("/api/hsds/v3/", "/api/hsds/v3/services", "/api/hsds/v3/services/x", "/api/termine.ics"),
    *("/api/hsds/v3/locations/0", "/api/hsds/v3/organizations"),
    *("/de/partner/", "/fa-AF/", "/de", "/verwaltung", "/admin/", "/xx/", "/de/kontakte/x.vcf"),
    "/de/merkzettel/",
]
STAFF = [
    *("", "login/", "logout/", "password_change/", "jsi18n/", "autocomplete/", "r/1/1/"),
    *("konto/", "konto/anmelden/", "konto/passwort/", "konto/passwort/vergessen/", "konto/app/"),
    *("konto/passkey/1/", "konto/passwort/neu/1-x/", "konto/bestaetigen/", "konto/notfallcodes/"),
    *("abdeckung/", "uebersetzen/ar/", "uebersetzen/ar/datei/", "uebersetzen/ar/einlesen/"),
    *("uebersetzen/zuruecknehmen/1/", "offers/", "offers/offer/einlesen/", "offers/offer/datei/"),
]


def staff_paths():
    """Return the addresses of the admin: of each model its list, its forms and its history."""
    paths = [settings.ADMIN_PATH + path for path in STAFF]
    for model in admin.site._registry:
        base = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        first = model._default_manager.first()
        pk = first.pk if first else 1
        paths += [base, f"{base}add/"]
        paths += [f"{base}{pk}/{page}/" for page in ("change", "history", "delete")]
    return paths


def assert_is_safe(status, headers, request):
    assert status < 500, (status, request)
    if status == 304:  # it shows nothing, and the browser has kept the headers of the page
        return
    assert "default-src 'none'" in (headers["Content-Security-Policy"] or ""), (status, request)
    assert headers["X-Content-Type-Options"] == "nosniff", (status, request)


def ask(application, environ):
    answer = []
    body = application(environ, lambda *arguments: answer.append(arguments))
    try:
        content = b"".join(body)
    finally:
        getattr(body, "close", lambda: None)()
    assert len(answer) == 1
    return int(answer[0][0][:3]), Headers(answer[0][1]), content


@pytest.mark.django_db(transaction=True)
def test_nothing_breaks_the_application(store, full_site, caplog):
    application = only_well_formed(store, store.application.django)
    chance, statuses, client = random.Random(SEED), Counter(), Client()
    public = [*sitemap(client)][::25] + OTHERS + [Publication.objects.get().file.url]
    paths = public * 2 + staff_paths()
    for number in range(9_000):
        if number % 250 == 0:  # it may have signed itself out
            client.force_login(User.objects.create_superuser(f"redaktion-{number}"))
            client.get("/verwaltung/offers/topic/add/")
            cookies = {name: morsel.value for name, morsel in client.cookies.items()}
            cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
        request = hostile(chance, paths, cookie, cookies["csrf"])
        host = chance.choice(HOSTS) if chance.random() < 0.03 else "testserver"
        try:
            status, headers, _content = ask(application, request.environ(host))
        except Exception as error:
            raise AssertionError(request) from error
        statuses[status] += 1
        assert_is_safe(status, headers, request)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def new_session(data_dir):
    """Return the cookies of somebody who is signed in to the server with this folder."""
    code = (
        "from django.contrib.auth.models import User; from django.test import Client;"
        "client = Client(headers={'host': '127.0.0.1'}); client.force_login(User.objects.get());"
        "client.get('/verwaltung/offers/topic/add/');"
        "print(client.cookies['session'].value, client.cookies['csrf'].value)"
    )
    result = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v0", "-c", code],
        cwd=settings.BASE_DIR,
        env=environment(DATA_DIR=data_dir),
        capture_output=True,
        text=True,
        check=True,
    )
    return result.stdout.split()


def send(port, raw):
    """Return status and headers of the answer; (0, {}) when there is none."""
    with closing(socket.create_connection(("127.0.0.1", port), timeout=20)) as connection:
        answer = b""
        try:
            connection.sendall(raw)
            connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(65_536):
                answer += part
        except ConnectionError:  # refused before all was sent
            pass
    head, *_body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = Headers([tuple(line.split(": ", 1)) for line in lines])
    return (int(first.split()[1]) if first else 0), headers


#: What is no HTTP, in the place of the first line or of a header.
NO_HTTP = [
    *(
        "\r\n\r\n",
        "GET",
        "GET /de/ HTTP/9.9\r\n\r\n",
        "\x16\x03\x01\x02\x00",
        "get / http/1.1\r\n\r\n",
    ),
    *(
        "GET  /de/  HTTP/1.1\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "GET /\xff HTTP/1.1\r\n\r\n",
    ),
]
HEADER_LINES = [
    *("Content-Length: -1", "Content-Length: 1\r\nContent-Length: 2", "Content-Length: x", "x"),
    *("Transfer-Encoding: x", "Transfer-Encoding: chunked", "X : y", "X: a\x00b", "X: a\r\n b"),
    *("Transfer-Encoding: chunked\r\nContent-Length: 3", "X: " + "y" * 9_000, "Host: evil"),
    *("\r\n".join(f"X-{number}: y" for number in range(200)), "SCRIPT_NAME: /x", "Expect: x"),
]


def test_nothing_breaks_the_server(data):
    port, chance, statuses = free_port(), random.Random(SEED), Counter()
    with serving(data, port) as server:
        session, csrf = new_session(data)
        cookie = f"session={session}; csrf={csrf}"
        paths = OTHERS * 2 + [settings.ADMIN_PATH + path for path in STAFF if path != "logout/"]
        for _number in range(1_000):
            host = chance.choice(HOSTS) if chance.random() < 0.03 else f"127.0.0.1:{port}"
            request = hostile(chance, paths, cookie, csrf).raw(host)
            if chance.random() < 0.1:
                request = chance.choice(NO_HTTP).encode("latin-1")
            elif chance.random() < 0.2:
                line = chance.choice(HEADER_LINES).encode("latin-1")
                request = request.replace(b"\r\n", b"\r\n" + line + b"\r\n", 1)
            status, headers = send(port, request)
            statuses[status] += 1
            if status:
                assert_is_safe(status, headers, request)
        assert statuses[200] > 20 and statuses[0] < 100, statuses
        assert "<h1" in fetch(port, "/de/")
    assert not re.search("Traceback|Error", server.output), server.output
