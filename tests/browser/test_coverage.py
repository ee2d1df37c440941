"""The coverage in a real browser: axe finds no fault, and its first column stays in sight."""

import re

import pytest
from playwright.sync_api import expect

from contacts.models import SpokenLanguage
from offers.models import Municipality, SearchTerm, Topic
from tests.browser.test_accessibility import COLOURS
from tests.browser.test_translating import violations
from tests.factories import make_offer

pytestmark = pytest.mark.browser


@pytest.fixture
def coverage(signed_in, site):
    """The page with numbers, gaps and more columns than fit."""
    town, *_others = Municipality.objects.all()
    topics, languages = Topic.objects.all(), SpokenLanguage.objects.all()
    make_offer(topics=topics[:2], municipalities=[town], spoken_languages=languages[:1])
    make_offer(topics=topics[1:3], whole_district=True)
    signed_in.goto(f"{site}/verwaltung/abdeckung/")
    return signed_in


def test_axe_finds_no_violation_in_the_coverage(coverage, site):
    for query in ("", "?ansicht=sprachen", "?sprache=xx"):
        coverage.emulate_media(color_scheme="light")
        coverage.goto(f"{site}/verwaltung/abdeckung/{query}")
        assert violations(coverage) == [], query
        coverage.emulate_media(color_scheme="dark")
        assert violations(coverage, runOnly=COLOURS) == [], f"{query} in the dark"


def test_the_coverage_is_narrowed_down_and_leads_to_the_offers(coverage):
    coverage.set_viewport_size({"width": 600, "height": 800})
    coverage.get_by_label("Angebote für den ganzen Landkreis").select_option("ohne")
    coverage.get_by_role("button", name="Zeigen").click()
    expect(coverage).to_have_url(re.compile("landkreis=ohne"))
    scrolls = coverage.locator(".scrolls")
    edge = scrolls.bounding_box()["x"] - 1
    scrolls.evaluate("box => box.scrollLeft = 300")
    assert scrolls.evaluate("box => box.scrollLeft") > 0
    # They stay in sight, at the edge of what scrolls.
    assert coverage.get_by_role("rowheader").first.bounding_box()["x"] >= edge
    assert coverage.locator("caption span").bounding_box()["x"] >= edge
    coverage.get_by_role("link", name="Lücke").first.click()
    expect(coverage).to_have_url(re.compile(r"/de/angebote/\?thema="))


def test_all_columns_fit_a_common_screen(coverage, site):
    coverage.set_viewport_size({"width": 1280, "height": 900})
    too_wide = "box => box.scrollWidth - box.clientWidth"
    coverage.goto(f"{site}/verwaltung/abdeckung/?landkreis=ohne")
    assert coverage.locator(".scrolls").evaluate(too_wide) == 0
    SearchTerm.objects.create(language="de", term="raumstation")
    for model in ("offer", "searchterm"):
        coverage.goto(f"{site}/verwaltung/offers/{model}/")
        assert coverage.locator(".results").evaluate(too_wide) == 0, model
