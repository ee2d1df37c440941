"""A resident reads the site in a real browser."""

import re

import pytest
from django.conf import settings
from playwright.sync_api import expect

from languages.registry import REGISTRY
from tests.pages import sitemap

pytestmark = pytest.mark.browser

PHONE = {"width": 360, "height": 740}


def test_reading_in_arabic_on_a_phone(page, site):
    page.set_viewport_size(PHONE)
    page.goto(f"{site}/ar/")
    assert page.evaluate("getComputedStyle(document.body).direction") == "rtl"
    button = page.get_by_role("link", name="06431/296-321")
    expect(button).to_have_attribute("href", "tel:+496431296321")
    box = button.bounding_box()
    assert box["height"] >= 48
    assert box["width"] >= 260
    # The digits stand in their own order: "06431" left of "321".
    left, right = page.evaluate(
        """() => {
          const text = [...document.querySelectorAll('.call bdi')].pop().firstChild;
          const at = (from, to) => {
            const range = document.createRange();
            range.setStart(text, from); range.setEnd(text, to);
            return range.getBoundingClientRect().left;
          };
          return [at(0, 5), at(10, 13)];
        }"""
    )
    assert left < right
    page.get_by_role("link", name="إدارة الحالات في WIR").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("إدارة الحالات في WIR")


def test_switching_language_on_a_deep_page_stays_on_it(page, site):
    page.goto(f"{site}/de/kontakte/meliha-delalic/")
    page.locator("summary").click()
    page.get_by_role("link", name="Українська").click()
    expect(page).to_have_url(f"{site}/uk/kontakte/meliha-delalic/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Meliha Delalic")
    assert page.evaluate("document.documentElement.lang") == "uk"


OUTSIDE = """() => [...document.querySelectorAll('.languages a')].filter(e => {
  const box = e.getBoundingClientRect();
  return box.left < 0 || box.right > innerWidth;
}).map(e => e.textContent)"""
COVERED = """() => [...document.querySelectorAll('a:not(.skip)')].filter(e => {
  e.scrollIntoView({block: 'center'});
  const box = e.getClientRects()[0];
  const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  return !(e.contains(top) || top.contains(e));
}).map(e => e.textContent.trim())"""


@pytest.mark.parametrize("width", [320, 360, 768, 1280])
def test_the_open_language_menu_hides_and_cuts_off_nothing(page, site, width):
    page.set_viewport_size({"width": width, "height": 800})
    for code in REGISTRY:
        page.goto(f"{site}/{code}/kontakte/")
        page.locator("summary").click()
        assert page.evaluate(OUTSIDE) == [], code
        assert page.evaluate(COVERED) == [], code


def test_the_machine_notice_leads_to_the_german_page_in_one_click(page, site):
    page.goto(f"{site}/tr/bereiche/wir-koordination/")
    page.locator(".note a").click()
    expect(page).to_have_url(f"{site}/de/bereiche/wir-koordination/")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_can_be_reached_by_keyboard_in_a_sensible_order(page, site, scheme):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{site}/de/")
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            """() => {
              const e = document.activeElement;
              const style = getComputedStyle(e), box = e.getBoundingClientRect();
              return e === document.body ? null : {
                text: e.textContent.trim().replace(/\\s+/g, ' '), outline: style.outlineStyle,
                width: parseFloat(style.outlineWidth), ring: style.boxShadow,
                top: box.top, bottom: box.bottom
              };
            }"""
        )
        if focused is None:
            break
        assert (focused["outline"], focused["width"]) == ("solid", 3), focused
        assert "rgb(255, 225, 47)" in focused["ring"], focused
        assert focused["bottom"] > 0, focused
        assert focused["top"] < 800, focused
        reached.append(focused["text"])
    assert reached[0] == "Zum Inhalt"
    for earlier, later in (
        ("WIR Limburg-Weilburg", "Start"),
        ("Start", "Kontakte"),
        ("Kontakte", "Nurcan Adigüzel"),
        ("m.delalic@limburg-weilburg.de", "Impressum"),
    ):
        assert reached.index(earlier) < reached.index(later)
    assert reached[-1] == "Alle Seiten"


