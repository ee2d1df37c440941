"""Guessing passwords: who is refused for how long, and who is not."""

from datetime import timedelta
from ipaddress import ip_network

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client, RequestFactory
from django.utils import timezone

from tests.wirportal.staff import ACCOUNT, LOGIN, TOO_MANY, is_signed_in, sign_in
from wirportal.clients import client_address, device_name, known_device, stand_in
from wirportal.middleware import address_stand_in

pytestmark = pytest.mark.both_databases

HOME, OTHER = "203.0.113.7", "198.51.100.8"


def guess(times, address=HOME, username="redaktion", **more):
    """Guess wrong from a browser without cookies; return the last page."""
    for _ in range(times):
        page = sign_in(Client(), "falsch", username=username, REMOTE_ADDR=address, **more)
    return page.content.decode()


def test_after_five_wrong_passwords_even_the_right_one_has_to_wait(client, staff):
    assert TOO_MANY not in guess(5)
    page = sign_in(client, REMOTE_ADDR=HOME).content.decode()
    assert TOO_MANY in page
    assert "Vorher wird auch das richtige Passwort nicht angenommen." in page
    assert not is_signed_in(client)


def test_the_page_tells_how_long_is_left(client, staff):
    guess(5)
    [key] = [key for key in cached() if ":login_failed:5/" in key]
    cache.set(key, [at - 13.5 * 60 for at in cache.get(key)], 900)
    assert "Bitte warten Sie 2 Minuten." in guess(1)
    cache.set(key, [at - 60 for at in cache.get(key)], 900)
    assert "Bitte warten Sie 1 Minute." in guess(1)
    cache.set(key, [at - 60 for at in cache.get(key)], 900)
    sign_in(client, REMOTE_ADDR=HOME)
    assert is_signed_in(client)


