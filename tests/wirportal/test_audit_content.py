"""What leaves, comes in, is published or hidden: all of it goes on record."""

import io

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db import connection
from django.utils import timezone

from languages.models import Import, Language
from offers.models import Offer
from programme.models import Area
from tests.factories import make_languages, make_offer, make_organisation, make_page
from tests.languages.test_deleted import bring_back, delete
from tests.languages.test_exchange_admin import EXPORT, IMPORT, changed_file
from tests.languages.test_exchange_admin import upload as upload_po
from tests.offers.tables import NEW, csv_file, make_basics, run
from tests.offers.test_exchange_admin import store, text_of, upload
from tests.wirportal.audit_log import URL, change, entries, save
from wirportal.models import Action

pytestmark = pytest.mark.both_databases

PUBLIC = {"Telefon": "06431/296-0", "veröffentlicht": "ja"}


@pytest.fixture(autouse=True)
def data_dir(settings, tmp_path):
    settings.DATA_DIR = tmp_path


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


def uploaded(client, **values):
    """Return the report of a table of one offer that waits to be read in."""
    return text_of(upload(client, csv_file(NEW | values)))


def test_an_import_of_offers_is_on_record_with_what_it_published(staff_client):
    make_languages()
    make_basics()
    page = uploaded(staff_client, **PUBLIC)
    assert entries() == []
    text_of(store(staff_client, page))
    assert entries() == [
        ("redaktion", Action.PUBLISHED, "Angebot: Sprachcafé", "angebote.csv"),
        ("redaktion", Action.IMPORT, "angebote.csv", "1 Angebote"),
    ]


def test_an_import_counts_what_it_has_stored_and_nothing_else(staff_client, staff, tmp_path):
    make_basics()
    for title in ("Sprachcafé", "Chor"):
        answer = store(staff_client, uploaded(staff_client, Titel=title))
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
    answer = store(staff_client, uploaded(staff_client))
    for part in answer.streaming_content:
        if "Die Angebote sind gespeichert." in part.decode():
            break
    answer._iterator.close()  # as the server does when the browser has gone
    assert Offer.objects.exists()
    assert len(entries(Action.IMPORT)) == 1


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


def test_what_is_restored_was_not_public_before(staff_client, db):
    page = make_page(title_de="Neu", published=True)
    delete(staff_client, page)
    bring_back(staff_client, page)
    assert entries(Action.PUBLISHED, Action.UNPUBLISHED, Action.RESTORED) == [
        ("redaktion", Action.UNPUBLISHED, "Informationsseite: Neu", "gelöscht"),
        ("redaktion", Action.RESTORED, "Informationsseite: Neu", ""),
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
