"""What no browser sends is answered with 400 in plain words."""

from threading import BoundedSemaphore

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test import RequestFactory

from offers.hsds import answers
from tests.pages import Reading
from tests.wirportal.test_fuzz import ask
from wirportal.requests import only_well_formed

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]
LIST = "/verwaltung/offers/topic/"


@pytest.fixture
def application(starter):
    django = WSGIHandler()
    return only_well_formed(django, django)


def sent(application, path, method="GET", body=b"", kind="text/plain", **headers):
    environ = RequestFactory().generic(method, path, body).environ
    sent = {"HTTP_HOST": "testserver", "CONTENT_TYPE": kind} | headers
    return ask(application, environ | sent)


def assert_is_refused(answer):
    status, headers, content = answer
    assert status == 400
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert Reading(content.decode()).one("h1")[1] == "Das hat nicht funktioniert"
    assert "liegt bei uns" not in content.decode()


@pytest.mark.parametrize(
    "kind",
    [
        "text/html; charset=xyz",
        "text/html; charset=utf-16",
        "text/plain; charset*=xyz''a",
        "multipart/form-data; boundary*=xyz''a",
        "application/x-www-form-urlencoded; charset=hex",
    ],
)
def test_a_charset_that_nobody_uses(application, kind):
    for path in ("/de/", "/verwaltung/konto/anmelden/", "/static/icon.svg", "/media/x"):
        assert_is_refused(sent(application, path, "POST", b"a=b", kind))
        # Nothing is sent with it: it means nothing.
        assert sent(application, path, "GET", b"", kind)[0] in (200, 404)


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/de/angebote/?q=%00", {}),
        ("/de/angebote/?x=1&%00=y", {}),
        ("/de/%00/", {}),
        ("/media/%00.pdf", {}),
        ("/de/", {"HTTP_COOKIE": 'session="\\000"'}),
    ],
)
def test_a_nul(application, path, headers):
    assert_is_refused(sent(application, path, **headers))


def test_what_is_malformed_is_refused_in_the_language_of_the_address(application):
    status, headers, body = sent(application, "/ar/angebote/?q=%00")[:3]
    assert (status, headers["Content-Language"]) == (400, "ar")
    assert 'href="/ar/"' in body.decode()


@pytest.mark.parametrize("length", ["-1", "x", "1_0"])
def test_a_length_that_is_no_number(application, length):
    path = "/verwaltung/konto/anmelden/"
    assert sent(application, path, "POST", CONTENT_LENGTH=length)[0] == 413


def test_the_page_store_is_not_asked_for_what_is_malformed(starter):
    django, asked = WSGIHandler(), []

    def store(environ, start_response):
        asked.append(environ["PATH_INFO"])
        return django(environ, start_response)

    store.at_once = store
    application = only_well_formed(store, django)
    for path in ("/de/%00/", "/de/?q=%00"):
        assert_is_refused(sent(application, path))
        assert application.at_once(RequestFactory().get(path).environ, None) is None
    assert asked == []
    assert sent(application, "/de/")[0] == 200
    assert asked == ["/de/"]


@pytest.mark.parametrize(
    "query",
    ["name_de__regex=(a%2B)%2B$", "position__range=1", "id__in=9" + 20 * "9", "_to_field="],
)
def test_lists_of_the_admin_answer_no_trick_question(staff_client, starter, query):
    # PostgreSQL finds nothing under a number that SQLite cannot take.
    allowed = (200, 302, 400) if "99" in query else (302, 400)
    assert staff_client.get(f"{LIST}?{query}").status_code in allowed
    assert staff_client.get(f"{LIST}1/change/?{query}").status_code in (200, 302, 400)


@pytest.mark.parametrize(
    "form",
    [
        {"action": "delete_selected", "_selected_action": "x"},
        {"action": "delete_selected", "_selected_action": "9" * 20},
        {"form-TOTAL_FORMS": "99999", "form-INITIAL_FORMS": "0", "_save": "1"},
        {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "form-0-id": "9" * 20, "_save": "1"},
        {"action": "a\0b"},
    ],
)
def test_lists_of_the_admin_take_only_rows(staff_client, starter, form):
    response = staff_client.post(LIST, form)
    is_unknown_row = "form-0-id" in form and response.status_code == 200  # PostgreSQL looks it up
    assert response.status_code == 400 or is_unknown_row
    assert "Content-Security-Policy" in response.headers


def test_the_list_of_the_admin_still_filters_and_acts(staff_client, starter):
    assert staff_client.get(f"{LIST}?q=a&o=1&p=1").status_code == 200
    offers = "/verwaltung/offers/offer/?published__exact=1&organisation__id__exact=1"
    assert staff_client.get(offers).status_code == 200
    form = {"action": "delete_selected", "_selected_action": ["1", "2"]}
    assert staff_client.post(LIST, form).status_code in (200, 302)


@pytest.mark.parametrize("path", [LIST, "/healthz", "/api/angebote.csv", "/api/hsds/v3/services"])
def test_only_the_head_of_an_answer_ends_what_was_begun(application, path, monkeypatch):
    # Tests that left an answer unread in this process still hold a place.
    monkeypatch.setattr(answers, "_free", BoundedSemaphore(answers.AT_ONCE))
    for _more_often_than_files_are_sent_at_once in range(4):
        status, headers, content = sent(application, path, "HEAD")
        assert (status, content) == (302 if path == LIST else 200, b"")
    assert headers["Content-Type"]
