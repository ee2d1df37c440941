"""Translators work in a real browser: two at once, and with pages that axe finds no fault with."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import expect

from programme.models import Area
from tests.browser.test_accessibility import FADED

pytestmark = pytest.mark.browser


@pytest.fixture
def title(site):
    """The address where the Arabic title of an area is translated."""
    area = Area.objects.get(slug="wir-koordination")
    return site + reverse("admin:translate", args=["ar", "programme.area", area.uuid, "title"])


def test_two_translators_see_both_texts_and_lose_none(signed_in, title):
    first, second = signed_in, signed_in.context.new_page()
    for page in (first, second):
        page.goto(title)
    first.get_by_role("textbox", name="Arabisch").fill("نص أول")
    first.get_by_role("button", name="Speichern", exact=True).click()
    expect(first.locator(".messagelist .success")).to_be_visible()

    second.get_by_role("textbox", name="Arabisch").fill("نص ثان")
    second.get_by_role("button", name="Speichern", exact=True).click()
    expect(second.get_by_text("Jemand anderes hat diesen Text inzwischen geändert")).to_be_visible()
    expect(second.locator("#content")).to_contain_text("نص أول")
    expect(second.get_by_role("textbox", name="Arabisch")).to_have_value("نص ثان")
    second.get_by_role("button", name="Speichern", exact=True).click()
    expect(second.locator(".messagelist .success")).to_be_visible()
    expect(second.get_by_role("textbox", name="Arabisch")).to_have_value("نص ثان")


@pytest.mark.parametrize("path", ["", "einlesen/"])
def test_axe_finds_no_violation_for_translators(signed_in, site, path):
    signed_in.goto(f"{site}/verwaltung/uebersetzen/ar/{path}")
    assert violations(signed_in) == []


def test_axe_finds_no_violation_beside_the_german_text(signed_in, title):
    signed_in.goto(title)
    assert violations(signed_in) == []


def violations(page, **options):
    page.evaluate(FADED)
    # Without preload: axe would look for the admin's @imports beside the page, and not find them.
    found = Axe().run(page, options={"preload": False} | options).response["violations"]
    page.allowed("Applying inline style")  # by axe itself, while it measures
    return [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found]
