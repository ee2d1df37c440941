"""`manage.py exportsite`: the whole site as files behind a plain web server, below a sub-path."""

import gzip
import http.client
import re
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urljoin, urlsplit

import brotli
import pytest
from playwright.sync_api import expect

from languages.models import Language
from languages.registry import REGISTRY
from tests.pages import Reading
from tests.wirportal.mirrors import LIVE, export, folder, site, small_site  # noqa: F401

#: One of each kind of language; what their pages say is tested where the site itself is.
CODES = ("de", "de-simple", "uk", "ar", "fa-af")
#: Made for each reader, and forms: only the site itself has them.
ON_DEMAND = re.compile(r"/merkzettel/|[?&](?:blatt=a4|z=)|/fehler/$|/api/")
#: Kept by nobody.
TWO_FILTERS = f"{LIVE}/de/angebote/?thema=begegnung&ort=elz#inhalt"
ELSEWHERE = ("https://video.example.org/", "https://treff.example.org/", "https://www.")
ELSEWHERE += ("https://docs.openreferral.org/",)


class Silent(SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@pytest.fixture
def web(tmp_path):
    """A plain web server; yields the address below which the copy lies."""
    (tmp_path / "www").mkdir()
    handler = partial(Silent, directory=tmp_path / "www")
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/kopie/"
        server.shutdown()
        thread.join()


def fetch(url):
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    connection.request("GET", parts.path)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, response.headers.get_content_type(), body


def links(page):
    """Return (may lead to the site itself, target) of all that a page refers to."""
    for tag, attributes, _texts in page.elements:
        words = (attributes.get("rel") or "").split()
        may_be_live = {"canonical", "alternate", "external"} & set(words)
        for name in ("href", "src", "action", "poster", "data"):
            if target := attributes.get(name):
                yield tag, bool(may_be_live), target


def crawl(start):
    """Return {address: page} of all pages; fail at a broken link or one that leads elsewhere."""
    seen, pages, waiting, files = {start}, {}, [start], set()
    while waiting:
        url = waiting.pop()
        status, kind, body = fetch(url)
        assert status == 200, url
        if kind != "text/html":
            files.add(url.rpartition(".")[2])
            continue
        page = pages[url] = Reading(body.decode())
        for tag, may_be_live, target in links(page):
            if target.startswith(("tel:", "mailto:", "geo:", "#", *ELSEWHERE)):
                continue
            only_there = target == TWO_FILTERS or ON_DEMAND.search(target)
            if target.startswith(LIVE) and (may_be_live or only_there):
                continue
            assert not urlsplit(target).netloc, f"{url}: <{tag}> {target}"
            found = urljoin(url, target).partition("#")[0]
            assert found.startswith(start), f"{url}: {target}"
            if found not in seen:
                seen.add(found)
                waiting.append(found)
    assert {"css", "svg", "vcf", "ics", "pdf", "mp4", "vtt"} <= files
    return pages


def assert_start_page_names_all_languages(folder):
    page = Reading((folder / "index.html").read_text())
    shown = {(a["href"], a["hreflang"], text) for a, text in page.all("a")}
    entries = {code: REGISTRY[code] for code in CODES}
    assert shown == {(f"{code}/", e.tag, e.endonym) for code, e in entries.items()}
    assert (folder / "robots.txt").read_text().startswith("User-agent: *")
    assert (folder / ".well-known" / "security.txt").read_text().startswith("Contact: ")


def assert_error_pages_lead_into_the_site(folder):
    for name, code in (("404.html", "de"), ("ar/404.html", "ar")):
        page = Reading((folder / name).read_text())
        assert page.one("html")[0]["lang"] == code
        internal = [a["href"] for a, _ in page.all("a") if not a["href"].startswith("#")]
        internal += [a["href"] for a, _ in page.all("link")]
        assert f"/{code}/kontakte/" in internal
        for href in internal:
            target = folder / href[1:]
            assert href.startswith("/"), "it is shown in any folder"
            assert (target / "index.html" if href.endswith("/") else target).is_file(), href


def assert_compressed_files_hold_the_same_bytes(folder):
    texts = [f for f in folder.rglob("*") if f.suffix in {".html", ".css", ".svg", ".xml", ".ics"}]
    assert len(texts) > 100
    for file in texts:
        if len(body := file.read_bytes()) >= 200:
            assert brotli.decompress(file.with_name(f"{file.name}.br").read_bytes()) == body
            assert gzip.decompress(file.with_name(f"{file.name}.gz").read_bytes()) == body


def assert_search_forms_lead_to_the_site_itself_and_links_stay(folder):
    home = Reading((folder / "ar" / "index.html").read_text())
    note = home.one("a", rel="external")[0]
    assert note["href"] == f"{LIVE}/ar/angebote/"
    german = Reading((folder / "de" / "index.html").read_text())
    assert ("angebote/", "Alle Themen und Angebote") in [(a["href"], t) for a, t in german.all("a")]
    partners = Reading((folder / "de" / "partner" / "art-authority.html").read_text())
    assert partners.one("a", rel="external")[0]["href"] == f"{LIVE}/de/partner/?art=authority"
    imprint = {
        text: a["href"]
        for a, text in Reading((folder / "de/impressum/index.html").read_text()).all("a")
    }
    assert imprint["Treffpunkte in Elz"] == TWO_FILTERS
    assert imprint["Kontakte"] == "../kontakte/"
    assert imprint["Sprachen"] == "../../"


def test_every_link_of_the_copy_works_in_every_language(site, folder, web):
    Language.objects.exclude(code__in=CODES).update(published=False)
    output = export(folder)
    pages = crawl(web)
    assert {url.removeprefix(web).split("/")[0] for url in pages} == {"", *CODES}
    paths = {url.removeprefix(f"{web}ar/") for url in pages}
    assert {
        "",
        "angebote/offener-treff/",
        "angebote/seite-2.html",
        "angebote/thema-begegnung.seite-2.zweisprachig-1.html",
        "kontakte/meliha-delalic/",
        "partner/art-authority.html",
    } <= paths
    for url, page in pages.items():
        entry = REGISTRY[url.removeprefix(web).split("/")[0] or "de"]
        root = page.one("html")[0]
        assert (root["lang"], root["dir"]) == (entry.tag, entry.direction), url
        assert len(page.all("h1")) == 1, url
        assert not page.all("form") + page.all("button") + page.all("select"), url
        policy = page.one("meta", **{"http-equiv": "Content-Security-Policy"})[0]["content"]
        assert policy.startswith("default-src 'none'; style-src 'self'"), url
        assert "frame-ancestors" not in policy
    errors = {f"{code}/404.html" for code in CODES} | {"404.html"}
    written = {str(file.relative_to(folder)) for file in folder.rglob("*.html")}
    shown = {url.removeprefix(web) for url in pages}
    assert {u + "index.html" if u.endswith("/") or not u else u for u in shown} == written - errors
    assert f"{len(shown):,} Seiten".replace(",", ".") in output
    assert_start_page_names_all_languages(folder)
    assert_error_pages_lead_into_the_site(folder)
    assert_compressed_files_hold_the_same_bytes(folder)
    assert_search_forms_lead_to_the_site_itself_and_links_stay(folder)


@pytest.mark.browser
def test_a_reader_walks_through_the_copy(small_site, folder, web, page):
    asked = []

    def guard(route):
        asked.append(route.request.url)
        route.continue_() if asked[-1].startswith(web) else route.abort()

    page.route("**/*", guard)
    errors = []
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    export(folder)
    page.goto(web)
    page.get_by_role("link", name="Deutsch").click()
    page.get_by_role("link", name="Alle Themen und Angebote").click()
    page.get_by_role("link", name="Begegnung").first.click()
    page.get_by_role("link", name="Weiter").click()
    page.get_by_role("link", name="Zurück").click()
    page.get_by_role("link", name="Offener Treff").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Offener Treff")
    page.locator("details.languages summary").click()
    page.get_by_role("link", name=REGISTRY["ar"].endonym).click()
    expect(page).to_have_url(f"{web}ar/angebote/offener-treff/")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    styled = "getComputedStyle(document.querySelector('.skip')).position"
    assert page.evaluate(styled) == "absolute"
    assert [url for url in asked if not url.startswith(web)] == []
    assert errors == []
