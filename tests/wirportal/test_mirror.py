"""`manage.py exportsite`: the whole site as files behind a plain web server, below a sub-path."""

import gzip
import http.client
import re
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from urllib.parse import urljoin, urlsplit

import brotli
import pytest
from django.core.management import CommandError, call_command

from languages.models import Language
from languages.registry import REGISTRY
from offers.models import Organisation, Topic
from programme.models import Page, Programme
from tests.factories import make_offer
from tests.pages import Reading
from wirportal.mirror_links import address_of, address_to, file_of, prepared, relink

LIVE = "http://testserver"
#: Kept by nobody: only the site itself has it.
TWO_FILTERS = f"{LIVE}/de/angebote/?thema=begegnung&ort=elz#inhalt"
ELSEWHERE = ("https://video.example.org/", "https://treff.example.org/", "https://www.")


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


@pytest.fixture
def folder(tmp_path, settings):
    settings.DATA_DIR = tmp_path / "data"
    settings.DATA_DIR.mkdir()
    return tmp_path / "www" / "kopie"


@pytest.fixture
def site(transactional_db, full_site):
    for number in range(21):
        make_offer(
            slug=f"kurs-{number}",
            title_de=f"Kurs {number}",
            organisation=Organisation.objects.get(slug="landkreis-limburg-weilburg"),
            topics=Topic.objects.filter(slug="begegnung") if number else Topic.objects.all(),
        )
    page = Page.objects.get(slug="impressum")
    page.body_de += (
        f'<p><a href="{LIVE}/de/kontakte">Kontakte</a> <a href="/">Sprachen</a> '
        '<a href="/de/angebote/?ort=elz&amp;thema=begegnung#inhalt">Treffpunkte in Elz</a></p>'
    )
    page.save()


@pytest.fixture
def small_site(site):
    Language.objects.exclude(code__in=["de", "ar"]).update(published=False)
    Page.objects.filter(slug="leichte-sprache").update(published=False)  # leads to de-simple


def export(folder):
    output = StringIO()
    call_command("exportsite", folder, stdout=output)
    return output.getvalue()


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
            if target.startswith(LIVE) and (may_be_live or target == TWO_FILTERS):
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
    assert shown == {(f"{code}/", e.tag, e.endonym) for code, e in REGISTRY.items()}
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


def test_every_link_of_the_copy_works_in_every_language(site, folder, web):
    output = export(folder)
    pages = crawl(web)
    assert {url.removeprefix(web).split("/")[0] for url in pages} == {"", *REGISTRY}
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
    errors = {f"{code}/404.html" for code in REGISTRY} | {"404.html"}
    written = {str(file.relative_to(folder)) for file in folder.rglob("*.html")}
    shown = {url.removeprefix(web) for url in pages}
    assert {u + "index.html" if u.endswith("/") or not u else u for u in shown} == written - errors
    assert f"{len(shown):,} Seiten".replace(",", ".") in output
    assert_start_page_names_all_languages(folder)
    assert_error_pages_lead_into_the_site(folder)
    assert_compressed_files_hold_the_same_bytes(folder)


def test_a_search_form_leads_to_the_site_itself_and_its_links_stay(small_site, folder):
    export(folder)
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


def test_the_parts_of_the_sitemap_are_files(small_site, folder, monkeypatch):
    monkeypatch.setattr("wirportal.views.PAGES_IN_A_SITEMAP", 20)
    export(folder)
    names = re.findall(r"<loc>([^<]+)", (folder / "sitemap.xml").read_text())
    assert names[:2] == [f"{LIVE}/sitemap.teil-{number}.xml" for number in (1, 2)]
    pages = []
    for name in names:
        part = (folder / name.removeprefix(f"{LIVE}/")).read_text()
        pages += re.findall(r"<loc>([^<]+)", part)
    assert f"{LIVE}/de/angebote/kurs-20/" in pages
    for page in pages:
        assert (folder / file_of(page.removeprefix(LIVE))).is_file(), page


def test_again_it_replaces_the_copy(small_site, folder):
    export(folder)
    (folder / "alt.html").write_text("von gestern")
    packed = brotli.compress((folder / "index.html").read_bytes(), quality=1)
    (folder / "index.html.br").write_bytes(packed)
    assert len(list(folder.rglob("*.mp4"))) == 1
    Programme.objects.update(title_de="Neuer Titel")
    Page.objects.filter(slug="gebaerdensprache").update(published=False)
    export(folder)
    assert not list(folder.rglob("*.mp4")), "it is not public any more"
    assert "Neuer Titel" in (folder / "de" / "index.html").read_text()
    assert b"Neuer Titel" in brotli.decompress((folder / "de" / "index.html.br").read_bytes())
    assert (folder / "index.html.br").read_bytes() == packed, "the same text is not packed again"
    assert not (folder / "alt.html").exists()
    assert [path.name for path in folder.parent.iterdir()] == ["kopie"]


def test_a_foreign_folder_is_refused(site, folder):
    folder.mkdir(parents=True)
    (folder / "wichtig.txt").write_text("bleibt")
    with pytest.raises(CommandError, match="ist nicht leer und keine Kopie"):
        export(folder)
    with pytest.raises(CommandError, match="ist nicht leer und keine Kopie"):
        export(folder / "wichtig.txt")
    assert (folder / "wichtig.txt").read_text() == "bleibt"


def test_a_broken_link_or_page_leaves_the_old_copy(small_site, folder, monkeypatch):
    export(folder)
    Page.objects.filter(slug="impressum").update(body_de='<p><a href="/de/weg/">weg</a></p>')
    with pytest.raises(CommandError, match="/de/weg/ \\(auf /de/impressum/\\)"):
        export(folder)
    Page.objects.filter(slug="impressum").update(body_de="<p>Neu</p>")

    def broken(*arguments):
        raise RuntimeError

    monkeypatch.setattr("contacts.views.render", broken)
    with pytest.raises(CommandError, match="Fehlgeschlagene Seiten:\n  /de/kontakte/ "):
        export(folder)
    assert "Treffpunkte in Elz" in (folder / "de" / "impressum" / "index.html").read_text()
    assert [path.name for path in folder.parent.iterdir()] == ["kopie"]


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
    assert page.get_by_role("heading", level=1).inner_text() == "Offener Treff"
    page.locator("details.languages summary").click()
    page.get_by_role("link", name=REGISTRY["ar"].endonym).click()
    assert page.url == f"{web}ar/angebote/offener-treff/"
    assert page.locator("html").get_attribute("dir") == "rtl"
    styled = "getComputedStyle(document.querySelector('.skip')).position"
    assert page.evaluate(styled) == "absolute"
    assert [url for url in asked if not url.startswith(web)] == []
    assert errors == []


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
