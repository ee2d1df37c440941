"""The overview in a real browser: found, read, printed; also without JavaScript."""

import re

import pytest
from playwright.sync_api import expect

from tests.factories import make_full_offer, make_offer

pytestmark = pytest.mark.browser


@pytest.fixture
def overview(site):
    """A site with an offer that has all there is."""
    make_full_offer()
    make_offer(title_de="Deutschsprachkurse", slug="kurs", cost="free", title_ar="دورات اللغة")
    return f"{site}/de/angebote/"


def test_an_offer_is_found_without_javascript(browser, overview):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 700})
    page = context.new_page()
    page.goto(overview)
    page.get_by_label("Was suchen Sie?").fill("sprachkurs")
    page.get_by_role("button", name="Suchen").click()
    expect(page.get_by_role("heading", name="1 Angebot", exact=True)).to_be_visible()
    page.get_by_text("Auswahl eingrenzen").click()
    page.get_by_label("kostenlos (1)").check()
    page.get_by_role("button", name="Anzeigen").click()
    expect(page).to_have_url(re.compile(r"q=sprachkurs.*kostenlos=1"))
    page.get_by_role("link", name="Deutschsprachkurse").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Deutschsprachkurse")
    expect(page.locator("a.call")).to_have_attribute("href", "tel:+4964312960")
    assert context.cookies() == []
    context.close()


@pytest.mark.parametrize("path", ["", "?thema=frauen-gewaltschutz", "offener-treff/", "?q=xyz"])
@pytest.mark.parametrize("code", ["de", "ar"])
def test_nothing_runs_over_the_edge_of_a_narrow_screen(page, overview, code, path):
    page.set_viewport_size({"width": 320, "height": 700})
    page.goto(overview.replace("/de/", f"/{code}/") + path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("path", ["angebote/?q=", "merkzettel/?q="])
@pytest.mark.parametrize("code", ["de", "ar"])
def test_a_long_word_does_not_run_over_the_edge_either(page, site, code, path):
    word = "Kinderbetreuungseinrichtungsverzeichnisaktualisierungsstelle"
    make_offer(title_de=word, slug="lang")
    page.set_viewport_size({"width": 320, "height": 700})
    page.goto(f"{site}/{code}/{path}{word}")
    expect(page.locator("main").get_by_role("link", name=word, exact=True)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("code", ["de", "ar"])
def test_the_overview_prints_its_topics_and_no_filters(page, overview, code):
    page.goto(overview.replace("/de/", f"/{code}/"))
    page.emulate_media(media="print")
    expect(page.locator("h2 + .topics li").first).to_be_visible()
    expect(page.locator(".search")).to_be_hidden()
    page.goto(overview.replace("/de/angebote/", f"/{code}/partner/"))
    expect(page.locator(".cards")).to_be_visible()
    expect(page.locator(".topics")).to_be_hidden()  # there they are filters


@pytest.mark.parametrize("code", ["de", "ar", "fa-af", "uk"])
def test_an_offer_prints_on_one_page_beside_german(page, overview, code):
    page.goto(f"{overview.replace('/de/', f'/{code}/')}offener-treff/?zweisprachig=1")
    page.emulate_media(media="print")
    expect(page.locator(".printed svg")).to_be_visible()
    expect(page.locator(".today")).to_be_hidden()  # it would be wrong tomorrow
    pdf = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type /Page\b", pdf)) == 1
