"""The page store in front of Django: what is kept, for how long, and for whom."""

import random
import string
from datetime import datetime, time
from threading import Barrier, Thread

import pytest
from django.db import OperationalError, connection
from django.http import HttpResponse
from django.utils import timezone

from contacts.models import ContactPerson
from languages.models import Language
from offers.models import Offer
from programme.models import Page, Programme
from tests.factories import make_full_offer, make_offer
from tests.wsgi import ask
from wirportal.pagefiles import PageFiles
from wirportal.pages import Page as StoredPage

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("starter")]


def test_a_page_is_rendered_once_and_answered_the_same_again(store):
    first = ask(store, "/de/", accept_encoding="br")
    for encoding in ("br", "gzip", "", "br;q=0, gzip", "zstd"):
        again = ask(store, "/de/", accept_encoding=encoding)
        assert again.status == 200
        assert again.decoded == first.decoded
        differing = {"Content-Length", "Content-Encoding"}
        assert set(again.headers.keys()) - differing == set(first.headers.keys()) - differing
        for name in set(first.headers.keys()) - differing:
            assert again.headers[name] == first.headers[name]
        assert int(again.headers["Content-Length"]) == len(again.content)
    assert first.headers["Content-Language"] == "de"
    assert first.headers["Vary"] == "Accept-Encoding"
    assert "default-src 'none'" in first.headers["Content-Security-Policy"]
    assert store.application.asked == ["/de/?"]


def test_a_reader_who_has_the_page_gets_no_body(store):
    page = ask(store, "/de/", accept_encoding="br")
    for known in (page.headers["ETag"], f'"other", {page.headers["ETag"]}', "*"):
        answer = ask(store, "/de/", if_none_match=known, accept_encoding="gzip")
        assert (answer.status, answer.content) == (304, b"")
        assert sorted(answer.headers.keys()) == ["Cache-Control", "ETag", "Vary"]
        assert all(page.headers[name] == value for name, value in answer.headers.items())
    assert ask(store, "/de/", if_none_match='"other"').status == 200


def test_head_has_the_headers_of_get(store):
    head = ask(store, "/de/", method="HEAD", accept_encoding="br")
    get = ask(store, "/de/", accept_encoding="br")
    assert head.content == b""
    assert head.headers.items() == get.headers.items()


def test_unknown_parameters_neither_miss_nor_fill_the_store(store):
    ask(store, "/de/")
    letters = random.Random(5)
    for _number in range(500):
        query = "".join(letters.choices(string.ascii_letters + "&=%?+;/", k=20))
        assert ask(store, f"/de/?{query}").status == 200
    assert store.application.asked == ["/de/?"]
    assert len(store.memory.pages) == 1


def test_known_parameters_count_in_any_order(store):
    for query in ("ort=elz&seite=1", "seite=1&utm_source=x&ort=elz", "ort=selters&ort=elz&seite=1"):
        assert ask(store, f"/de/angebote/?{query}").status == 200
    assert store.application.asked == ["/de/angebote/?ort=elz&seite=1"]


def test_a_sheet_is_kept_beside_its_page_once_for_each_paper(store):
    for query in ("blatt=a4", "zweisprachig=1&blatt=a4", "x=1&blatt=a4", "blatt=a5", "blatt=a6"):
        assert ask(store, f"/ar/impressum/?{query}").status == 200
    kept = ["/ar/impressum/?blatt=a4", "/ar/impressum/?blatt=a5", "/ar/impressum/?"]
    assert store.application.asked == kept


@pytest.mark.parametrize(
    "path",
    [
        "/de/merkzettel/",
        "/de/merkzettel/?z=k1.0000",
        "/de/kontakte/?z=k1",
        "/de/angebote/?z=-",
        "/de/impressum/?z=gibt-es-nicht",
        "/de/angebote/?q=wohnen",
        "/de/angebote/?thema=wohnen&ort=elz",
        "/de/angebote/?thema=gibt-es-nicht",
        "/de/partner/?art=gibt-es-nicht",
        "/de/gibt-es-nicht/",
        "/de/angebote/?seite=99",
        "/de",
    ],
)
def test_pages_of_endless_number_are_rendered_anew(store, path):
    first = ask(store, path, accept_encoding="br")
    assert ask(store, path, accept_encoding="br").decoded == first.decoded
    assert len(store.application.asked) == 2
    assert not store.memory.pages
    assert not list(store.files.files())


