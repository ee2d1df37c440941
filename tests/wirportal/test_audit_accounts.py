"""Who signs in, and who may do what: all of it goes on record."""

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, Permission, User
from django.test import Client

from languages.models import Language
from tests.wirportal.audit_log import change, entries, save
from tests.wirportal.staff import ACCOUNT, LOGIN, PASSWORD, code_of, make_app, sign_in
from wirportal.models import Action, AuditEntry

pytestmark = pytest.mark.both_databases


def rights():
    """Return (of whom, what) of each change of rights, but for new accounts."""
    return [row[2:] for row in entries(Action.RIGHTS) if row[3] != "neu: Benutzer"]


def test_signing_in_and_out_is_on_record(client, staff):
    sign_in(client)
    client.post("/verwaltung/konto/abmelden/")
    everything = [Action.SIGNED_IN, Action.SIGNED_OUT]
    assert entries(*everything) == [("redaktion", action, "", "") for action in everything]


def test_failed_tries_and_the_lock_are_on_record_but_no_name_that_nobody_has(client, staff):
    for _ in range(6):
        sign_in(client, "falsch")
    sign_in(client, "falsch", username="mein Passwort 123")
    failed = ("redaktion", Action.FAILED, "", "")
    locked = ("redaktion", Action.LOCKED, "", "")
    assert entries() == [*[failed] * 5, locked, ("", Action.FAILED, "", "unbekannter Name")]
    everything = str(list(AuditEntry.objects.values_list()))
    assert "Passwort 123" not in everything and "127.0.0.1" not in everything


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


def test_the_lock_of_an_account_that_many_addresses_try_is_on_record(staff):
    for number in range(52):
        sign_in(Client(), "falsch", REMOTE_ADDR=f"198.51.{number // 4}.1")
    assert entries(Action.LOCKED) == [("redaktion", Action.LOCKED, "", "")]


def test_a_known_device_is_not_on_record_as_locked_while_strangers_are(client, staff):
    sign_in(client)
    client.post(f"{ACCOUNT}abmelden/")
    for number in range(52):
        sign_in(Client(), "falsch", REMOTE_ADDR=f"198.51.{number // 4}.1")
    locked = entries(Action.LOCKED)
    sign_in(client, "falsch")
    assert entries(Action.LOCKED) == locked
    assert entries(Action.FAILED)[-1] == ("redaktion", Action.FAILED, "", "")


def test_a_wrong_second_factor_is_a_failed_try(client, staff):
    app = make_app(staff)
    sign_in(client)
    client.post("/verwaltung/konto/anmelden/code/", {"code": "000000"})
    assert entries(Action.FAILED) == [("redaktion", Action.FAILED, "", "zweite Sicherung")]
    assert entries(Action.SIGNED_IN) == []
    client.post("/verwaltung/konto/anmelden/code/", {"code": code_of(app)})
    assert len(entries(Action.SIGNED_IN)) == 1


def test_a_new_account_and_all_changes_of_its_rights_are_on_record(staff_client, starter):
    words = {"password1": "ganz neues Wort", "password2": "ganz neues Wort"}
    data = {"username": "anna", "usable_password": "true", **words}
    staff_client.post("/verwaltung/auth/user/add/", data)
    anna, group = User.objects.get(username="anna"), Group.objects.get(name="Leitung")
    save(staff_client, anna, is_active=None, is_staff="on", groups=[group.pk], email="a@b.de")
    save(staff_client, anna, groups=[])
    staff_client.post(f"{change(anna)[:-7]}password/", data)
    staff_client.post(f"{change(anna)[:-7]}delete/", {"post": "yes"})
    assert entries(Action.RIGHTS) == [
        ("redaktion", Action.RIGHTS, "anna", detail)
        for detail in (
            "neu: Benutzer",
            "E-Mail-Adresse geändert; Aktiv: ja → nein; Mitarbeiter-Status: nein → ja",
            "dazu: Leitung",
            "weg: Leitung",
            "Passwort geändert",
            "gelöscht: Benutzer",
        )
    ]


