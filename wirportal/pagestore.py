"""The page store: cache, fallback and mirror of the public site, in front of Django.

A page is rendered once and kept with its compressed bodies, in memory and as a file. It is served
as long as the content version is the one from before it was rendered: an edit is live at the next
request, in every worker. Without a database the last good copy is served, marked as such.
"""

import logging
import re
import threading
import time
from collections import OrderedDict
from contextlib import suppress
from functools import lru_cache
from urllib.parse import urlsplit
from wsgiref.headers import Headers

from django.conf import settings
from django.http.request import split_domain_port, validate_host
from django.utils import timezone
from django.utils.http import parse_http_date

from contacts.timetable import end_of_day
from languages.registry import REGISTRY
from offers.collecting import CARRIED
from offers.filters import CHOOSING, FACETS, FLAG_LABELS
from programme.sheets import PAPERS
from programme.version import BUILD, PostgreSQLReader, Unavailable, version_reader

from .build import build
from .middleware import COPIES
from .pagefiles import PageFiles
from .pages import Page, accepted_encoding

logger = logging.getLogger(__name__)

#: Never kept, never held back: whitenoise's and uploaded files, signs of life.
PASSED = (settings.STATIC_URL, settings.MEDIA_URL, "/healthz", "/readyz")
#: Open data has too many addresses to keep: an ETag spares what is known already.
DATA = "/api/"
OWN_COOKIE = re.compile(rf"(?:^|[;\s]){re.escape(settings.SESSION_COOKIE_NAME)}=")
PAUSE = 1  # seconds in which nobody else tries to reach a database that is away
TRY = 3  # seconds; longer than it takes one to notice that it is still away


@lru_cache(maxsize=100)
def is_our_host(host):
    domain, _port = split_domain_port(host)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


#: The parameters that a page knows, by its address without the language.
PARAMETERS = {
    "angebote/": ("q", *FACETS, *FLAG_LABELS, CHOOSING, "seite"),
    "partner/": ("art", "ort", "seite"),
    "merkzettel/": ("q", "dazu", "weg", "hoch", "runter"),
}


def known_query(path, query):
    """Return the parameters that this page knows, in one order; all others are left out."""
    given = dict(part.partition("=")[::2] for part in query.split("&"))
    if path == "/sitemap.xml":
        names = ("teil",)
    else:
        page = path[1:].partition("/")[2]
        names = PARAMETERS.get(page, ("seite",) if page.startswith("partner/") else ())
    if given.get("z") and path.endswith("/") and path != "/":
        names = (*names, *CARRIED)
    found = [f"{name}={given[name]}" for name in names if given.get(name)]
    if (paper := given.get("blatt")) in PAPERS:  # German stands beside there anyway
        found.append(f"blatt={paper}")
    elif given.get("zweisprachig") == "1":
        found.append("zweisprachig=1")
    return "&".join(found)


def is_for_reading(environ):
    """Tell whether a page is asked for, not with a form, of the admin, open data, or wrongly."""
    return (
        environ["REQUEST_METHOD"] in ("GET", "HEAD")
        and not environ["PATH_INFO"].startswith((settings.ADMIN_PATH, DATA))
        and is_our_host(environ.get("HTTP_HOST", ""))
    )


def is_personal(environ):
    """Tell whether the answer may be for this reader alone: somebody signed in, or no page."""
    is_signed_in = OWN_COOKIE.search(environ.get("HTTP_COOKIE", ""))
    return is_signed_in or not is_for_reading(environ)


def named(environ):
    """Return what the page knows of the query, and the name it is kept by."""
    path, query = environ["PATH_INFO"], environ["QUERY_STRING"]
    query = query and known_query(path, query)
    return query, f"{environ['wsgi.url_scheme']}:{path}?{query}"


class Memory:
    """The pages of this process, at most `limit` bytes; the one not asked for the longest goes."""

    def __init__(self, limit):
        self.limit, self.size = limit, 0
        self.pages, self.lock = OrderedDict(), threading.Lock()

    def get(self, address):
        page = self.pages.get(address)
        if page:
            with suppress(KeyError):  # another thread may just have dropped it
                self.pages.move_to_end(address)
        return page

    def drop(self, address):
        with self.lock:
            if page := self.pages.pop(address, None):
                self.size -= page.size

    def put(self, address, page):
        with self.lock:
            old = self.pages.pop(address, None)
            self.size += page.size - (old.size if old else 0)
            self.pages[address] = page
            while self.size > self.limit:
                self.size -= self.pages.popitem(last=False)[1].size