def test_an_edit_is_live_at_the_next_request_in_every_worker(make_store):
    stores = [make_store() for _worker in range(4)]

    def shown():
        return [ask(store, "/de/", accept_encoding="br").text for store in stores]

    def everywhere(text):
        return all(text in page for page in shown())

    programme = Programme.objects.get()
    assert not everywhere("Neuer Name")
    programme.site_name = "Neuer Name"
    programme.save()
    assert everywhere("Neuer Name")
    ContactPerson.objects.update(phone="06431/11111")
    assert everywhere("+49643111111")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE contacts_contactperson SET phone = '06431/22222'")
    assert everywhere("+49643122222")
    assert sum(len(store.application.asked) for store in stores) == 4, "files are shared"


def test_pages_turn_at_midnight_or_when_they_say_so(store):
    offer = make_offer()
    now = timezone.localtime()
    ends = now.replace(microsecond=0) + timezone.timedelta(seconds=90)
    offer.dates.create(starts=now - timezone.timedelta(hours=1), ends=ends)
    ask(store, "/de/")
    ask(store, offer.get_absolute_url())
    home, page = store.memory.pages.values()
    midnight = datetime.combine(now.date() + timezone.timedelta(days=1), time.min)
    assert home.expires == timezone.make_aware(midnight).timestamp()
    assert page.expires == min(ends.timestamp(), home.expires)
    page.expires = now.timestamp()
    store.files.write(next(reversed(store.memory.pages)), page)
    ask(store, offer.get_absolute_url())
    assert store.application.asked.count(f"{offer.get_absolute_url()}?") == 2


def test_only_the_own_session_cookie_passes_the_store(store, settings):
    ask(store, "/de/")
    ask(store, "/de/", cookie=f"_pk_id=1; my{settings.SESSION_COOKIE_NAME}=2; csrftoken=3")
    assert len(store.application.asked) == 1
    ask(store, "/de/", cookie=f"a=b; {settings.SESSION_COOKIE_NAME}=anything")
    assert len(store.application.asked) == 2


def test_staff_pages_and_what_is_sent_pass_the_store(store):
    assert ask(store, "/de/", method="POST").status == 405
    login = ask(store, "/verwaltung/konto/anmelden/", accept_encoding="br")
    assert (login.status, login.headers["Content-Encoding"]) == (200, None)
    assert "no-store" in login.headers["Cache-Control"]
    assert not store.memory.pages


def test_another_host_name_is_refused_and_changes_no_page(store, settings):
    assert ask(store, "/de/", host="evil.example").status == 400
    make_full_offer()
    for path in ("/de/", "/de/angebote/offener-treff.ics"):
        page = ask(store, path, host="localhost:99").text
        assert "localhost" not in page
        assert ask(store, path, host="testserver").text == page


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Vary", "Accept-Language"),
        ("Vary", "Accept-Encoding, Cookie"),
        ("Set-Cookie", "a=b"),
        ("Cache-Control", "private"),
        ("Cache-Control", "no-store"),
    ],
)
def test_an_answer_for_some_readers_only_is_not_kept(make_store, name, value):
    def application(environ, start_response):
        headers = {"Content-Type": "text/html", "Cache-Control": "public", name: value}
        start_response("200 OK", list(headers.items()))
        return HttpResponse(b"for some only")

    store = make_store()
    store.application = application
    for _time in range(2):
        assert ask(store, "/de/").text == "for some only"
    assert not store.memory.pages
    assert not list(store.files.files())


