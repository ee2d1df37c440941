"""A reader without a network: asks the page store as a worker of the server does."""

import io
import sys
from urllib.parse import unquote_to_bytes, urlsplit
from wsgiref.headers import Headers

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler

from ..pages import Page
from ..pagestore import PageStore, known_query


class Visitor:
    """`rendered` counts how often the page store had to ask Django."""

    def __init__(self):
        self.django, self.rendered = WSGIHandler(), 0
        self.store = PageStore(self.render)
        self.site = urlsplit(settings.SITE_URL)

    def render(self, environ, start_response):
        self.rendered += 1
        return self.django(environ, start_response)

    def ask(self, address):
        """Return the answer as a `Page` with a plain body."""
        path, _, query = address.partition("?")
        answer = []
        environ = self.environ(unquote_to_bytes(path).decode("latin-1"), query)
        response = self.store(environ, lambda *arguments: answer.extend(arguments))
        try:
            return Page(answer[0], answer[1], {"": b"".join(response)})
        finally:
            getattr(response, "close", lambda: None)()

    def environ(self, path, query):
        return {
            "REQUEST_METHOD": "GET",
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": self.site.hostname,
            "SERVER_PORT": str(self.site.port or {"http": 80, "https": 443}[self.site.scheme]),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": self.site.netloc,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": self.site.scheme,
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": False,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }

    def bytes_of(self, address):
        """Return how much the page takes in the folder of the page store; 0 for none."""
        path, _, query = address.partition("?")
        key = f"{self.site.scheme}:{path}?{query and known_query(path, query)}"
        try:
            return self.store.files.path(key).stat().st_size
        except OSError:
            return 0


def has_failed(page):
    """Tell whether rendering failed; the page store may have answered with an old copy."""
    return page.status.startswith("5") or "Cache-Status" in Headers(list(page.headers))


def listed(addresses, limit=20):
    """Return addresses as lines of a message."""
    lines = [f"  {address}" for address in addresses[:limit]]
    more = len(addresses) - limit
    return "\n".join(lines + [f"  … und {more} weitere"] * (more > 0))
