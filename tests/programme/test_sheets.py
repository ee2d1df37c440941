"""How much fits on a sheet, without a browser; tests/browser/test_sheets.py prints them."""

import pytest
from django.utils.translation import override

from programme.qr import GOOD_MASK, qr_svg
from programme.sheets import Sheet, blocks_of, lines_of
from tests.factories import make_full_offer, make_offer, make_page
from tests.pages import read


def test_lines_are_counted_by_script_and_paragraph():
    paragraph = 0.23
    assert lines_of("<p>" + "x" * 100 + "</p>", 20) == pytest.approx(3 + paragraph)
    assert lines_of("<p>" + "i" * 100 + "</p>", 20) == pytest.approx(2 + paragraph)
    assert lines_of("<p>" + "ш" * 100 + "</p>", 20) == pytest.approx(4 + paragraph)
    assert lines_of("<p>" + "س" * 100 + "</p>", 20) == pytest.approx(3 + paragraph)
    assert lines_of("<p>" + "ሀ" * 100 + "</p>", 20) == pytest.approx(5 + paragraph)
    assert lines_of("<p>" + "Donaudampfschifffahrt " * 4 + "</p>", 20) == pytest.approx(4.23)
    assert lines_of("<ul>\n   <li>a</li>\n   <li>b</li></ul>", 20) == pytest.approx(2.23)
    assert lines_of("<h1>" + "x" * 30 + "</h1>", 20) == pytest.approx(2 * 1.7)
    assert lines_of('<p class="view"><a href="/">Kalender</a></p>', 20) == 0


def test_what_describes_a_term_stands_in_its_line():
    html = "<dl><dt>Kosten</dt><dd>keine</dd>\n<dd>Spende</dd>\n<dt>Wann</dt><dd>nie</dd></dl>"
    assert lines_of(html, 20) == pytest.approx(2.23)


def test_only_lines_of_arabic_letters_are_higher():
    rows = {"own": "<p>كلمة</p>", "german": "<p>ein Wort</p>" * 4}
    with override("ar"):
        sheet, same = Sheet("a4"), Sheet("a4")
    assert sheet.take(**rows)
    with override("uk"):
        other = Sheet("a4")
    assert other.take(**rows)
    assert sheet.left == other.left
    assert same.take("<p>كلمة</p>" * 5, "<p>ein Wort</p>" * 4)
    assert same.left < other.left - 1.5


def test_a_heading_stays_with_what_it_stands_above():
    html = "<h2>A</h2><p>a</p><ul><li><p>b</p><ul><li>c</li></ul></li></ul><h3>B</h3><p>d</p>"
    assert blocks_of(html) == [
        "<h2>A</h2><p>a</p>",
        "<ul><li><p>b</p><ul><li>c</li></ul></li></ul>",
        "<h3>B</h3><p>d</p>",
    ]


def test_what_does_not_fit_is_left_out_and_counted():
    sheet = Sheet("a5")
    assert sheet.take("<p>kurz</p>")
    assert not sheet.is_cut
    assert not sheet.take("<p>Wort</p>" * 100)
    assert sheet.is_cut
    assert sheet.take("<p>noch etwas</p>")


PAGES = ["", "kontakte/meliha-delalic/", "angebote/offener-treff/", "impressum/"]
PAGES += ["angebote/?thema=begegnung&", "angebote/?ort=elz&"]


def is_cut(page):
    """Tell whether the sheet itself knows it; another may find out when it is printed."""
    return bool(page.all("div", **{"class": "more sure"}))


def test_a_sheet_has_german_beside_and_the_code_of_its_page(client, full_site):
    for path in PAGES:
        check_sheet(client, *path.split("?"))


