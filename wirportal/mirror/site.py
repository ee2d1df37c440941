"""The whole public site as static files: `manage.py exportsite`.

First every page is fetched through the page store and laid down; only then is it known which
addresses are part of the copy, and the links are rewritten.
"""

import re
import shutil
from collections import deque
from urllib.parse import unquote
from wsgiref.headers import Headers

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.files.storage import default_storage
from django.template.loader import render_to_string

from contacts.message_views import PAGES
from languages.models import Language
from languages.registry import REGISTRY, SOURCE
from programme.models import Programme

from ..media import is_public
from ..pages import SMALLEST, compress
from ..pagestore import DATA, is_for_everyone
from .links import (
    CSS_URL,
    LOCATION,
    address_of,
    address_to,
    file_of,
    prepared,
    relink,
)
from .visitor import Visitor, has_failed

LIVE, KEPT = "live", "kept"  # where a page is to be had; an address instead: there
ASSETS = (settings.STATIC_URL, settings.MEDIA_URL)
#: What the site makes for each reader: links to it lead to the site.
ON_DEMAND = re.compile(r"^/[\w-]+/merkzettel/|[?&](?:blatt|z)=")
#: Nothing for a copy.
NEVER = (settings.ADMIN_PATH, DATA, "/healthz", "/readyz", "/favicon.ico")
#: Only forms: nothing for a copy either. Of a page with text, the copy has the text.
FORMS = "/fehler/"
WITH_FORM = tuple(f"/{slug}/" for slug in PAGES)
STARTS = ("/robots.txt", "/.well-known/security.txt", "/sitemap.xml")
TEXTS = {".html", ".css", ".js", ".svg", ".xml", ".txt", ".vcf", ".ics", ".vtt", ".json"}