def test_another_name_and_rights_without_a_group_are_on_record(staff_client, starter):
    anna, right = User.objects.create_user("anna"), Permission.objects.get(codename="delete_user")
    rights = {"is_superuser": "on", "user_permissions": [right.pk]}
    save(staff_client, anna, username="anne", **rights)
    save(staff_client, anna, is_superuser=None, user_permissions=[])
    assert entries(Action.RIGHTS) == [
        ("redaktion", Action.RIGHTS, "anne", detail)
        for detail in (
            "Benutzername: anna → anne; Administrator-Status: nein → ja",
            f"dazu: {right}",
            "Administrator-Status: ja → nein",
            f"weg: {right}",
        )
    ]


def test_a_command_that_saves_one_column_only_is_on_record(db):
    anna = User.objects.create_user("anna")
    anna.is_superuser = anna.is_staff = True
    anna.save(update_fields=["is_superuser"])
    assert rights() == [("anna", "Administrator-Status: nein → ja")]


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


def test_groups_that_a_command_takes_away_at_once_are_on_record(starter):
    anna = User.objects.create_user("anna")
    anna.groups.set(Group.objects.filter(name__in=["Leitung", "Redaktion"]))
    anna.groups.clear()
    assert [row[2:] for row in entries(Action.RIGHTS)] == [
        ("anna", "dazu: Leitung, Redaktion"),
        ("anna", "weg: Leitung, Redaktion"),
    ]


def test_rights_of_a_group_and_languages_of_a_person_are_on_record(staff_client, starter, staff):
    group, arabic = Group.objects.get(name="Übersetzung"), Language.objects.get(code="ar")
    save(staff_client, group, permissions=[])
    save(staff_client, arabic, translators=[staff.pk])
    rights, language = entries(Action.RIGHTS)
    assert rights[2] == "Übersetzung" and rights[3].startswith("weg: ")
    assert language[2:] == (str(arabic), "dazu: redaktion")


def test_a_new_group_and_a_deleted_one_are_on_record(staff_client):
    staff_client.post("/verwaltung/auth/group/add/", {"name": "Gäste"})
    path = f"/verwaltung/auth/group/{Group.objects.get().pk}/delete/"
    staff_client.post(path, {"post": "yes"})
    assert entries(Action.RIGHTS)[-2:] == [
        ("redaktion", Action.RIGHTS, "Gäste", "neu: Gruppe"),
        ("redaktion", Action.RIGHTS, "Gäste", "gelöscht: Gruppe"),
    ]


def test_a_second_factor_that_is_set_up_or_reset_is_on_record(staff_client, staff):
    anna = User.objects.create_user("anna")
    make_app(anna)
    data = {"action": "reset_second_factor", "_selected_action": [anna.pk]}
    staff_client.post("/verwaltung/auth/user/", data)
    assert not Authenticator.objects.exists()
    assert [row[2:] for row in entries(Action.RIGHTS)][-2:] == [
        ("anna", "eingerichtet: App für Codes"),
        ("anna", "entfernt: App für Codes"),
    ]
    assert entries(Action.RIGHTS)[-1][0] == "redaktion"


def test_a_second_factor_that_is_used_is_not_set_up_again(client, staff):
    app = make_app(staff)
    sign_in(client)
    client.post(f"{LOGIN}code/", {"code": code_of(app)})
    app.refresh_from_db()
    assert app.last_used_at
    assert rights() == [("redaktion", "eingerichtet: App für Codes")]


def test_who_deletes_the_own_account_is_on_record_by_name(staff_client, staff):
    path = f"/verwaltung/auth/user/{staff.pk}/delete/"
    assert staff_client.post(path, {"post": "yes"}).status_code == 302
    assert not User.objects.exists()
    entry = AuditEntry.objects.get(detail="gelöscht: Benutzer")
    assert (entry.user_id, entry.name, entry.label) == (None, "redaktion", "redaktion")


def test_it_outlives_the_account(client, staff):
    User.objects.create_user("anna", password=PASSWORD)
    sign_in(client, username="anna")
    User.objects.get(username="anna").delete()
    entry = AuditEntry.objects.filter(action=Action.SIGNED_IN).get()
    assert (entry.user, entry.name) == (None, "anna")