def test_the_skip_link_moves_past_the_menu(page, site):
    page.goto(f"{site}/de/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".skip")).not_to_be_focused()  # it takes the browser a moment
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "WIR-Koordination"
    assert page.evaluate("!!document.activeElement.closest('main')")


@pytest.mark.parametrize("code", ["de", "ar", "de-simple", "uk", "tr"])
def test_no_page_scrolls_sideways(page, site, client, code):
    for path in [path for path in sitemap(client) if path.startswith(f"/{code}/")]:
        page.goto(site + path)
        for width in (320, 360, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            scrolled = page.evaluate("document.documentElement.scrollWidth")
            assert scrolled <= width, f"{path} at {width}"


def test_nothing_is_lost_at_twice_the_text_size_and_with_wide_spacing(page, site):
    page.set_viewport_size({"width": 1280, "height": 800})
    for path in ("/de/", "/ar/kontakte/", "/de/datenschutz/"):
        page.goto(site + path)
        # As a reader's own style sheet would (WCAG 1.4.4 and 1.4.12).
        page.evaluate(
            """() => {
              const sheet = document.styleSheets[0];
              sheet.insertRule('html { font-size: 200% !important }', sheet.cssRules.length);
              sheet.insertRule('* { line-height: 1.5 !important; letter-spacing: .12em !important;'
                + 'word-spacing: .16em !important }', sheet.cssRules.length);
            }"""
        )
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280, path
        clipped = page.evaluate(
            """() => [...document.querySelectorAll('main a, main p, main h1, main h2')]
              .filter(e => getComputedStyle(e).display !== 'inline')
              .filter(e => e.scrollWidth > e.clientWidth + 1)
              .map(e => e.textContent.trim())"""
        )
        assert clipped == [], path


def test_every_link_and_button_is_big_enough_for_a_finger(page, site):
    """WCAG 2.5.8 asks for 24 px; links in menus, cards and the switcher have 44."""
    page.set_viewport_size(PHONE)
    for code in REGISTRY:
        page.goto(f"{site}/{code}/")
        page.locator("summary").click()
        small = page.evaluate(
            """() => [...document.querySelectorAll('header li a, summary, .call, footer a')]
              .filter(e => e.getBoundingClientRect().height < 44)
              .map(e => e.textContent.trim())"""
        )
        assert small == [], code


def test_reading_works_without_javascript_and_without_styles(browser, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.route(re.compile(r"\.css"), lambda route: route.abort())
    page.goto(f"{site}/ar/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("link", name="06431/296-538")).to_be_visible()
    page.locator("summary").click()
    page.get_by_role("link", name="Deutsch").click()
    expect(page).to_have_url(f"{site}/de/")
    assert context.cookies() == []
    context.close()


@pytest.mark.parametrize("path", ["/de/", "/ar/kontakte/", "/de-simple/barrierefreiheit/"])
def test_every_page_prints_with_its_qr_code_and_without_menus(page, site, path, tmp_path):
    page.goto(site + path)
    page.emulate_media(media="print")
    expect(page.locator(".printed svg")).to_be_visible()
    expect(page.locator(".printed bdi")).to_have_text(site + path)
    expect(page.locator("nav")).to_be_hidden()
    expect(page.locator("details")).to_be_hidden()
    pdf = page.pdf(prefer_css_page_size=True)
    assert pdf.startswith(b"%PDF")
    assert re.search(rb"/MediaBox \[0 0 59[45][^ ]* 84[12]", pdf)


@pytest.mark.parametrize("code", ["de", "ar", "uk"])
def test_a_contact_prints_on_one_page(page, site, code):
    page.goto(f"{site}/{code}/kontakte/meliha-delalic/")
    pdf = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type /Page\b", pdf)) == 1


def test_colours_follow_dark_mode_and_survive_forced_colours(page, site):
    page.emulate_media(color_scheme="dark")
    page.goto(f"{site}/de/")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(19, 21, 37)"
    page.emulate_media(forced_colors="active")
    style = "(getComputedStyle(document.querySelector('.call')).borderTopStyle)"
    assert page.evaluate(style) == "solid"


def test_no_cookie_is_set_and_nothing_is_stored(page, site, context):
    for path in ("/", "/de/", "/ar/kontakte/", "/de/gibt-es-nicht/"):
        page.goto(site + path)
    page.allowed("404")
    assert context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert settings.SESSION_COOKIE_NAME not in page.evaluate("document.cookie")
