"""The names of the files of a copy, and the links in its pages."""

import pytest

from tests.wirportal.mirrors import LIVE
from wirportal.mirror.links import address_of, address_to, file_of, prepared, relink


@pytest.mark.parametrize(
    ("address", "file"),
    [
        ("/", "index.html"),
        ("/de/", "de/index.html"),
        ("/de/angebote/?thema=wohnen&seite=2", "de/angebote/thema-wohnen.seite-2.html"),
        ("/de/kontakte/erika.vcf", "de/kontakte/erika.vcf"),
        ("/sitemap.xml?teil=2", "sitemap.teil-2.xml"),
    ],
)
def test_a_file_is_named_like_its_address(address, file):
    assert file_of(address) == file


def test_no_two_addresses_share_a_file():
    queries = ["thema=a&seite=2", "thema=a-seite-2", "thema=a.seite-2", "thema=%C3%A4", "thema=a/b"]
    queries += ["ort=" + "x" * 300, "ort=" + "x" * 299]
    files = {file_of(f"/de/angebote/?{query}") for query in queries}
    assert len(files) == len(queries)
    assert {file.count("/") for file in files} == {2}
    assert max(map(len, files)) < 200


def test_links_of_a_page():
    page = "/de/angebote/?thema=wohnen"
    assert address_of("?", page) == ("/de/angebote/", "")
    assert address_of("?seite=2&amp;thema=x&amp;utm=1", page) == (
        "/de/angebote/?thema=x&seite=2",
        "",
    )
    assert address_of("../kontakte/#eins", page) == ("/de/kontakte/", "eins")
    assert address_of(f"{LIVE}", page) == ("/", "")
    for other in ("#inhalt", "", "tel:112", "//testserver.example/", "http://[", "https://a.de/"):
        assert address_of(other, page) is None
    assert address_to("de/index.html", "/de/") == "./"
    assert address_to("de/leichte-index.html", "/de/") == "leichte-index.html"
    assert address_to("media/ä b.pdf", "/de/partner/x/") == "../../../media/%C3%A4%20b.pdf"


def test_only_links_are_rewritten():
    html = (
        '<link rel="canonical" href="/a"><a title="x > y" href=\'/a\'>href="/a"</a>'
        '<img srcset="/a 1x, /a 2x" src="/a" data-src="/a"><video poster="/a"></video>'
        '<a href="/a" rel="external">'
    )
    assert relink(html, {"/a": "b&c"}.get) == (
        '<link rel="canonical" href="/a"><a title="x > y" href="b&amp;c">href="/a"</a>'
        '<img srcset="b&amp;c 1x, b&amp;c 2x" src="b&amp;c" data-src="/a">'
        '<video poster="b&amp;c"></video><a href="/a" rel="external">'
    )


def test_a_form_without_address_leads_to_its_own_page():
    html = prepared('<form method="get"><button>x</button></form>', "/de/partner/?art=sports", "de")
    assert f'href="{LIVE}/de/partner/?art=sports"' in html
    assert "<form" not in html