def cached():
    """Return what the cache holds, as it was named."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key FROM cache")
        return [row[0].removeprefix(":1:") for row in cursor.fetchall()]


def test_a_colleague_at_another_address_is_not_locked_out(client, staff):
    assert TOO_MANY in guess(6)
    sign_in(client, REMOTE_ADDR=OTHER)
    assert is_signed_in(client)


def test_other_capitals_make_no_other_name(client, staff):
    for name in ("redaktion", "Redaktion", "REDAKTION", "redaktioN", "reDaktion"):
        guess(1, username=name)
    page = sign_in(client, username="redAktion", REMOTE_ADDR=HOME).content.decode()
    assert TOO_MANY in page
    assert not is_signed_in(client)


def test_right_passwords_use_up_nothing(staff):
    for _ in range(8):
        client = Client()
        sign_in(client, REMOTE_ADDR=HOME)
        assert is_signed_in(client)


def test_one_address_cannot_try_many_names(client, staff):
    for number in range(5):
        guess(4, username=f"name-{number}")
    assert TOO_MANY in sign_in(client, REMOTE_ADDR=HOME).content.decode()
    assert not is_signed_in(client)


def test_many_addresses_cannot_try_one_name_but_a_known_device_still_may(client, staff):
    sign_in(client)
    client.post(f"{ACCOUNT}abmelden/")
    for number in range(10):
        guess(5, address=f"198.51.{number}.1")
    stranger = Client()
    assert "Bitte warten Sie 60 Minuten." in sign_in(stranger, REMOTE_ADDR=OTHER).content.decode()
    sign_in(client, REMOTE_ADDR=OTHER)
    assert is_signed_in(client)


def test_a_known_device_may_not_guess_without_end_either(client, staff):
    sign_in(client)
    client.post(f"{ACCOUNT}abmelden/")
    for number in range(6):
        page = sign_in(client, "falsch", REMOTE_ADDR=f"198.51.{number}.1")
    assert TOO_MANY in page.content.decode()


def test_a_cookie_that_we_did_not_sign_makes_no_known_device(staff):
    for number in range(10):
        guess(5, address=f"198.51.{number}.1")
    client = Client()
    client.cookies["device"] = "eyJtYXJrIjoiYSJ9:1:x"
    sign_in(client, REMOTE_ADDR=OTHER)
    assert not is_signed_in(client)


def test_a_device_is_known_for_a_year_and_for_those_who_sign_in_there(client, staff, clock):
    sign_in(client)
    request = RequestFactory().get("/")
    request.COOKIES["device"] = client.cookies["device"].value
    assert known_device(request, "Redaktion")
    assert not known_device(request, "anna")
    clock(timezone.localdate() + timedelta(days=367))
    assert not known_device(request, "redaktion")


def test_a_made_up_header_neither_helps_nor_hurts(client, staff):
    for number in range(6):
        page = guess(1, HTTP_X_FORWARDED_FOR=f"192.0.2.{number}")
    assert TOO_MANY in page
    sign_in(client, REMOTE_ADDR=OTHER, HTTP_X_FORWARDED_FOR=HOME)
    assert is_signed_in(client)


def test_behind_the_proxy_each_client_counts_for_itself(client, staff):
    proxy = "127.0.0.1"
    for number in range(6):
        page = guess(1, address=proxy, HTTP_X_FORWARDED_FOR=f"192.0.2.{number}, {HOME}")
    assert TOO_MANY in page
    sign_in(client, REMOTE_ADDR=proxy, HTTP_X_FORWARDED_FOR=f"{HOME}, {OTHER}")
    assert is_signed_in(client)


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        (HOME, None, HOME),
        (HOME, OTHER, HOME),
        ("127.0.0.1", None, "127.0.0.1"),
        ("127.0.0.1", OTHER, OTHER),
        ("127.0.0.1", f"1.1.1.1, {OTHER}", OTHER),
        ("127.0.0.1", f"1.1.1.1,{OTHER}, 10.1.2.3", OTHER),
        ("127.0.0.1", f"{OTHER}, unknown", "127.0.0.1"),
        ("127.0.0.1", f"{OTHER}, ", "127.0.0.1"),
        ("127.0.0.1", "10.1.2.3, 10.1.2.4", "10.1.2.3"),
        ("::ffff:127.0.0.1", f"::ffff:{OTHER}", OTHER),
        ("::1", "2001:db8::1", "2001:db8::1"),
        ("", OTHER, "None"),
    ],
)
def test_the_address_is_the_first_that_is_no_proxy_of_ours(settings, peer, forwarded, expected):
    settings.TRUSTED_PROXIES = [ip_network(x) for x in ("127.0.0.1", "::1", "10.0.0.0/8")]
    extra = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    request = RequestFactory().get("/", REMOTE_ADDR=peer, **extra)
    assert str(client_address(request)) == expected


@pytest.mark.parametrize("path", ["/verwaltung/", "/de/rueckmeldung/"])
def test_nothing_that_could_keep_it_gets_an_address(path):
    request = RequestFactory().post(path, REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR=HOME)
    seen = address_stand_in(lambda request: str(request.META))(request)
    assert HOME not in seen
    assert "127.0.0.1" not in seen


def test_a_household_with_ipv6_is_one_client():
    def stands(address):
        return stand_in(RequestFactory().get("/", REMOTE_ADDR=address))

    assert stands("2001:db8:1:2::1") == stands("2001:db8:1:2:ffff::9")
    assert len({stands(f"2001:db8:1:{n}::1") for n in range(9)} | {stands(HOME)}) == 10
    assert stands(HOME).startswith("fd")


def test_the_cache_holds_no_address_and_no_name(staff):
    guess(1)
    kept = cached()
    assert any(":ip:fd" in key for key in kept)
    assert HOME not in str(kept)
    assert "redaktion" not in str(kept)


def test_too_many_requests_get_a_page_of_their_own(client, db):
    for _ in range(31):
        answer = client.post(LOGIN, {})
    assert answer.status_code == 429
    assert "Bitte warten Sie etwas" in answer.content.decode()


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox, Linux",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/126 Safari/537.36 Edg/126", "Edge, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17 like Mac OS X) Safari/604", "Safari, iPhone"),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/126 Mobile Safari", "Chrome, Android"),
        ("curl/8", "unbekanntes Gerät"),
        ("", "unbekanntes Gerät"),
    ],
)
def test_devices_are_named_in_plain_words(user_agent, name):
    assert device_name(user_agent) == name
