"""Sheets as Chromium prints them: one page, nothing cut off, in every script."""

import re

import pytest

from offers.models import Offer
from tests.factories import make_full_offer, make_offer, make_page

pytestmark = pytest.mark.browser

PATHS = ["", "kontakte/meliha-delalic/", "angebote/voll/", "angebote/offener-treff/", "lang/"]
PATHS += ["angebote/?thema=begegnung&", "angebote/?ort=elz&"]
ETHIOPIC = "ናይ ትግርኛ ጽሑፍ ንምንባብ ዝተዳለወ እዩ። "
#: How wide the text is on the paper, in CSS pixels.
PAPERS = {"a4": 680, "a5": 491}
#: Texts that are partly off the paper, rows that are left out, and whether the paper says so.
FOUND = """() => {
  const rows = document.querySelector('.rows'), paper = rows.getBoundingClientRect();
  const isBeside = element => {
    const {left, right} = element.getBoundingClientRect();
    return left > paper.right - 3 || right < paper.left + 3;
  };
  const outside = [], all = [...rows.children], more = all.pop(), note = more.firstElementChild;
  for (const row of all.filter(row => !isBeside(row))) {
    const texts = document.createTreeWalker(row, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const range = document.createRange();
      range.selectNodeContents(texts.currentNode);
      for (const {left, right, bottom} of range.getClientRects())
        if (left < paper.left - 3 || right > paper.right + 3 || bottom > paper.bottom + 3)
          outside.push(texts.currentNode.textContent.trim());
    }
  }
  const saysSo = note.offsetWidth > 0 && !isBeside(note);
  const address = document.querySelector('footer .address').getBoundingClientRect();
  return {
    outside: outside.filter(Boolean), left_out: all.filter(isBeside).length,
    is_cut: more.matches('.sure'), says_so: saysSo,
    is_legible: !saysSo || note.getBoundingClientRect().bottom <= address.top + 3,
  };
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
            check(page, (path, paper))
            pdf = page.pdf(prefer_css_page_size=True)
            assert len(re.findall(rb"/Type /Page\b", pdf)) == 1, (path, paper)
    assert ETHIOPIC[:10] in Offer.objects.get(slug="voll").title_tr


def check(page, where):
    found = page.evaluate(FOUND)
    assert found["outside"] == [], where
    if "" not in where:  # the poster has no foot
        assert found["says_so"] == (found["is_cut"] or found["left_out"] > 0), where
        assert found["is_legible"], where
    return found


@pytest.mark.parametrize("code", ["de", "ar", "uk"])
def test_a_list_fills_the_paper(page, overview, code):
    for number in range(30):
        name = {"title_de": f"Kurs {number}: Wohnen", "title_ar": "دورة", "title_uk": "Житло"}
        make_offer(slug=f"kurs-{number}", whole_district=True, **name)
    page.emulate_media(media="print")
    for paper, width in PAPERS.items():
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{overview}/{code}/angebote/?ort=elz&blatt={paper}")
        # So many rows are sent that one more finds no room.
        assert 1 <= check(page, (code, paper))["left_out"] <= 2


def test_letters_that_need_more_room_leave_out_more_and_say_so(page, overview):
    """Other systems have other fonts."""
    page.emulate_media(media="print")
    page.set_viewport_size({"width": PAPERS["a4"], "height": 900})
    page.goto(f"{overview}/ar/kontakte/meliha-delalic/?blatt=a4")
    assert not check(page, "own letters")["says_so"]
    page.evaluate("document.documentElement.style.fontSize = '20pt'")
    found = check(page, "large letters")
    assert found["left_out"] > 0
    assert not found["is_cut"]


def test_a_sheet_fits_a_phone(page, overview):
    page.set_viewport_size({"width": 320, "height": 700})
    for path in ("", "angebote/offener-treff/", "angebote/?ort=elz&"):
        path, _, query = path.partition("?")
        page.goto(f"{overview}/ar/{path}?{query}blatt=a4")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
