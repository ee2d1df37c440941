"""What Lighthouse says of six kinds of page on a phone, and what a first visit weighs."""

import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import closing

from .databases import SQLite, prepared
from .pages import BROTLI, STORE_ON
from .report import say
from .site import Site

LIGHTHOUSE = "lighthouse@12.8.2"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
LANGUAGES = ("de", "ar")
#: None stands for the first offer of the list.
PAGES = {
    "Startseite": "",
    "Bereich": "bereiche/wir-fallmanagement/",
    "Kontaktperson": "kontakte/meliha-delalic/",
    "Überblick": "angebote/",
    "Thema": "angebote/?thema=deutsch-lernen",
    "Angebot": None,
}
CHROMIUM = (
    "--headless=new --no-sandbox --disable-gpu --disable-background-networking "
    "--disable-component-update --disable-sync --no-first-run"
)


def scores(url):
    """Return the four numbers of Lighthouse, of 100, for a phone on a slow network."""
    command = ["npx", "--yes", LIGHTHOUSE, url, "--quiet", "--output=json"]
    command += [f"--only-categories={','.join(CATEGORIES)}", f"--chrome-flags={CHROMIUM}"]
    environment = {"CHROME_PATH": shutil.which("chromium") or ""} | os.environ
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment).stdout
    found = json.loads(said)["categories"]
    return [round(100 * found[name]["score"]) for name in CATEGORIES]


def weight(site, path):
    """Return the bytes of a page and of the stylesheets and icon that a first visit loads."""
    page = site.get(path)
    parts = re.findall(r'<link rel="(?:stylesheet|icon)" href="([^"]+)"', page)
    return sum(len(site.fetch(part, BROTLI)[1]) for part in (path, *parts))


def first_offer(site):
    address = re.search(r'href="/de/(angebote/[\w-]+/)"', site.get("/de/angebote/?seite=1"))
    return address[1]


def run(arguments):
    if not shutil.which("npx"):
        sys.exit("npx fehlt. In Debian und Ubuntu: sudo apt install npm")
    database = prepared(SQLite(), arguments.small)
    database.manage("collectstatic", "-v0", "--noinput")
    rows = []
    with closing(Site(database, workers=2, **STORE_ON)) as site:
        site.wait("/de/")
        for title, page in PAGES.items():
            for code in LANGUAGES:
                path = f"/{code}/{first_offer(site) if page is None else page}"
                say(path)
                rows.append([title, code, *scores(f"http://{site.address}{path}")])
                rows[-1].append(weight(site, path))
    return rows
