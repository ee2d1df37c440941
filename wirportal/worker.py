"""The server's worker. What is no HTTP never reaches Django: it is refused here, as plain text."""

from contextlib import suppress

from gunicorn.http import errors
from gunicorn.util import write_nonblock
from gunicorn.workers.gthread import ThreadWorker

REFUSED = {
    errors.LimitRequestLine: "414 URI Too Long",
    errors.LimitRequestHeaders: "431 Request Header Fields Too Large",
    errors.ExpectationFailed: "417 Expectation Failed",
}
HEADERS = """\
Connection: close
Content-Type: text/plain; charset=utf-8
Content-Security-Policy: default-src 'none'; frame-ancestors 'none'
X-Content-Type-Options: nosniff
Cache-Control: no-store
"""


class Worker(ThreadWorker):
    """Slow clients hold a thread of it, not the worker."""

    def run(self):
        try:
            super().run()
        finally:
            self.write_visits()

    @staticmethod
    def write_visits():
        from . import wsgi  # the application, which is loaded by now

        if visits := getattr(wsgi, "visits", None):
            visits.write()

    def handle_error(self, req, client, addr, exc):
        """Answer without a word of what was sent, and without noting who sent it."""
        ours = (errors.InvalidResponseHeader, errors.InvalidResponseHeaderName)
        if isinstance(exc, errors.ParseException) and not isinstance(exc, ours):
            status = REFUSED.get(type(exc), "400 Bad Request")
        else:
            status = "500 Internal Server Error"
            self.log.error("A request could not be answered", exc_info=exc)
        body = f"{status}\n"
        head = f"HTTP/1.1 {status}\n{HEADERS}Content-Length: {len(body)}\n\n"
        with suppress(OSError):  # whoever sent it may be gone
            write_nonblock(client, head.replace("\n", "\r\n").encode() + body.encode())