class Mirror:
    def __init__(self, folder, previous):
        self.folder, self.previous, self.visitor = folder, previous, Visitor()
        self.entries = Language.objects.published_entries()
        self.known, self.queue = {}, deque()
        self.assets = set()
        self.failed, self.broken = [], []
        self.pages = self.files = self.bytes = 0

    def crawl(self, show):
        """Fetch every page that can be reached; note what fails and which links are broken."""
        self.add_start_page()
        for address in [f"/{entry.code}/" for entry in self.entries] + list(STARTS):
            self.add(address, "")
        while self.queue:
            address, source = self.queue.popleft()
            self.known[address] = self.visit(address, source)
            show(len(self.known) - len(self.queue), len(self.known))
        for address in ["/404.html", *(f"/{entry.code}/404.html" for entry in self.entries)]:
            self.add_not_found_page(address)

    def add_start_page(self):
        context = {"languages": self.entries, "programme": Programme.objects.first()}
        self.known["/"] = KEPT
        self.keep_page("/", render_to_string("mirror/index.html", context))

    def add(self, address, source):
        """Look at an address once, whatever links to it."""
        path = address.partition("?")[0]
        if path.startswith(ASSETS):
            self.assets.add((path, source))
        elif address not in self.known:
            self.known[address] = LIVE
            never = path.startswith(NEVER) or path.endswith(FORMS)
            if not (never or ON_DEMAND.search(address)):
                self.queue.append((address, source))

    def visit(self, address, source):
        page = self.visitor.ask(address)
        headers, body = Headers(list(page.headers)), page.bodies[""]
        if has_failed(page):
            self.failed.append(f"{address} ({page.status})")
        elif page.status.startswith("4"):
            self.broken.append(f"{address} (auf {source or 'keiner Seite'})")
        elif page.status.startswith("3") and (to := address_of(headers["Location"], address)):
            self.add(to[0], source)
            return to[0]
        elif is_for_everyone(page) or address.partition("?")[0].endswith(WITH_FORM):
            if headers["Content-Type"].startswith("text/html"):
                self.keep_page(address, body.decode())
            else:
                self.keep_file(address, body)
            return KEPT
        return LIVE

    def keep_page(self, address, html):
        html = prepared(html, address, language_of(address))
        relink(html, lambda target: self.add_link(target, address))
        self.keep_file(address, html.encode())

    def keep_file(self, address, body):
        if address.startswith("/sitemap.xml"):
            for location in LOCATION.findall(body.decode()):
                self.add_link(location, address)
            body = self.with_parts(body.decode()).encode()
        file = self.folder / file_of(address)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)

    def add_link(self, target, address):
        if found := address_of(target, address):
            self.add(found[0], address)

    @staticmethod
    def with_parts(xml):
        """Name the files that the parts of the sitemap have become."""
        part = re.compile(r"/sitemap\.xml\?teil=(\d+)")
        return part.sub(lambda found: f"/{file_of(found[0])}", xml)

    def add_not_found_page(self, address):
        page = self.visitor.ask(address)
        if not page.status.startswith("404"):
            self.failed.append(f"{address} ({page.status})")
            return
        # Shown in place of pages in any folder: its links start at the root.
        html = prepared(page.bodies[""].decode(), address, language_of(address))
        html = relink(html, lambda target: self.link(target, address, is_absolute=True))
        self.keep_file(address, html.encode())
        self.finish(self.folder / file_of(address))

    def write(self, show):
        """Rewrite the links, copy what the pages use, and compress."""
        kept = [address for address, state in self.known.items() if state == KEPT]
        for number, address in enumerate(kept, 1):
            file = self.folder / file_of(address)
            if file.suffix == ".html":
                html = file.read_text(encoding="utf-8")
                html = relink(html, lambda target, page=address: self.link(target, page))
                file.write_text(html, encoding="utf-8")
                self.pages += 1
            self.finish(file)
            show(number, len(kept))
        self.copy_assets()

    def link(self, target, page, *, is_absolute=False):
        """Return what a link of a page is in the copy; None for links to other places."""
        found = address_of(target, page)
        if found is None:
            return None
        address, fragment = found
        if self.known.get(address, LIVE) not in (LIVE, KEPT):  # it redirects
            address = self.known[address]
        if address.startswith(ASSETS):
            path = address_to(unquote(address[1:]), None if is_absolute else page)
        elif self.known.get(address) == KEPT:
            path = address_to(file_of(address), None if is_absolute else page)
        else:
            path = settings.SITE_URL + address
        return f"{path}#{fragment}" if fragment else path

    def copy_assets(self):
        copied, waiting = set(), deque(sorted(self.assets))
        while waiting:
            path, source = waiting.popleft()
            if path in copied:
                continue
            copied.add(path)
            file = self.folder / unquote(path[1:])
            original = original_of(path)
            if original is None:
                self.broken.append(f"{path} (auf {source})")
                continue
            file.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(original, file)
            if file.suffix == ".css":
                used = (address_of(url, path) for url in CSS_URL.findall(file.read_text("utf-8")))
                waiting.extend((found[0], path) for found in used if found)
            self.finish(file)

    def finish(self, file):
        """Compress a text, and count what there is."""
        body = file.read_bytes() if file.suffix in TEXTS else b""
        sizes = [file.stat().st_size]
        if len(body) >= SMALLEST:
            for encoding, suffix in (("br", ".br"), ("gzip", ".gz")):
                packed = self.packed_before(file, body, suffix)
                packed = packed or compress(body, encoding, for_keeps=True)
                file.with_name(file.name + suffix).write_bytes(packed)
                sizes.append(len(packed))
        self.files += len(sizes)
        self.bytes += sum(sizes)

    def packed_before(self, file, body, suffix):
        """Return what the copy that this one replaces has for the same text; else nothing."""
        old = self.previous / file.relative_to(self.folder)
        packed = old.with_name(old.name + suffix)
        is_same = packed.is_file() and old.is_file() and old.read_bytes() == body
        return packed.read_bytes() if is_same else b""


def language_of(address):
    code = address.split("/")[1]
    return code if code in REGISTRY else SOURCE


def original_of(path):
    """Return the file behind an address of static or public uploaded files, or None."""
    path = unquote(path)
    if ".." in path.split("/"):
        return None
    if path.startswith(settings.MEDIA_URL):
        name, storage = path.removeprefix(settings.MEDIA_URL), default_storage
        return storage.path(name) if is_public(name) and storage.exists(name) else None
    name = path.removeprefix(settings.STATIC_URL)
    if staticfiles_storage.exists(name):
        return staticfiles_storage.path(name)
    return finders.find(name)
