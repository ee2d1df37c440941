"""Open data as it goes over the wire: never kept, known by its ETag, open to other websites."""

import json

import pytest

from tests.factories import make_languages, make_offer
from tests.offers.open_data import ROOT
from tests.wsgi import ask
from wirportal.requests import only_well_formed

pytestmark = pytest.mark.django_db(transaction=True)


def test_nul_and_other_methods_are_refused_in_json(store):
    application = only_well_formed(store, store.application.django)
    refused = ask(application, f"{ROOT}/services?search=%00")
    assert (refused.status, " / " in json.loads(refused.content)["detail"]) == (400, True)
    assert ask(application, f"{ROOT}/services", method="POST").status == 405


def test_other_websites_may_read_it_and_only_it(store):
    make_languages("de")
    make_offer()
    answer = ask(store, f"{ROOT}/services", accept_encoding="gzip")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in answer.headers
    assert json.loads(answer.decoded)["total_items"] == 1
    page = ask(store, "/de/offene-daten/")
    assert "Access-Control-Allow-Origin" not in page.headers
    assert page.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_an_etag_holds_until_the_content_changes(make_store):
    make_languages("de")
    store, offer = make_store(), make_offer()
    path = f"{ROOT}/services/{offer.uuid}"
    first = ask(store, path)
    assert first.status == 200 and first.headers["Last-Modified"]
    known = {"if_none_match": first.headers["ETag"]}
    again = ask(store, path, **known)
    assert (again.status, again.content) == (304, b"")
    assert again.headers["Access-Control-Allow-Origin"] == "*"
    assert ask(store, f"{ROOT}/services?format=ndjson", **known).status == 304
    offer.places.create(street="Weg 1")
    changed = ask(store, path, **known)
    assert changed.status == 200 and b"Weg 1" in changed.content
    assert changed.headers["ETag"] != first.headers["ETag"]
    assert ask(store, path, if_modified_since=changed.headers["Last-Modified"]).status == 200
    assert not list(store.files.folder.rglob("*api*")) and not store.memory.pages
