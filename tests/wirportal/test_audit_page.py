"""Who reads what went on record, and that nobody changes it."""

import csv
import io
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver
from django.utils import timezone

from tests.languages.test_roles import person
from tests.wirportal.audit_log import URL
from wirportal.models import Action, AuditEntry

pytestmark = pytest.mark.both_databases


@pytest.mark.parametrize(
    ("group", "expected"), [("Leitung", 200), ("Redaktion", 403), ("Übersetzung", 403)]
)
def test_only_the_lead_reads_it(client, starter, group, expected):
    client.force_login(person("jemand", group))
    for path in (URL, f"{URL}?format=csv"):
        assert client.get(path).status_code == expected
    assert (URL in client.get("/verwaltung/").content.decode()) == (expected == 200)
    assert Client().get(URL).status_code == 302


def test_who_may_only_look_at_accounts_does_not_read_it(client, db):
    anna = User.objects.create_user("anna", is_staff=True)
    anna.user_permissions.add(Permission.objects.get(codename="view_user"))
    client.force_login(anna)
    assert client.get("/verwaltung/auth/user/").status_code == 200
    assert client.get(URL).status_code == 403


def test_nobody_can_change_it(staff_client, staff):
    before = list(AuditEntry.objects.values_list())
    for method in ("post", "put", "patch", "delete"):
        assert getattr(staff_client, method)(URL, {"format": "csv"}).status_code == 405
    names = get_resolver().namespace_dict["admin"][1].reverse_dict
    assert not [name for name in names if isinstance(name, str) and "auditentry" in name]
    assert list(AuditEntry.objects.values_list()) == before


def add(count=1, **values):
    values = {"name": "anna", "action": Action.SIGNED_IN, "at": timezone.now()} | values
    AuditEntry.objects.bulk_create([AuditEntry(**values) for _ in range(count)])


def test_it_is_chosen_from_by_person_kind_and_day(staff_client):
    add(name="anna", label="=1+1")
    add(name="bert", action=Action.EXPORT, at=timezone.now() - timedelta(days=3))
    day = timezone.localdate() - timedelta(days=3)

    def found(**query):
        return {entry.name for entry in staff_client.get(URL, query).context["page"]}

    assert found() == {"", "anna", "bert", "redaktion"}
    assert found(wer="anna") == {"anna"}
    assert found(was="export") == found(von=day, bis=day) == {"bert"}
    assert found(von=timezone.localdate()) == {"", "anna", "redaktion"}
    assert found(wer="niemand", was="x", von="gestern", bis="9999-12-31", seite="x") == found()


def test_a_day_begins_and_ends_at_midnight_in_the_district(staff_client):
    midnight = timezone.make_aware(datetime(2026, 2, 1))
    day, second = timedelta(days=1), timedelta(seconds=1)
    for at in (midnight - second, midnight, midnight + day - second, midnight + day):
        AuditEntry.objects.create(name="anna", action=Action.SIGNED_IN, at=at)
    query = {"von": "2026-02-01", "bis": "2026-02-01", "format": "csv"}
    _head, *rows = staff_client.get(URL, query).content.decode().splitlines()
    assert [row[:19] for row in rows] == ["2026-02-01 23:59:59", "2026-02-01 00:00:00"]


def test_the_table_holds_no_formula(staff_client):
    add(name="=cmd|x", label="@SUM(A1)", detail="+49")
    text = staff_client.get(f"{URL}?format=csv&wer=%3Dcmd%7Cx").content.decode("utf-8-sig")
    [_head, row] = csv.reader(io.StringIO(text), delimiter=";")
    assert row[1:] == ["'=cmd|x", "Anmeldung", "'@SUM(A1)", "'+49"]


def test_fifty_thousand_entries_are_read_in_pages(staff_client):
    add(50_000)
    with CaptureQueriesContext(connection) as small:
        page = staff_client.get(URL).context["page"]
    assert len(page) == 100 and page.paginator.count == 50_002
    assert len(small) <= 10, [query["sql"][:80] for query in small]
    with CaptureQueriesContext(connection) as last:
        assert len(staff_client.get(URL, {"seite": 501}).context["page"]) == 2
    assert len(last) == len(small)