def test_a_rush_renders_a_page_once(store):
    rush, statuses = Barrier(12), []

    def read():
        rush.wait()
        statuses.append(ask(store, "/de/angebote/").status)
        connection.close()

    threads = [Thread(target=read) for _reader in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 12
    assert store.application.asked == ["/de/angebote/?"]
    assert not store.rendering


def test_a_new_version_of_the_software_renders_anew(make_store):
    ask(make_store(), "/de/")
    same, newer = make_store(), make_store()
    newer.build = "newer"
    ask(same, "/de/")
    ask(newer, "/de/")
    assert (same.application.asked, newer.application.asked) == ([], ["/de/?"])


def test_the_fingerprint_of_the_software_changes_with_settings_and_own_texts(settings, tmp_path):
    from wirportal.build import build

    settings.OWN_LOCALE = tmp_path
    first = build()
    assert build() == first
    (tmp_path / "django.mo").write_bytes(b"other texts")
    second = build()
    settings.HOLIDAY_SUBDIVISION = "BY"
    assert len({first, second, build()}) == 3


def test_memory_is_bounded_and_the_pages_in_use_stay(make_store, settings):
    settings.PAGE_MEMORY, settings.PAGE_FILES = 60_000, 0
    store = make_store()
    slugs = [f"seite-{number}" for number in range(30)]
    Page.objects.bulk_create(Page(slug=slug, title_de=slug, published=True) for slug in slugs)
    for slug in slugs:
        assert ask(store, "/de/").status == ask(store, f"/de/{slug}/").status == 200
    assert store.application.asked.count("/de/?") == 1
    assert "http:/de/seite-0/?" not in store.memory.pages
    assert 40_000 < store.memory.size <= 60_000
    assert store.memory.size == sum(page.size for page in store.memory.pages.values())


def test_files_are_bounded_and_a_torn_one_is_not_served(make_store, settings):
    settings.PAGE_FILES = 100_000
    store = make_store()
    slugs = [f"seite-{number}" for number in range(40)]
    Page.objects.bulk_create(Page(slug=slug, title_de=slug, published=True) for slug in slugs)
    for slug in slugs:
        ask(store, f"/de/{slug}/")
    assert 50_000 < sum(size for _used, size, _path in store.files.files()) <= 105_000
    path = store.files.path(f"http:/de/{slugs[-1]}/?")
    path.write_bytes(path.read_bytes()[:-5])
    fresh = make_store()
    assert slugs[-1] in ask(fresh, f"/de/{slugs[-1]}/").text
    assert len(fresh.application.asked) == 1


def test_all_processes_together_keep_within_the_limit(tmp_path):
    processes = [PageFiles(tmp_path, 1_000_000) for _number in range(8)]
    page = StoredPage("200 OK", [], {"": b"x" * 10_000})
    sizes = []
    for number in range(400):
        processes[number % 8].write(f"http:/de/{number}/?", page)
        sizes.append(sum(size for _used, size, _path in processes[0].files()))
    assert 800_000 < max(sizes) <= 1_000_000
    assert min(sizes[200:]) > 700_000


def test_a_file_with_one_wrong_bit_anywhere_is_not_served(store):
    ask(store, "/de/")
    address = "http:/de/?"
    whole = store.files.path(address).read_bytes()
    assert StoredPage.from_bytes(whole, address)
    for place in range(len(whole)):
        torn = bytearray(whole)
        torn[place] ^= 1
        assert StoredPage.from_bytes(bytes(torn), address) is None


def test_a_disk_that_cannot_be_written_costs_nothing_but_the_copy(make_store, settings, tmp_path):
    (tmp_path / "pages").write_text("not a folder")
    store = make_store()
    for _time in range(2):
        assert ask(store, "/de/").status == 200
    assert len(store.application.asked) == 1


def test_a_page_that_is_gone_leaves_no_copy(store):
    offer = make_offer()
    path = offer.get_absolute_url()
    assert ask(store, path).status == 200
    Offer.objects.update(published=False)
    assert ask(store, path).status == 404
    assert store.copy(f"http:{path}?") is None


def test_an_unpublished_language_leaves_the_store_at_once(store):
    assert ask(store, "/uk/").status == 200
    Language.objects.filter(code="uk").update(published=False)
    assert ask(store, "/uk/").status == 404


def test_a_failing_page_is_answered_with_its_last_copy(store, monkeypatch):
    page = ask(store, "/de/").text
    Programme.objects.update(site_name="Neu")

    def broken(*arguments):
        raise RuntimeError

    monkeypatch.setattr("wirportal.views.organisation", broken)
    answer = ask(store, "/de/")
    assert (answer.status, answer.text) == (200, page)
    assert answer.headers["Cache-Status"] == "wir; hit; detail=copy"
    assert answer.headers["Age"] == "0"
    again = ask(store, "/de/", if_none_match=answer.headers["ETag"])
    assert (again.status, again.headers["Cache-Status"]) == (304, "wir; hit; detail=copy")
    assert ask(store, "/ar/").status == 500, "there is no copy"


def test_a_database_that_fails_meanwhile_is_told_in_the_language_of_the_address(store, monkeypatch):
    def broken(*arguments):
        raise OperationalError

    assert ask(store, "/de/").status == 200
    monkeypatch.setattr("wirportal.middleware.languages_of", broken)
    assert ask(store, "/de/").headers["Cache-Status"] is None
    answer = ask(store, "/ar/")
    assert (answer.status, answer.headers["Content-Language"]) == (503, "ar")
    assert answer.headers["Retry-After"] == "30"
    answer = ask(store, "/", accept_language="ar, en")
    assert (answer.status, answer.headers["Location"]) == (302, "/de/"), "only German has a copy"
