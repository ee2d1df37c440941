"""Counts per page and day, without a word about who reads."""

import csv
import io
from datetime import date, timedelta
from threading import Thread

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.utils import timezone

from contacts.models import Message
from offers.models import Offer, Verification
from tests.wsgi import ask
from wirportal import visits
from wirportal.figures import last_months
from wirportal.models import PageCount
from wirportal.pagestore import PageStore
from wirportal.visits import Visits

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("starter"),
]
PHONE = "Mozilla/5.0 (Linux; Android 5.1; A37f) AppleWebKit/537.36"


@pytest.fixture
def site(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    return PageStore(WSGIHandler(), Visits())


def written():
    rows = PageCount.objects.filter(day=timezone.localdate())
    return {
        f"{language}/{page}": n
        for language, page, n in rows.values_list("language", "page", "number")
    }


def test_what_people_read_is_counted_and_nothing_else(site):
    for path in ("/de/", "/de/", "/ar/kontakte/", "/de/angebote/?q=wohnung", "/de/angebote/"):
        assert ask(site, path, user_agent=PHONE).status == 200
    etag = ask(site, "/de/", user_agent=PHONE).headers["ETag"]
    assert ask(site, "/de/", user_agent=PHONE, if_none_match=etag).status == 304
    ask(site, "/de/", method="HEAD", user_agent=PHONE)
    ask(site, "/de/gibt-es-nicht/", user_agent=PHONE)
    ask(site, "/robots.txt", user_agent=PHONE)
    ask(site, "/", user_agent=PHONE)
    ask(site, "/verwaltung/", user_agent=PHONE)
    for program in ("Mozilla/5.0 (compatible; Testbot/2.1)", "curl/8.0", ""):
        ask(site, "/de/", user_agent=program)
    assert not PageCount.objects.exists()
    site.visits.write()
    assert written() == {"de/": 4, "ar/kontakte/": 1, "de/angebote/": 2}
    site.visits.write()
    assert written()["de/"] == 4, "what is written is not counted again"
    ask(site, "/de/", user_agent=PHONE)
    site.visits.write()
    assert written()["de/"] == 5


def test_the_secret_links_of_organisations_are_not_counted(site):
    row = Verification.objects.create(
        offer=Offer.objects.first(),
        due_on=timezone.localdate(),
        opened_at=timezone.now(),
        expires_at=timezone.now() + timedelta(days=1),
    )
    for path in (row.link(), f"{row.link()}aendern/"):
        assert ask(site, path, user_agent=PHONE).status == 200
    site.visits.write()
    assert not PageCount.objects.exists()


def test_a_worker_writes_by_itself_after_a_while(site, monkeypatch):
    ask(site, "/de/", user_agent=PHONE)
    monkeypatch.setattr(site.visits, "due", 0)
    ask(site, "/de/", user_agent=PHONE)
    for thread in visits.threading.enumerate():
        if thread.daemon is False and thread is not visits.threading.main_thread():
            thread.join(5)
    assert written().get("de/") in (1, 2)
    site.visits.write()
    assert written() == {"de/": 2}


@pytest.mark.both_databases
def test_several_workers_add_up_and_a_broken_database_loses_nothing(settings, tmp_path):
    workers = [Visits() for _ in range(4)]
    for worker in workers:
        for number in range(50):
            worker.count(f"/de/seite-{number}/", PHONE)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE wirportal_pagecount RENAME TO away")
    try:
        workers[0].write()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE away RENAME TO wirportal_pagecount")
    threads = [Thread(target=worker.write_and_hang_up) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert written() == {f"de/seite-{number}/": 4 for number in range(50)}


def test_an_endless_number_of_addresses_takes_no_endless_memory(monkeypatch):
    monkeypatch.setattr(visits, "MOST_PAGES", 10)
    worker = Visits()
    for number in range(100):
        worker.count(f"/de/{number}/", PHONE)
        worker.count("/de/0/", PHONE)
    assert len(worker.counts) == 10
    assert worker.counts["/de/0/"] == 101


@pytest.mark.both_databases
def test_the_months_are_shown_as_a_chart_a_table_and_a_file(staff_client):
    months = last_months(timezone.localdate())
    for month, number in ((months[-1], 1200), (months[-2], 300), (months[0], 7)):
        PageCount.objects.create(day=month, language="de", page="", number=number)
        PageCount.objects.create(day=month, language="ar", page="kontakte/", number=5)
    PageCount.objects.create(
        day=months[0] - timedelta(days=1), language="de", page="zu-alt/", number=9
    )
    for number in range(3):
        Message.objects.create(token=f"m{number}", kind="feedback", language="de", text="x")
    now = timezone.now()
    offer = Offer.objects.first()
    Verification.objects.create(offer=offer, due_on=now.date(), opened_at=now, answered_at=now)
    html = staff_client.get("/verwaltung/zahlen/").content.decode()
    assert html.count("<rect") == len(months) == 13
    assert "1.205" in html
    assert 'href="/de/kontakte/"' in html
    assert "Arabisch" in html
    assert "zu-alt" not in html
    old = staff_client.get(f"/verwaltung/zahlen/?monat={months[0]:%Y-%m}").content.decode()
    assert "<td>7</td>" in old
    for nonsense in ("2026-13", "x", "1900-01", "%00"):
        assert staff_client.get(f"/verwaltung/zahlen/?monat={nonsense}").status_code in (200, 400)
    response = staff_client.get("/verwaltung/zahlen/?format=csv")
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig")), delimiter=";"))
    assert rows[0][:3] == ["Monat", "Aufrufe", "davon nicht auf Deutsch"]
    new = str(Offer.objects.count())
    assert rows[13] == [f"{months[-1]:%Y-%m}", "1205", "5", new, "1", "3"]
    assert [f"{months[0]:%Y-%m}", "ar", "kontakte/", "5"] in rows


def test_thirteen_months_end_with_this_one():
    assert last_months(date(2026, 1, 31))[0] == date(2025, 1, 1)
    assert last_months(date(2026, 1, 31))[-1] == date(2026, 1, 1)
    assert last_months(date(2026, 12, 1))[0] == date(2025, 12, 1)
