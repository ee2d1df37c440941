"""Offers as a table in the admin: checked, shown, stored."""

import os
import re
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile

from offers.models import Offer, Organisation
from tests.factories import make_offer
from tests.offers.tables import NEW, csv_file, make_basics

URL = "/verwaltung/offers/offer/"


@pytest.fixture(autouse=True)
def data_dir(settings, tmp_path):
    settings.DATA_DIR = tmp_path


def upload(client, data, name="angebote.csv"):
    return client.post(f"{URL}einlesen/", {"file": SimpleUploadedFile(name, data)})


def kept():
    return sorted(Path(settings.DATA_DIR, "imports").glob("*.table"))


def text_of(response):
    assert response.streaming
    return b"".join(response.streaming_content).decode()


def waiting(page):
    """Return what the form of a report sends: the file that waits, and what it would do."""
    return dict(re.findall(r'name="(store|seen)" value="(\w+(?:\.table)?)"', page))


def store(client, page):
    return client.post(f"{URL}einlesen/", waiting(page))


def test_staff_see_what_a_file_does_before_it_is_stored(staff_client):
    make_basics()
    page = text_of(upload(staff_client, csv_file(NEW)))
    assert "1 von 1 Zeilen geprüft" in page and "1 neu" in page and not Offer.objects.exists()
    checked, page = page, text_of(store(staff_client, page))
    assert "Die Angebote sind gespeichert." in page
    assert Offer.objects.get().history.get().history_user.username == "redaktion"
    assert "Zum Weiterarbeiten bitte neu herunterladen." in page
    assert kept() == []
    again = store(staff_client, checked)
    assert "schon eingelesen" in again.content.decode()


def test_a_double_click_stores_once_and_says_so(staff_client):
    make_basics()
    page = text_of(upload(staff_client, csv_file(NEW)))
    read_by_both = dict(staff_client.session)
    first = store(staff_client, page)  # it has not begun to store
    session = staff_client.session
    session.update(read_by_both)
    session.save()
    second = store(staff_client, page)
    assert not second.streaming and "schon eingelesen" in second.content.decode()
    assert "Die Angebote sind gespeichert." in text_of(first)
    assert kept() == []


MEANWHILE = "Inzwischen hat jemand etwas geändert. Bitte die Datei noch einmal prüfen."


def test_only_what_the_report_said_is_stored(staff_client):
    first, second = make_offer(), make_offer(slug="b")
    rows = [{"id": offer.uuid, "Telefon": offer.phone} for offer in (first, second)]
    rows[1]["Telefon"] = "06431/296-1"
    page = text_of(upload(staff_client, csv_file(*rows)))
    assert "1 geändert, 1 unverändert" in page
    first.phone = "06431/296-7"
    first.save()
    page = text_of(store(staff_client, page))
    assert MEANWHILE in page and kept() == []
    assert sorted(Offer.objects.values_list("phone", flat=True)) == [second.phone, "06431/296-7"]
    page = text_of(upload(staff_client, csv_file(*rows)))
    assert "2 geändert" in page
    assert "Die Angebote sind gespeichert." in text_of(store(staff_client, page))


def test_what_the_report_had_no_room_for_counts_as_well(staff_client, monkeypatch):
    monkeypatch.setattr("offers.exchange_report.MOST_CHANGES", 1)
    monkeypatch.setattr("offers.exchange_report.LONGEST", 5)
    first, second = make_offer(), make_offer(slug="b", summary_de="Heute und morgen.")
    rows = [{"id": offer.uuid, "Kurz gesagt": "Immer."} for offer in (first, second)]
    for text in ("Heute und übermorgen.", "Immer."):
        page = text_of(upload(staff_client, csv_file(*rows)))
        second.summary_de = text
        second.save()
        assert MEANWHILE in text_of(store(staff_client, page))


def test_a_secret_address_that_somebody_else_changed_counts_as_well(staff_client):
    offer = make_offer(confidential_address=True, places=[{"street": "Weg 1"}])
    page = text_of(upload(staff_client, csv_file({"id": offer.uuid, "Ort: Straße": "Weg 2"})))
    offer.places.update(street="Weg 3")
    assert MEANWHILE in text_of(store(staff_client, page))


def test_a_second_one_that_was_made_meanwhile_is_not_stored_unseen(staff_client):
    make_basics()
    page = text_of(upload(staff_client, csv_file(NEW)))
    make_offer(title_de=NEW["Titel"], organisation=Organisation.objects.get(slug="verein"))
    assert MEANWHILE in text_of(store(staff_client, page))
    assert Offer.objects.count() == 1


