"""What goes on record in cases that are less common."""

import re
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.utils import timezone

from offers.models import Offer
from tests.factories import make_page
from tests.languages.test_deleted import bring_back, delete
from tests.offers.tables import NEW, csv_file, make_basics, run
from tests.offers.test_exchange_admin import URL as OFFERS
from tests.offers.test_exchange_admin import text_of, upload
from tests.wirportal.staff import ACCOUNT, LOGIN, PASSWORD, code_of, make_app, sign_in
from wirportal.models import Action, AuditEntry

pytestmark = pytest.mark.both_databases

URL = "/verwaltung/protokoll/"


@pytest.fixture(autouse=True)
def data_dir(settings, tmp_path):
    settings.DATA_DIR = tmp_path


def entries(*actions):
    """Return (who, what, of what, details), the oldest first."""
    rows = AuditEntry.objects.filter(action__in=actions).order_by("pk")
    return [(row.name, row.action, row.label, row.detail) for row in rows]


def rights():
    """Return (of whom, what) of each change of rights, but for new accounts."""
    return [row[2:] for row in entries(Action.RIGHTS) if row[3] != "neu: Benutzer"]


def test_who_deletes_the_own_account_is_on_record_by_name(staff_client, staff):
    path = f"/verwaltung/auth/user/{staff.pk}/delete/"
    assert staff_client.post(path, {"post": "yes"}).status_code == 302
    assert not User.objects.exists()
    entry = AuditEntry.objects.get(detail="gelöscht: Benutzer")
    assert (entry.user_id, entry.name, entry.label) == (None, "redaktion", "redaktion")


def test_a_name_in_other_capitals_is_the_same_account(client, staff):
    for _ in range(6):
        sign_in(client, "falsch", username="REDAKTION")
    assert entries(Action.FAILED, Action.LOCKED) == [
        *[("redaktion", Action.FAILED, "", "")] * 5,
        ("redaktion", Action.LOCKED, "", ""),
    ]


def test_a_name_that_nobody_has_is_never_on_record_as_locked(client, db):
    for _ in range(6):
        sign_in(client, "falsch", username="niemand")
    assert entries(Action.LOCKED) == []


def test_a_known_device_is_not_on_record_as_locked_while_strangers_are(client, staff):
    sign_in(client)
    client.post(f"{ACCOUNT}abmelden/")
    for number in range(52):
        sign_in(Client(), "falsch", REMOTE_ADDR=f"198.51.{number // 4}.1")
    locked = entries(Action.LOCKED)
    sign_in(client, "falsch")
    assert entries(Action.LOCKED) == locked
    assert entries(Action.FAILED)[-1] == ("redaktion", Action.FAILED, "", "")


def test_a_hash_that_is_renewed_at_sign_in_is_no_new_password(client, staff, settings):
    settings.PASSWORD_HASHERS = [
        "wirportal.signin.passwords.Argon2",
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    ]
    old = make_password(PASSWORD, hasher="pbkdf2_sha256")
    User.objects.filter(pk=staff.pk).update(password=old)
    sign_in(client)
    staff.refresh_from_db()
    assert staff.password != old
    assert rights() == []


def test_a_command_that_saves_one_column_only_is_on_record(db):
    anna = User.objects.create_user("anna")
    anna.is_superuser = anna.is_staff = True
    anna.save(update_fields=["is_superuser"])
    assert rights() == [("anna", "Administrator-Status: nein → ja")]


def test_a_new_group_and_a_deleted_one_are_on_record(staff_client):
    staff_client.post("/verwaltung/auth/group/add/", {"name": "Gäste"})
    path = f"/verwaltung/auth/group/{Group.objects.get().pk}/delete/"
    staff_client.post(path, {"post": "yes"})
    assert entries(Action.RIGHTS)[-2:] == [
        ("redaktion", Action.RIGHTS, "Gäste", "neu: Gruppe"),
        ("redaktion", Action.RIGHTS, "Gäste", "gelöscht: Gruppe"),
    ]


def test_a_second_factor_that_is_used_is_not_set_up_again(client, staff):
    app = make_app(staff)
    sign_in(client)
    client.post(f"{LOGIN}code/", {"code": code_of(app)})
    app.refresh_from_db()
    assert app.last_used_at
    assert rights() == [("redaktion", "eingerichtet: App für Codes")]


def begin_to_store(client, **values):
    """Return the answer to an import of one offer; nothing is stored before it is read."""
    page = text_of(upload(client, csv_file(NEW | values)))
    name = re.search(r'name="store" value="(\w+\.table)"', page)[1]
    return client.post(f"{OFFERS}einlesen/", {"store": name})


def test_an_import_counts_what_it_has_stored_and_nothing_else(staff_client, staff, tmp_path):
    make_basics()
    for title in ("Sprachcafé", "Chor"):
        answer = begin_to_store(staff_client, Titel=title)
        anna = User.objects.create_user(f"anna-{title}")
        other = csv_file(NEW | {"Titel": f"Von Anna: {title}"})
        assert run(other, tmp_path, user=anna).stored
        offer = Offer.objects.get(title_de=f"Von Anna: {title}")
        offer._history_user = staff
        offer.save()
        text_of(answer)
    one = ("redaktion", Action.IMPORT, "angebote.csv", "1 Angebote")
    assert entries(Action.IMPORT) == [one, one]


def test_an_import_is_on_record_though_nobody_reads_the_answer_to_its_end(staff_client):
    make_basics()
    answer = begin_to_store(staff_client)
    for part in answer.streaming_content:
        if "Die Angebote sind gespeichert." in part.decode():
            break
    answer._iterator.close()  # as the server does when the browser has gone
    assert Offer.objects.exists()
    assert len(entries(Action.IMPORT)) == 1


def test_what_is_restored_was_not_public_before(staff_client, db):
    page = make_page(title_de="Neu", published=True)
    delete(staff_client, page)
    bring_back(staff_client, page)
    assert entries(Action.PUBLISHED, Action.UNPUBLISHED, Action.RESTORED) == [
        ("redaktion", Action.UNPUBLISHED, "Informationsseite: Neu", "gelöscht"),
        ("redaktion", Action.RESTORED, "Informationsseite: Neu", ""),
    ]


def test_who_may_only_look_at_accounts_does_not_read_it(client, db):
    anna = User.objects.create_user("anna", is_staff=True)
    anna.user_permissions.add(Permission.objects.get(codename="view_user"))
    client.force_login(anna)
    assert client.get("/verwaltung/auth/user/").status_code == 200
    assert client.get(URL).status_code == 403


def test_a_day_begins_and_ends_at_midnight_in_the_district(staff_client):
    midnight = timezone.make_aware(datetime(2026, 2, 1))
    day, second = timedelta(days=1), timedelta(seconds=1)
    for at in (midnight - second, midnight, midnight + day - second, midnight + day):
        AuditEntry.objects.create(name="anna", action=Action.SIGNED_IN, at=at)
    query = {"von": "2026-02-01", "bis": "2026-02-01", "format": "csv"}
    _head, *rows = staff_client.get(URL, query).content.decode().splitlines()
    assert [row[:19] for row in rows] == ["2026-02-01 23:59:59", "2026-02-01 00:00:00"]
