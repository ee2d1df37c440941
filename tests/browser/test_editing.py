"""An editor works in the admin in a real browser, under the site's own policy."""

import pytest
from playwright.sync_api import expect

from contacts.models import ContactPerson
from languages.registry import REGISTRY
from programme.models import Area
from tests.browser.test_translating import violations

pytestmark = pytest.mark.browser


def test_a_number_changed_in_the_admin_is_public_at_once(signed_in, site):
    page = signed_in
    page.goto(f"{site}/de/kontakte/meliha-delalic/")  # seen, and so in the browser's cache
    page.goto(f"{site}/verwaltung/")
    page.get_by_role("link", name="Kontaktpersonen", exact=True).click()
    page.get_by_role("link", name="Meliha Delalic").click()
    page.get_by_label("Telefon").fill("06431/296-777")
    page.get_by_role("button", name="Sichern", exact=True).first.click()
    expect(page.locator(".messagelist .success")).to_be_visible()
    for code in REGISTRY:
        page.goto(f"{site}/{code}/kontakte/meliha-delalic/")
        expect(page.locator("a.call")).to_have_attribute("href", "tel:+496431296777")


def test_the_text_editor_works_under_the_content_security_policy(signed_in, site):
    page = signed_in
    area = Area.objects.get(slug="wir-koordination")
    page.goto(f"{site}/verwaltung/programme/area/{area.pk}/change/")
    editor = page.locator(".field-body_de [contenteditable]")
    editor.click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" Ein neuer Satz.")
    page.get_by_text("Arabisch (العربية): 4 von 4 Texten").click()
    expect(page.get_by_role("textbox", name="Mehr dazu", exact=True)).to_be_visible()
    expect(page.get_by_title("fett").first).to_be_visible()
    arabic = page.locator(".field-body_ar [contenteditable]")
    assert arabic.evaluate("e => getComputedStyle(e).direction") == "rtl"
    page.get_by_role("button", name="Sichern", exact=True).first.click()
    expect(page.locator(".messagelist .success")).to_be_visible()
    page.goto(f"{site}/de/bereiche/wir-koordination/")
    expect(page.locator("main")).to_contain_text("Ein neuer Satz.")


def test_a_form_that_was_only_opened_and_saved_changes_nothing(signed_in, site):
    page = signed_in
    before = list(Area.objects.values())
    for area in Area.objects.all():
        page.goto(f"{site}/verwaltung/programme/area/{area.pk}/change/")
        expect(page.locator("[contenteditable]").first).to_be_visible()
        page.get_by_role("button", name="Sichern", exact=True).first.click()
        expect(page.locator(".messagelist .success")).to_be_visible()
    assert list(Area.objects.values()) == before


def test_a_wrong_number_is_explained_and_the_rest_is_kept(signed_in, site):
    page = signed_in
    person = ContactPerson.objects.get(slug="marie-ostermann")
    page.goto(f"{site}/verwaltung/contacts/contactperson/{person.pk}/change/")
    page.get_by_label("Telefon").fill("12")
    page.get_by_label("Raum").fill("Zimmer 4")
    page.get_by_role("button", name="Sichern", exact=True).first.click()
    expect(page.locator(".field-phone .errorlist")).to_contain_text("keine gültige Telefonnummer")
    expect(page.get_by_label("Raum")).to_have_value("Zimmer 4")


@pytest.mark.parametrize("width", [390, 1280])
def test_the_forms_fit_a_phone_and_a_desk(signed_in, site, width):
    page = signed_in
    page.set_viewport_size({"width": width, "height": 800})
    person = ContactPerson.objects.first()
    for path in ("", f"contacts/contactperson/{person.pk}/change/", "programme/page/"):
        page.goto(f"{site}/verwaltung/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_a_translator_works_on_a_phone_without_javascript_by_keyboard(
    browser, site, staff, live_server
):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.goto(f"{site}/verwaltung/")
    page.get_by_label("Benutzername").fill(staff.username)
    page.get_by_label("Passwort").fill("ein langes Passwort")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Arabisch (العربية)").click()
    page.get_by_role("link", name="WIR-Koordination: Name").click()
    field = page.get_by_label("Arabisch (العربية)")
    expect(field).to_have_attribute("lang", "ar")
    expect(field).to_have_attribute("dir", "rtl")
    field.focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("تنسيق جديد")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Speichern und weiter")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".messagelist .success")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_contain_text("WIR-Koordination")
    page.goto(f"{site}/ar/bereiche/wir-koordination/")
    expect(page.get_by_role("heading", level=1)).to_have_text("تنسيق جديد")
    context.close()


def test_the_translate_page_runs_its_editor_under_the_policy(signed_in, site):
    page = signed_in
    area = Area.objects.get(slug="wir-koordination")
    page.goto(f"{site}/verwaltung/uebersetzen/fa-af/programme.area/{area.uuid}/body/")
    editor = page.locator("[contenteditable]")
    expect(editor).to_be_visible()
    assert editor.evaluate("e => getComputedStyle(e).direction") == "rtl"
    assert editor.evaluate("e => e.closest('[lang]').lang") == "fa-AF"
    page.get_by_role("button", name="Speichern: geprüft").click()
    expect(page.locator(".messagelist .success")).to_be_visible()
    row = area.translations.get(field="body", language="fa-af")
    assert row.reviewed_by.username == "redaktion"
    assert area.translations.get(field="body", language="ar").reviewed_by is None


@pytest.mark.parametrize("path", ["", "uebersetzen/ar/", "uebersetzen/ar/einlesen/"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_translators_pages_fit(signed_in, site, path, width):
    page = signed_in
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{site}/verwaltung/{path}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_start_page_and_the_guides_fit_and_axe_finds_nothing(signed_in, site):
    page = signed_in
    page.set_viewport_size({"width": 360, "height": 800})
    for path in ("", "anleitung/redaktion/", "anleitung/betrieb/"):
        page.goto(f"{site}/verwaltung/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
        assert violations(page) == [], path
