"""What a first visit costs on a slow network. These are sizes, not times: they never flicker."""

import gzip
from functools import cache
from io import StringIO
from pathlib import Path

import brotli
import pytest
from django.conf import settings
from django.core.management import call_command

from languages.registry import REGISTRY
from offers.models import Topic
from tests.wsgi import ask
from wirportal.stylesheets import squeeze

PAGES = [
    *("", "bereiche/wir-fallmanagement/", "kontakte/", "kontakte/meliha-delalic/"),
    *("angebote/", "angebote/?thema=ankommen", "angebote/offener-treff/", "partner/"),
]
FORMS = ["rueckmeldung/", "barriere-melden/", "angebote/offener-treff/fehler/"]
FILES = ["css/site.css", "icon.svg"]
#: Where cards take most bytes.
HEAVIEST = ["ar", "fa", "pl", "ru", "uk"]


def sent(name):
    content = Path(settings.BASE_DIR, "static", name).read_bytes()
    return squeeze(content.decode()).encode() if name.endswith(".css") else content


@cache
def static_bytes(compress, *more):
    return sum(len(compress(sent(name))) for name in (*FILES, *more))


@pytest.mark.django_db(transaction=True)  # each answer ends with closing the connection
@pytest.mark.parametrize("code", list(REGISTRY))
def test_a_first_visit_is_at_most_8_kib_brotli_and_9_kib_gzip(
    make_store, full_site, code, settings
):
    settings.SITE_URL = "https://wir.limburg-weilburg.example"
    settings.ALLOWED_HOSTS = [".example", "testserver"]
    store = make_store()
    for path in (*PAGES, *FORMS):
        for encoding, compress, limit in (
            ("br", brotli.compress, 8 * 1024),
            ("gzip", gzip.compress, 9 * 1024),
        ):
            response = ask(store, f"/{code}/{path}", accept_encoding=encoding)
            assert response.status == 200, path
            assert response.headers["Content-Encoding"] == encoding
            more = ["css/form.css"] if path in FORMS else []
            total = len(response.content) + static_bytes(compress, *more)
            total += len(ask(store, "/aussehen.css", accept_encoding=encoding).content)
            if path == "kontakte/meliha-delalic/":  # shows its QR code
                total += len(compress(ask(store, f"/{code}/{path[:-1]}.svg").content))
            assert total <= limit, f"/{code}/{path}: {total} bytes {encoding}"


@pytest.mark.django_db(transaction=True)
def test_a_full_list_is_at_most_8_kib_brotli(make_store, starter, settings):
    settings.SITE_URL = "https://wir.limburg-weilburg.example"
    settings.ALLOWED_HOSTS = [".example", "testserver"]
    call_command("sampledata", 500, stdout=StringIO())
    store = make_store()
    style = len(brotli.compress(sent("css/site.css")))
    topics = Topic.objects.values_list("slug", flat=True)
    queries = ["seite=1", "ort=elz", "gruppe=frauen", *(f"thema={slug}" for slug in topics)]
    heavy = {}
    for path in (f"/{code}/angebote/?{query}" for code in HEAVIEST for query in queries):
        content = ask(store, path, accept_encoding="br").content
        if len(content) + style > 8 * 1024:
            heavy[path] = len(content) + style
    assert b"seite=2" in brotli.decompress(content)  # there are more than 20
    assert not heavy, sorted(heavy.items(), key=lambda i: -i[1])
