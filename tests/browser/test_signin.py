"""Signing in with a real browser: with an app, with recovery codes, and with a passkey."""

import time

import pytest
from allauth.mfa.totp.internal import auth
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from languages.registry import SOURCE
from tests.browser.test_accessibility import COLOURS
from tests.browser.test_translating import violations

pytestmark = pytest.mark.browser

PASSWORD = "ein langes Passwort"
PHONE = {"width": 360, "height": 640}


@pytest.fixture
def phone(page, site, staff, settings):
    """A narrow browser before the sign-in, where a second factor is required."""
    settings.REQUIRE_MFA = True
    page.set_viewport_size(PHONE)
    return page


def check(page):
    """Nothing for axe to find, nothing that runs off a narrow screen, German, one heading."""
    page.wait_for_load_state()
    page.emulate_media(color_scheme="light")
    assert violations(page) == [], page.url
    page.emulate_media(color_scheme="dark")
    assert violations(page, runOnly=COLOURS) == [], f"{page.url} in the dark"
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"], page.url
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    expect(page.locator("html")).to_have_attribute("lang", SOURCE)


def type_password(page, site):
    page.goto(f"{site}/verwaltung/offers/offer/")
    check(page)
    page.get_by_label("Benutzername").fill("redaktion")
    page.get_by_label("Passwort").fill(PASSWORD)
    page.get_by_role("button", name="Anmelden").click()


def sign_out(page, site):
    page.goto(f"{site}/verwaltung/konto/")
    page.get_by_role("button", name="Abmelden", exact=True).click()
    expect(page.get_by_text("Sie sind abgemeldet.")).to_be_visible()


def code_of(secret):
    """Return a code that will not have been used before in this test."""
    code_of.counter = max(int(time.time()) // 30, getattr(code_of, "counter", 0) + 1)
    return auth.format_hotp_value(auth.hotp_value(secret, code_of.counter))


def test_app_and_recovery_codes_from_the_first_sign_in_to_the_last(phone, site):
    type_password(phone, site)
    expect(phone.get_by_role("heading", name="Noch ein Schritt")).to_be_visible()
    check(phone)
    phone.get_by_role("link", name="App einrichten").click()
    check(phone)
    image = phone.get_by_role("img", name="QR-Code")
    assert image.evaluate("image => image.naturalWidth") > 0
    secret = phone.locator(".secret").inner_text()
    code_of.counter = int(time.time()) // 30 - 2
    phone.get_by_label("Code aus der App").fill(code_of(secret))
    phone.get_by_role("button", name="Einrichten").click()
    expect(phone.get_by_role("heading", name="Notfallcodes")).to_be_visible()
    check(phone)
    recovery = phone.locator(".codes code").first.inner_text()
    phone.get_by_role("link", name="Weiter zur Verwaltung").click()
    expect(phone.get_by_text("Was möchten Sie bearbeiten?")).to_be_visible()
    phone.get_by_role("link", name="Konto", exact=True).click()
    check(phone)

    for code in (code_of(secret), recovery):
        sign_out(phone, site)
        type_password(phone, site)
        expect(phone.get_by_role("heading", name="Zweiter Schritt")).to_be_visible()
        check(phone)
        phone.get_by_label("Code aus der App oder Notfallcode").fill(code)
        phone.get_by_role("button", name="Weiter").click()
        expect(phone).to_have_url(f"{site}/verwaltung/offers/offer/")


@pytest.fixture
def with_passkeys(phone):
    """A device with fingerprint: Chromium's own, over the protocol of its developer tools."""
    protocol = phone.context.new_cdp_session(phone)
    protocol.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    device = protocol.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    phone.fingerprint = lambda right: protocol.send(
        "WebAuthn.setUserVerified", {**device, "isUserVerified": right}
    )
    return phone


def test_a_passkey_is_a_second_factor_and_does_without_a_password(with_passkeys, site):
    page = with_passkeys
    type_password(page, site)
    page.get_by_role("link", name="Passkey einrichten").click()
    check(page)
    page.get_by_label("Name").fill("Diensttelefon")
    page.get_by_role("button", name="Einrichten").click()
    expect(page.get_by_role("heading", name="Notfallcodes")).to_be_visible()
    page.goto(f"{site}/verwaltung/konto/")
    expect(page.get_by_text("Passkey: Diensttelefon")).to_be_visible()
    check(page)
    links = page.locator("main a").evaluate_all("links => links.map(link => link.href)")
    assert len(links) == 7
    for address in [*links, f"{site}/verwaltung/konto/bestaetigen/code/"]:
        page.goto(address)
        check(page)
    page.goto(f"{site}/verwaltung/konto/bestaetigen/passkey/?next=/verwaltung/offers/")
    check(page)
    page.get_by_role("button", name="Passkey benutzen").click()
    expect(page).to_have_url(f"{site}/verwaltung/offers/")

    sign_out(page, site)
    type_password(page, site)
    check(page)
    page.get_by_role("button", name="Passkey benutzen").click()
    expect(page).to_have_url(f"{site}/verwaltung/offers/offer/")

    sign_out(page, site)
    page.goto(f"{site}/verwaltung/offers/topic/")
    page.fingerprint(False)
    page.get_by_role("button", name="Passkey benutzen").click()
    expect(page.get_by_role("alert")).to_contain_text("Das hat nicht geklappt.")
    page.fingerprint(True)
    page.get_by_role("button", name="Passkey benutzen").click()
    expect(page).to_have_url(f"{site}/verwaltung/offers/topic/")
    ends = [session.get_decoded()["_session_expiry"] for session in Session.objects.all()]
    assert [end[:2] for end in ends] == ["20"], "a moment, not a time from the last use on"


def test_every_other_page_is_clean_too(phone, site, settings):
    settings.HAS_MAIL = True
    account = f"{site}/verwaltung/konto/"
    for path in ("passwort/vergessen/", "passwort/gesendet/", "passwort/fertig/", "gesperrt/"):
        phone.goto(account + path)
        check(phone)
    phone.goto(f"{account}passwort/neu/1-x/")
    check(phone)
    type_password(phone, site)
    for path in ("", "passwort/", "abmelden/", "bestaetigen/", "passkey/"):
        phone.goto(account + path)
        check(phone)


def test_without_javascript_everything_but_passkeys_works(browser, site, staff, settings):
    settings.REQUIRE_MFA = True
    page = browser.new_context(java_script_enabled=False, viewport=PHONE).new_page()
    page.goto(f"{site}/verwaltung/")
    page.get_by_label("Benutzername").fill("redaktion")
    page.get_by_label("Passwort").fill(PASSWORD)
    page.get_by_role("button", name="Anmelden").click()
    page.get_by_role("link", name="App einrichten").click()
    secret = page.locator(".secret").inner_text()
    page.get_by_label("Code aus der App").fill(
        auth.format_hotp_value(auth.hotp_value(secret, int(time.time()) // 30))
    )
    page.get_by_role("button", name="Einrichten").click()
    page.get_by_role("link", name="Weiter zur Verwaltung").click()
    expect(page.get_by_text("Was möchten Sie bearbeiten?")).to_be_visible()
    page.context.close()