def test_other_edits_do_not_stop_an_import(staff_client):
    offer = make_offer()
    page = text_of(upload(staff_client, csv_file({"id": offer.uuid, "Telefon": "06431/296-1"})))
    offer.summary_de = "Anders."
    offer.save()
    make_offer(slug="b")
    assert "Die Angebote sind gespeichert." in text_of(store(staff_client, page))
    offer.refresh_from_db()
    assert (offer.phone, offer.summary_de) == ("06431/296-1", "Anders.")


def test_nothing_is_stored_without_a_report(staff_client):
    make_basics()
    name = waiting(text_of(upload(staff_client, csv_file(NEW))))["store"]
    assert MEANWHILE in text_of(staff_client.post(f"{URL}einlesen/", {"store": name}))
    assert not Offer.objects.exists()


def test_a_kept_file_belongs_to_one_session(staff_client, client):
    make_basics()
    page = text_of(upload(staff_client, csv_file(NEW)))
    client.force_login(User.objects.create_superuser("andere", password="x"))
    response = store(client, page)
    assert "nicht mehr da" in response.content.decode() and not Offer.objects.exists()


def test_only_the_last_file_of_a_session_is_kept_and_for_nobody_else(staff_client, tmp_path):
    (tmp_path / "imports").mkdir(mode=0o755)
    make_basics()
    text_of(upload(staff_client, csv_file(NEW)))
    [first] = kept()
    text_of(upload(staff_client, csv_file(NEW)))
    [second] = kept()
    assert first != second
    assert (second.stat().st_mode & 0o777, second.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    response = staff_client.post(f"{URL}einlesen/", {"store": first.name})
    assert "nicht mehr da" in response.content.decode() and kept() == [second]


def test_a_visit_of_the_page_removes_old_files(staff_client):
    make_basics()
    text_of(upload(staff_client, csv_file(NEW)))
    os.utime(kept()[0], (time.time() - 25 * 3600,) * 2)
    staff_client.get(f"{URL}einlesen/")
    assert kept() == []


def test_a_large_csv_file_is_taken(staff_client):
    make_basics()
    blank = (b" " * 100_000 + b"\n") * 220
    assert "1 neu" in text_of(upload(staff_client, csv_file(NEW) + blank))


def test_new_offers_are_shown_with_their_cells(staff_client):
    make_basics()
    row = {**NEW, "Telefon": "06431/296-0", "veröffentlicht": "ja"}
    secret = {**row, "Titel": "Schutz", "Ort: Straße": "Weg 7", "Adresse ist geheim": "ja"}
    page = text_of(upload(staff_client, csv_file(secret, row)))
    assert "2 neu (davon sofort öffentlich: 2)" in page
    assert "<details>" in page and '<dt>Telefon</dt><dd dir="auto">06431/296-0</dd>' in page
    assert "Weg 7" not in page and "(geheim)" in page


def test_the_page_warns_of_offers_that_are_there_already(staff_client):
    make_basics()
    page = text_of(upload(staff_client, csv_file(NEW, {**NEW, "Titel": "<b>"}, NEW)))
    assert "<li>Zeile 4: „Sprachcafé“ gibt es bei dieser Organisation schon." in page
    assert "Jetzt einlesen" in page
    assert "schon" not in text_of(upload(staff_client, csv_file(NEW)))


def test_errors_are_shown_by_row_and_column(staff_client):
    make_basics()
    page = text_of(upload(staff_client, csv_file(NEW, {**NEW, "Themen": "<b>Golf</b>"})))
    assert "<td>3</td><td>Themen</td>" in page and "&lt;b&gt;Golf" in page
    assert "Jetzt einlesen" not in page


def test_files_leave_the_admin_under_a_name_of_their_own(staff_client):
    make_basics()
    make_offer()
    for kind in ("xlsx", "csv"):
        response = staff_client.get(f"{URL}datei/?format={kind}")
        assert f'.{kind}"' in response.headers["Content-Disposition"]
        assert b"".join(response.streaming_content)
    assert b"".join(staff_client.get(f"{URL}vorlage/").streaming_content)[:2] == b"PK"
    page = staff_client.get(URL).content.decode()
    assert f"{URL}einlesen/" in page and f"{URL}datei/?format=xlsx" in page


def test_only_who_may_add_and_change_offers_reads_files_in(client, db):
    person = User.objects.create_user("x", password="x", is_staff=True)
    person.user_permissions.add(Permission.objects.get(codename="view_offer"))
    client.force_login(person)
    for page in ("einlesen/", "datei/", "vorlage/"):
        assert client.get(URL + page).status_code == 403
    assert "einlesen/" not in client.get(URL).content.decode()
