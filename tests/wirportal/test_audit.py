"""What goes on record, who reads it, and that nobody changes it."""

import csv
import io
import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, reverse
from django.utils import timezone

from languages.models import Import, Language
from offers.models import Offer
from programme.models import Area
from tests.admin_forms import form_data
from tests.factories import make_languages, make_offer, make_organisation, make_page
from tests.languages.test_exchange_admin import EXPORT, IMPORT, changed_file
from tests.languages.test_exchange_admin import upload as upload_po
from tests.languages.test_roles import person
from tests.offers.tables import NEW, csv_file, make_basics
from tests.offers.test_exchange_admin import text_of
from tests.offers.test_exchange_admin import upload as upload_offers
from tests.wirportal.staff import PASSWORD, code_of, make_app, sign_in
from wirportal.models import Action, AuditEntry

pytestmark = pytest.mark.both_databases

URL = "/verwaltung/protokoll/"
PUBLIC = {"Telefon": "06431/296-0", "veröffentlicht": "ja"}


@pytest.fixture(autouse=True)
def data_dir(settings, tmp_path):
    settings.DATA_DIR = tmp_path


def entries(*actions):
    """Return (who, what, of what, details), the oldest first; not how the test itself began."""
    rows = AuditEntry.objects.order_by("pk").exclude(name="", detail="neu: Benutzer")
    rows = rows.filter(action__in=actions) if actions else rows.exclude(action=Action.SIGNED_IN)
    return [(row.name, row.action, row.label, row.detail) for row in rows]


def change(obj):
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change", args=[obj.pk])


def save(client, obj, **changes):
    if isinstance(obj, User):  # two inputs
        changes |= {"date_joined_0": "1.2.2026", "date_joined_1": "10:00"}
    response = client.post(change(obj), form_data(client, change(obj), **changes))
    assert response.status_code == 302, response.context["adminform"].form.errors


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


def test_the_lock_of_an_account_that_many_addresses_try_is_on_record(staff):
    for number in range(52):
        sign_in(Client(), "falsch", REMOTE_ADDR=f"198.51.{number // 4}.1")
    assert entries(Action.LOCKED) == [("redaktion", Action.LOCKED, "", "")]


def test_a_wrong_second_factor_is_a_failed_try(client, staff):
    app = make_app(staff)
    sign_in(client)
    client.post("/verwaltung/konto/anmelden/code/", {"code": "000000"})
    assert entries(Action.FAILED) == [("redaktion", Action.FAILED, "", "zweite Sicherung")]
    assert entries(Action.SIGNED_IN) == []
    client.post("/verwaltung/konto/anmelden/code/", {"code": code_of(app)})
    assert len(entries(Action.SIGNED_IN)) == 1


def test_files_that_leave_the_admin_are_on_record(staff_client, starter):
    today = timezone.localdate()
    files = {
        "/verwaltung/offers/offer/datei/": f"angebote-{today}.xlsx",
        "/verwaltung/offers/offer/datei/?format=csv": f"angebote-{today}.csv",
        "/verwaltung/abdeckung/?format=csv": f"abdeckung-{today}.csv",
        EXPORT: f"texte-ar-{today}.po",
        f"{URL}?format=csv": f"protokoll-{today}.csv",
    }
    for path in files:
        assert staff_client.get(path).getvalue()
    assert entries() == [("redaktion", Action.EXPORT, name, "") for name in files.values()]


def test_a_file_is_on_record_however_it_is_asked_for(staff_client, starter):
    path = "/verwaltung/offers/offer/datei/?format=csv"
    name = f"angebote-{timezone.localdate()}.csv"
    staff_client.head("/verwaltung/abdeckung/?format=csv")
    assert entries() == [], "nothing has left"
    for method in (staff_client.get, staff_client.post):
        assert method(path).getvalue()
    assert entries() == [("redaktion", Action.EXPORT, name, "")] * 2


def test_an_import_of_offers_is_on_record_with_what_it_published(staff_client):
    make_languages()
    make_basics()
    page = text_of(upload_offers(staff_client, csv_file(NEW | PUBLIC)))
    assert entries() == []
    name = re.search(r'name="store" value="(\w+\.table)"', page)[1]
    text_of(staff_client.post("/verwaltung/offers/offer/einlesen/", {"store": name}))
    assert entries() == [
        ("redaktion", Action.PUBLISHED, "Angebot: Sprachcafé", "angebote.csv"),
        ("redaktion", Action.IMPORT, "angebote.csv", "1 Angebote"),
    ]


def test_an_import_of_a_command_counts_too(starter, tmp_path):
    file = tmp_path / "befehl.csv"
    row = {"Organisation": "Landkreis Limburg-Weilburg", **PUBLIC}
    file.write_bytes(csv_file(NEW | row))
    call_command("importoffers", file, stdout=io.StringIO())
    assert entries() == [
        ("", Action.PUBLISHED, "Angebot: Sprachcafé", "befehl.csv"),
        ("", Action.IMPORT, "befehl.csv", "1 Angebote"),
    ]
    call_command("importoffers", file, dry_run=True, stdout=io.StringIO())
    assert len(entries()) == 2


