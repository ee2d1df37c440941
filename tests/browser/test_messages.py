"""Writing to staff with nothing but a keyboard, on a phone, without JavaScript, in Arabic."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.cache import cache
from playwright.sync_api import expect

from contacts.models import Message
from contacts.proof import FASTEST
from tests.messages import proof_of

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def no_counters(site):
    cache.clear()


def focused(page):
    """Return the ID of what has the focus."""
    return page.evaluate("document.activeElement.id")


def tab_to(page, wanted):
    """Press Tab until something has the focus; return what had it on the way."""
    way = []
    while not way or way[-1] != wanted:
        assert len(way) < 60, way
        page.keyboard.press("Tab")
        way.append(focused(page))
    return [stop for stop in way if stop]


def is_clean(page):
    violations = Axe().run(page).response["violations"]
    return [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in violations]


@pytest.mark.parametrize("code", ["de", "ar"])
def test_an_error_is_reported_with_the_keyboard_alone(page, site, code):
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{site}/{code}/kontakte/meliha-delalic/")
    page.locator("a[href$='/fehler/']").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/fehler/")
    assert is_clean(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    way = tab_to(page, "id_email")
    assert [stop for stop in way if stop.startswith("id_")] == [
        "id_problem_0",
        "id_text",
        "id_email",
    ], "the field for programs is passed by"
    page.keyboard.type("keine Adresse")
    page.keyboard.press("Enter")
    page.wait_for_url("**/fehler/#meldung")
    expect(page.locator("#meldung")).to_be_focused()  # what is wrong is read first
    assert is_clean(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    for field in ("id_problem_0", "id_text", "id_email"):
        page.locator(f"#meldung a[href='#{field}']").focus()
        page.keyboard.press("Enter")
        expect(page.locator(f"#{field}")).to_be_focused()
    assert page.locator("#id_email").input_value() == "keine Adresse"
    described = page.locator("#id_email").get_attribute("aria-describedby").split()
    assert page.locator("#id_email").get_attribute("aria-invalid") == "true"
    assert all(page.locator(f"#{name}").count() == 1 for name in described)
    assert "id_email_error" in described
    page.locator("#id_email").fill("")
    page.locator("#id_problem_1").focus()
    page.keyboard.press("Space")
    proof = page.locator("[name=proof]")
    token = proof.input_value().rsplit(":", 2)[0]
    proof.evaluate("(field, value) => field.value = value", proof_of(60, token))
    page.locator("button[type=submit]").last.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/danke/"))
    assert is_clean(page) == []
    message = Message.objects.get()
    assert (message.problem, message.language, message.email) == ("closed", code, "")


def test_without_javascript_and_in_a_hurry_nothing_typed_is_lost(browser, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/de/kontakte/")
    page.get_by_role("link", name="Barriere melden").click()
    assert page.get_by_label("Auf welcher Seite?").input_value() == f"{site}/de/kontakte/"
    page.get_by_label("Ihre Nachricht").fill("Die Schrift\nist zu hell.")
    page.get_by_role("button", name="Senden").click()
    page.get_by_text("Das ging sehr schnell.").wait_for()
    assert page.get_by_label("Ihre Nachricht").input_value() == "Die Schrift\nist zu hell."
    page.wait_for_timeout(1000 * FASTEST + 1000)
    page.get_by_role("button", name="Senden").click()
    page.get_by_role("heading", name="Danke").wait_for()
    assert Message.objects.get().text == "Die Schrift\nist zu hell."
    assert context.cookies() == []
    page.reload()
    assert Message.objects.count() == 1
    context.close()
