"""Chrome before 84 and Safari before 14.1: stylesheets without what they do not know."""

import re

import pytest

from tests.factories import make_full_offer
from wirportal.stylesheets import squeeze

pytestmark = pytest.mark.browser

WIDTH, MARGIN = 360, 12
#: Declarations with a property or a value, and rules with a selector, that are too new.
DECLARATION = re.compile(
    r"(?<=[{;])(?:(?:(?:margin|padding)-(?:block|inline)|inset[-\w]*|gap|aspect-ratio):[^;}]*"
    r"|[-\w]+:(?:[^;{}]*\b(?:min|max|clamp)\([^;}]*|anywhere));?"
)
RULE = re.compile(r"[^{};]*(?::is\(|:where\(|:focus-visible|:not\([^)]*,)[^{}]*\{[^{}]*\}")
PATHS = ["", "angebote/", "angebote/offener-treff/", "angebote/offener-treff/fehler/"]
PATHS += ["merkzettel/?z=k1-k2-a1", "angebote/offener-treff/?blatt=a4"]
AT_THE_EDGE = """([width, margin]) => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  while (texts.nextNode()) {
    if (texts.currentNode.parentElement.closest('.skip, .vh')) continue;
    const range = document.createRange();
    range.selectNodeContents(texts.currentNode);
    for (const {left, right, width: used} of range.getClientRects())
      if (used && (left < margin || right > width - margin))
        found.push(texts.currentNode.textContent);
  }
  return found;
}"""
TOUCHING = """() => [...document.querySelectorAll('.bar li, .menu li, .facts li, .moves button')]
  .filter(one => {
    const other = one.nextElementSibling, box = one.getBoundingClientRect();
    if (!other) return false;
    const next = other.getBoundingClientRect();
    return box.top === next.top && next.left - box.right < 4 && box.left - next.right < 4;
  }).map(one => one.textContent)"""


def as_old(css):
    css = squeeze(css).replace("@supports not (inset:0)", "@media all")
    return RULE.sub("", DECLARATION.sub("", css))


def send_old(route):
    response = route.fetch()
    route.fulfill(response=response, body=as_old(response.text()))


@pytest.mark.parametrize("code", ["de", "ar"])
def test_pages_can_be_read_and_used(page, site, code):
    make_full_offer()
    page.route("**/*.css", send_old)
    page.set_viewport_size({"width": WIDTH, "height": 700})
    for path in PATHS:
        page.goto(f"{site}/{code}/{path}")
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        assert page.evaluate(AT_THE_EDGE, [WIDTH, MARGIN]) == [], path
        assert page.evaluate(TOUCHING) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= WIDTH, path


@pytest.mark.parametrize("code", ["de", "ar"])
def test_what_has_the_focus_is_seen_and_the_skip_link_only_then(page, site, code):
    page.route("**/*.css", send_old)
    page.goto(f"{site}/{code}/")
    skip = page.locator(".skip")
    assert skip.bounding_box()["y"] + skip.bounding_box()["height"] < 0
    page.keyboard.press("Tab")
    assert skip.bounding_box()["y"] > 0
    assert "rgb(255, 225, 47)" in skip.evaluate("each => getComputedStyle(each).boxShadow")


def test_a_tap_leaves_no_outline_on_new_phones(page, site):
    page.goto(f"{site}/de/")
    summary = page.locator(".languages summary")
    summary.click()
    assert summary.evaluate("each => getComputedStyle(each).outlineStyle") == "none"
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