def test_an_import_of_translations_and_its_undo_are_on_record(staff_client, starter):
    area = Area.objects.get(slug="wir-koordination")
    response = upload_po(staff_client, changed_file(staff_client, area))
    seen = response.context["preview"].fingerprint
    staff_client.post(IMPORT, {"token": response.context["token"], "write": "1", "seen": seen})
    staff_client.post(f"/verwaltung/uebersetzen/zuruecknehmen/{Import.objects.get().pk}/")
    assert entries(Action.IMPORT) == [
        ("redaktion", Action.IMPORT, "texte.po", "ar: 1 Texte"),
        ("redaktion", Action.IMPORT, "texte.po", "zurückgenommen"),
    ]


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


def test_what_is_published_hidden_or_deleted_is_on_record_once(staff_client, starter):
    page = make_page(title_de="Neu", published=False)
    save(staff_client, page, published="on")
    save(staff_client, page, title_de="Anders")
    save(staff_client, page, published=None)
    save(staff_client, page, published="on")
    staff_client.post(f"{change(page)[:-7]}delete/", {"post": "yes"})
    assert entries() == [
        ("redaktion", Action.PUBLISHED, "Informationsseite: Neu", ""),
        ("redaktion", Action.UNPUBLISHED, "Informationsseite: Anders", ""),
        ("redaktion", Action.PUBLISHED, "Informationsseite: Anders", ""),
        ("redaktion", Action.UNPUBLISHED, "Informationsseite: Anders", "gelöscht"),
    ]


def test_publishing_many_at_once_and_in_the_list_counts(staff_client, starter):
    make_organisation()
    offers = [make_offer(title_de=f"Nr. {n}", published=False) for n in range(2)]
    for offer in offers:
        offer.topics.set(offers[0].topics.model.objects.all()[:1])
    data = {"action": "publish", "_selected_action": [offer.pk for offer in offers]}
    staff_client.post("/verwaltung/offers/offer/", data)
    assert Offer.objects.filter(title_de__startswith="Nr.", published=True).count() == 2
    assert sorted(entries()) == [
        ("redaktion", Action.PUBLISHED, f"Angebot: Nr. {n}", "") for n in range(2)
    ]


def test_publishing_and_hiding_a_language_is_on_record(staff_client, starter):
    arabic = Language.objects.get(code="ar")
    save(staff_client, arabic, published=None)
    save(staff_client, arabic, published="on")
    label = f"Sprache: {arabic}"
    assert entries() == [
        ("redaktion", Action.UNPUBLISHED, label, ""),
        ("redaktion", Action.PUBLISHED, label, ""),
    ]


def test_setting_up_is_nobodys_deed(starter):
    assert entries(*Action.values) == []


def test_the_triggers_are_there_after_every_migration(db, staff_client):
    call_command("migrate", verbosity=0)
    save(staff_client, make_page(title_de="Neu", published=False), published="on")
    assert len(entries(Action.PUBLISHED)) == 1


def triggers():
    found = {
        "sqlite": "SELECT COUNT(*) FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s",
        "postgresql": "SELECT COUNT(*) FROM pg_trigger WHERE tgname LIKE %s",
    }
    with connection.cursor() as cursor:
        cursor.execute(found[connection.vendor], ["%audit_published"])
        return cursor.fetchone()[0]


def test_no_trigger_is_in_the_way_of_a_migration(db):
    assert triggers() == 6
    emit_pre_migrate_signal(0, False, "default")
    assert triggers() == 0
    emit_post_migrate_signal(0, False, "default")
    assert triggers() == 6


@pytest.mark.parametrize(
    ("group", "expected"), [("Leitung", 200), ("Redaktion", 403), ("Übersetzung", 403)]
)
def test_only_the_lead_reads_it(client, starter, group, expected):
    client.force_login(person("jemand", group))
    for path in (URL, f"{URL}?format=csv"):
        assert client.get(path).status_code == expected
    assert (URL in client.get("/verwaltung/").content.decode()) == (expected == 200)
    assert Client().get(URL).status_code == 302


def test_nobody_can_change_it(staff_client, staff):
    before = list(AuditEntry.objects.values_list())
    for method in ("post", "put", "patch", "delete"):
        assert getattr(staff_client, method)(URL, {"format": "csv"}).status_code == 405
    names = get_resolver().namespace_dict["admin"][1].reverse_dict
    assert not [name for name in names if isinstance(name, str) and "auditentry" in name]
    assert list(AuditEntry.objects.values_list()) == before


def test_it_outlives_the_account(client, staff):
    User.objects.create_user("anna", password=PASSWORD)
    sign_in(client, username="anna")
    User.objects.get(username="anna").delete()
    entry = AuditEntry.objects.filter(action=Action.SIGNED_IN).get()
    assert (entry.user, entry.name) == (None, "anna")


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
