"""Sheets as Chromium prints them: one page, nothing cut off, in every script."""

import re

import pytest

from offers.models import Offer
from tests.factories import make_full_offer, make_page

pytestmark = pytest.mark.browser

PATHS = ["", "kontakte/meliha-delalic/", "angebote/voll/", "angebote/offener-treff/", "lang/"]
PATHS += ["angebote/?thema=begegnung&", "angebote/?ort=elz&"]
ETHIOPIC = "ናይ ትግርኛ ጽሑፍ ንምንባብ ዝተዳለወ እዩ። "
#: How wide the text is on the paper, in CSS pixels.
PAPERS = {"a4": 680, "a5": 491}
OUTSIDE = """() => {
  const paper = document.querySelector('.rows').getBoundingClientRect(), found = [];
  const texts = document.createTreeWalker(document.querySelector('.rows'), NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const range = document.createRange();
    range.selectNodeContents(texts.currentNode);
    for (const box of range.getClientRects())
      if (box.left < paper.left - 3 || box.right > paper.right + 3 || box.bottom > paper.bottom + 3)
        found.push(texts.currentNode.textContent.trim());
  }
  return found.filter(Boolean);
}"""


@pytest.fixture
def overview(site):
    """Pages with as much as there can be, and with letters that are wide and high."""
    make_full_offer()
    texts = {"title": 150, "summary": 500, "what_to_bring": 400, "cost_note": 200}
    samples = {"de": "Donaudampfschifffahrt ", "ar": "المساعدة في البحث ", "fa_af": "کمک در یافتن "}
    samples |= {"uk": "Допомога у пошуку щастя ", "tr": ETHIOPIC}
    long = {
        f"{name}_{code}": (text * 40)[:length].strip()
        for name, length in texts.items()
        for code, text in samples.items()
    }
    make_full_offer(slug="voll", how_it_works_de="<p>Ein Satz.</p>" * 60, **long)
    body = {
        f"body_{code}": f"<h2>{text}</h2><p>{text * 60}</p>" * 9 for code, text in samples.items()
    }
    make_page(slug="lang", **body)
    return site


@pytest.mark.parametrize("code", ["de", "ar", "fa-af", "uk", "tr"])
def test_a_sheet_is_one_page_with_nothing_cut_off(page, overview, code):
    page.emulate_media(media="print")
    for paper, width in PAPERS.items():
        page.set_viewport_size({"width": width, "height": 900})
        for path in PATHS:
            path, _, query = path.partition("?")
            page.goto(f"{overview}/{code}/{path}?{query}blatt={paper}")
            assert page.evaluate(OUTSIDE) == [], (path, paper)
            pdf = page.pdf(prefer_css_page_size=True)
            assert len(re.findall(rb"/Type /Page\b", pdf)) == 1, (path, paper)
    assert ETHIOPIC[:10] in Offer.objects.get(slug="voll").title_tr


def test_a_sheet_fits_a_phone(page, overview):
    page.set_viewport_size({"width": 320, "height": 700})
    for path in ("", "angebote/offener-treff/", "angebote/?ort=elz&"):
        path, _, query = path.partition("?")
        page.goto(f"{overview}/ar/{path}?{query}blatt=a4")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