def check_sheet(client, path, query=""):
    sheet = read(client, f"/ar/{path}?{query}blatt=a4")
    html = client.get(f"/ar/{path}?{query}blatt=a4").content.decode()
    assert sheet.one("html")[0] == {"lang": "ar", "dir": "rtl"}
    assert sheet.one("meta", name="robots")[0]["content"] == "noindex"
    assert sheet.all("div", lang="de", dir="ltr")
    page = f"http://testserver/ar/{path}" + (f"?{query[:-1]}" if query else "")
    assert {text for _, text in sheet.all("p", **{"class": "address"})} == {page}
    code = qr_svg(page, error="l", mask=GOOD_MASK, svgns=False, omitsize=True)
    assert code[code.index(" d=") :] in html
    german = read(client, f"/de/{path}?{query}blatt=a5")
    assert "alone" in german.one("body")[0]["class"]
    assert not [css for css, _ in sheet.all("link", rel="stylesheet") if "a5" in css["href"]]
    assert [css for css, _ in german.all("link", rel="stylesheet") if "a5" in css["href"]]
    assert not german.all("div", lang="de", dir="ltr")


def test_an_offer_stands_on_its_sheet_in_both_languages(client, full_site):
    sheet = read(client, "/tr/angebote/offener-treff/?blatt=a4")
    german = " ".join(text for _, text in sheet.all("div", lang="de"))
    assert "Pazartesi" in sheet.one("main")[1]
    assert "Montag" in german
    assert "von 9:00 bis 12:00 Uhr" in german
    assert "Was mitbringen?" in german
    assert "Pazartesi" not in german
    assert "06431/296-0" in [text for _, text in sheet.all("p", **{"class": "number"})]
    assert "Geprüft am" not in german  # it stands in the foot


def test_the_secret_address_of_an_offer_is_on_no_sheet(client, full_site):
    make_full_offer(title_de="Schutz", slug="schutz", confidential_address=True, title_ar="حماية")
    html = client.get("/ar/angebote/schutz/?blatt=a4").content.decode()
    assert "Die Adresse ist geheim" in html
    assert "Rathaus" not in html


def test_a_long_text_is_cut_with_the_address_of_the_rest(client, full_site):
    make_page(slug="lang", title_de="Lang", body_de="<p>Ein ganzer Satz.</p>" * 300)
    make_page(slug="riesig", title_de="Riesig", body_de=f"<p>{'Ein ganzer Satz. ' * 300}</p>")
    for slug in ("lang", "riesig"):
        page = read(client, f"/de/{slug}/?blatt=a4")
        assert is_cut(page)
        assert "Ein ganzer Satz." in page.one("main")[1]
        assert len(page.one("main")[1]) < 3000
    assert not is_cut(read(client, "/de/impressum/?blatt=a4"))


def test_a_list_shows_the_first_offers_and_says_that_there_are_more(client, full_site):
    for number in range(30):
        make_offer(title_de=f"Angebot {number:02}", slug=f"angebot-{number}", whole_district=True)
    page = read(client, "/de/angebote/?ort=elz&blatt=a4")
    shown = [text for _, text in page.all("h2") if text.startswith("Angebot ")]
    assert shown == [f"Angebot {number:02}" for number in range(len(shown))]
    assert 5 < len(shown) < 20
    assert is_cut(page)


def test_what_a_machine_wrote_is_marked_on_paper_too(client, full_site):
    assert "آلة" in read(client, "/ar/impressum/?blatt=a4").one("main")[1]


def test_other_papers_do_not_exist(client, full_site):
    page = client.get("/de/impressum/").content
    for value in ("", "a3", "1", "A4", "a4a5", "a4%00"):
        assert client.get(f"/de/impressum/?blatt={value}").content == page


def test_a_search_has_a_sheet_if_something_is_found(client, full_site):
    make_offer(title_de="Nähkurs", title_ar="خياطة", slug="naehkurs")
    page = read(client, "/ar/angebote/?q=خياطة")
    [link] = [link for link, _ in page.all("a") if "blatt=a4" in link["href"]]
    sheet = read(client, f"/ar/angebote/{link['href']}")
    assert "خياطة" in [text for _, text in sheet.all("strong")]
    assert {"خياطة", "Nähkurs"} <= {text for _, text in sheet.all("h2")}
    nothing = client.get("/ar/angebote/?q=xyzxyz").content.decode()
    assert "blatt=a4" not in nothing