class PageStore:
    """WSGI application around Django's."""

    def __init__(self, application, visits=None):
        self.application, self.visits = application, visits
        self.memory = Memory(settings.PAGE_MEMORY)
        self.files = PageFiles(settings.DATA_DIR / "pages", settings.PAGE_FILES)
        self.keeps_pages = bool(settings.PAGE_MEMORY or settings.PAGE_FILES)
        self.read_version = version_reader()
        self.build = build()
        self.rendering = {}  # address: lock of the thread that renders it
        self.away_until = 0
        self.canonical = {"HTTP_HOST": urlsplit(settings.SITE_URL).netloc}

    def __call__(self, environ, start_response):
        path = environ["PATH_INFO"]
        if path.startswith(PASSED):
            return self.application(environ, start_response)
        try:
            version = self.version()
        except Unavailable:
            version = None
        if is_personal(environ) and (version or not is_for_reading(environ)):
            if not version:  # Django would wait for it, and hold this thread meanwhile
                environ[COPIES] = []
            environ[BUILD] = self.build
            return self.application(environ, start_response)
        query, address = named(environ)
        if version:
            page = self.find(address, version) or self.render(address, version, environ, query)
        else:
            page = self.without_database(address, environ, query)
        return self.send(page, environ, start_response)

    def at_once(self, environ, start_response):
        """Answer with a page from memory, or return None: then it takes waiting, or Django."""
        if (
            isinstance(self.read_version, PostgreSQLReader)  # it is a round trip away
            or environ["PATH_INFO"].startswith(PASSED)
            or is_personal(environ)
        ):
            return None
        _query, address = named(environ)
        try:
            page = self.held(address, self.version())
        except Unavailable:
            return None
        return self.send(page, environ, start_response) if page else None

    def send(self, page, environ, start_response):
        if self.visits and page.is_read and environ["REQUEST_METHOD"] == "GET":
            self.visits.count(environ["PATH_INFO"], environ.get("HTTP_USER_AGENT", ""))
        if page.is_known(environ.get("HTTP_IF_NONE_MATCH")):
            start_response("304 Not Modified", page.unchanged[:])
            return []
        headers, body = page.answer(accepted_encoding(environ.get("HTTP_ACCEPT_ENCODING", "")))
        start_response(page.status, headers[:])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def version(self):
        """Return what every page depends on: the content, and the software."""
        if time.monotonic() < self.away_until:
            raise Unavailable
        if self.away_until:
            self.away_until = time.monotonic() + TRY
        try:
            version = f"{self.build}{self.read_version()}"
        except Unavailable as error:
            if not self.away_until:
                logger.error("The database is unavailable, copies are served: %s", error)
            self.away_until = time.monotonic() + PAUSE
            raise
        self.away_until = 0
        return version

    def held(self, address, version):
        """Return the page as this process has kept it, if still true."""
        page = self.memory.get(address)
        return page if is_true(page, version) else None

    def find(self, address, version):
        """Return the page as this or another process has kept it, if still true."""
        if page := self.held(address, version):
            return page
        page = self.files.read(address)
        if not is_true(page, version):
            return None
        self.memory.put(address, page)
        return page

    def render(self, address, version, environ, query):
        """Render a page once, however many ask for it; the others wait."""
        own = threading.Lock()
        with own:
            first = self.rendering.setdefault(address, own)
            if first is own:
                try:
                    return self.rendered(address, version, environ, query)
                finally:
                    del self.rendering[address]
        with first:
            pass
        # Pages that are not kept are rendered side by side.
        return self.find(address, version) or self.rendered(address, version, environ, query)

    def rendered(self, address, version, environ, query):
        page = self.ask(environ, query, version)
        if page.status.startswith("503"):  # it failed after its version was read
            self.read_version.doubt()
            return self.without_database(address, environ, query)
        if page.status.startswith("5"):
            return self.copy(address) or page
        if self.keeps_pages and is_for_everyone(page):
            page.compress()
            self.files.write(address, page)
            self.memory.put(address, page)
        elif page.status.startswith("4"):  # it is gone, and must not come back as a copy
            self.memory.drop(address)
            self.files.delete(address)
        return page

    def ask(self, environ, query, version=""):
        """Have Django render the page; nothing of this reader but the language gets into it."""
        environ = environ | self.canonical | {"QUERY_STRING": query, "REQUEST_METHOD": "GET"}
        now, answer = timezone.now(), []  # before: midnight may pass meanwhile
        response = self.application(environ, lambda *arguments: answer.extend(arguments))
        try:
            body = b"".join(response)
        finally:
            response.close()
        expires = end_of_day(now).timestamp()
        if turns := Headers(answer[1])["Expires"]:
            expires = min(expires, parse_http_date(turns))
        times = {"version": version, "made": now.timestamp(), "expires": expires}
        return Page.rendered(*answer[:2], body, **times)

    def copy(self, address):
        """Return the last good copy, marked (RFC 9211), however old its content is.

        Of an edit that only another worker has shown, only the file knows.
        """
        found = filter(None, (self.memory.get(address), self.files.read(address)))
        page = max(found, key=lambda page: page.made, default=None)
        if page is None:
            return None
        age = str(max(0, int(time.time() - page.made)))
        marks = [("Cache-Status", "wir; hit; detail=copy"), ("Age", age)]
        return Page(page.status, page.headers + marks, page.bodies)

    def without_database(self, address, environ, query):
        # Nobody keeps a page that carries a shortlist; the one without it is better than none.
        shared = "&".join(p for p in query.split("&") if p.partition("=")[0] not in CARRIED)
        if page := self.copy(address) or self.copy(address.removesuffix(query) + shared):
            return page
        if environ["PATH_INFO"] == "/":
            scheme = environ["wsgi.url_scheme"]
            homes = {code: f"{scheme}:/{code}/?" for code in REGISTRY}
            environ[COPIES] = [code for code, home in homes.items() if self.copy(home)]
        else:
            environ[COPIES] = []
        return self.ask(environ, query)


def is_true(page, version):
    return page and page.version == version and time.time() < page.expires


def is_for_everyone(page):
    headers = Headers(list(page.headers))
    return (
        page.status.startswith("200")
        and "public" in (headers["Cache-Control"] or "")
        and headers["Vary"] in (None, "Accept-Encoding")
        and "Set-Cookie" not in headers
    )
