"""The server's worker: slow readers hold no thread, and what is no HTTP never reaches Django."""

import gc
import resource
import selectors
import socket
import sys
import threading
import time
from concurrent.futures import Future
from contextlib import suppress
from functools import partial

from gunicorn.http import errors
from gunicorn.util import write_nonblock
from gunicorn.workers.gthread import ThreadWorker

from .tally import Tally
from .unsent import Unsent

REFUSED = {
    errors.LimitRequestLine: "414 URI Too Long",
    errors.LimitRequestHeaders: "431 Request Header Fields Too Large",
    errors.ExpectationFailed: "417 Expectation Failed",
}
#: Its language is not known: gunicorn has not read so far. A search may be too long by mistake.
TOO_LONG = """\
Die Adresse ist zu lang. Bitte suchen Sie mit weniger Wörtern.
The address is too long. Please search for fewer words.
"""
HEADERS = """\
Connection: close
Content-Type: text/plain; charset=utf-8
Content-Security-Policy: default-src 'none'; frame-ancestors 'none'
X-Content-Type-Options: nosniff
Cache-Control: no-store
"""
LARGEST_HEAD = 8192  # bytes that are looked at; a longer one is left to a thread
FILES = 4096  # open at once: a connection may take two, and many systems allow 1024 at first
FILES_OF_OURS = 100
MOMENT = 0.002  # seconds; long enough for another worker to wake up


class Later(Exception):
    """The answer has to be made: by a thread, which may wait for a database or a slow sender."""


class Read:
    """Stands for a parser: gives a request that was read already, once more."""

    def __init__(self, conn, req):
        self.conn, self.parser, self.req = conn, conn.parser, req

    def __next__(self):
        self.conn.parser = self.parser
        return self.req


def has_sent_all(client):
    """Tell whether a whole request without a body waits to be read."""
    try:
        head = client.recv(LARGEST_HEAD, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except OSError:
        return False
    return (
        head.startswith((b"GET ", b"HEAD "))
        and head.endswith(b"\r\n\r\n")
        and b"\r\nexpect:" not in head.lower()  # it is answered before the request, and waits
    )


def allow_files():
    """Raise the limit of open files as far as it is needed and allowed; return it."""
    limit, highest = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    wanted = FILES if highest == unlimited else min(FILES, highest)
    if limit != unlimited and limit < wanted:
        limit = wanted
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, highest))
    return FILES if limit == unlimited else limit


class Worker(ThreadWorker):
    """Slow senders hold a thread of it, slow readers only a connection, stored pages neither."""

    tally = Tally()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.left_until = 0  # a new connection, to another worker
        self.kept = True  # the connection of the last answer, for more requests
        self.sending = set()  # connections whose answer is on its way without a thread
        most = max(1, (allow_files() - FILES_OF_OURS) // 2)  # more could not be opened
        self.worker_connections = min(self.worker_connections, most)
        self.max_keepalived = self.worker_connections - self.cfg.threads

    def load_wsgi(self):
        super().load_wsgi()
        gc.collect()
        gc.freeze()  # else all requests wait for a tenth of a second while code is looked through
        self.make, self.at_once = self.wsgi, getattr(self.wsgi, "at_once", None)
        self.wsgi = self.answer

    def answer(self, environ, start_response):
        if threading.current_thread() is not threading.main_thread():
            return self.make(environ, start_response)
        # A body that was announced and never comes would be waited for.
        has_body = environ.get("CONTENT_LENGTH") or "HTTP_TRANSFER_ENCODING" in environ
        answer = None if has_body else self.at_once(environ, start_response)
        if answer is None:
            raise Later
        return answer

    def accept(self, listener):
        """Leave a connection for a moment to a worker that holds fewer.

        The system gives it to whoever is quickest: one worker could get all of them, for as long
        as a proxy or a browser keeps them, while another has nothing to do. Where each connection
        ends with its answer, that evens out by itself, and waiting would only cost.
        """
        self.tell()
        if not self.kept or self.nr_conns <= self.tally.fewest():
            super().accept(listener)
        else:
            self.left_until = time.monotonic() + MOMENT

    def accept_left(self):
        """Accept what no other worker took; leave it no further, however late it is by now."""
        self.left_until = 0
        if self._accepting:
            for listener in self.sockets:
                super().accept(listener)

    def tell(self):
        """Let the others know; who is about to end takes nothing that could be left to it."""
        if self.alive:
            self.tally.write(self.age, self.nr_conns)
        else:
            self.tally.forget(self.age)

    def wait_for_and_dispatch_events(self, timeout):
        self.tell()
        left = self.left_until - time.monotonic()
        if left > 0:
            self.set_accept_enabled(False)  # run() accepts again
            timeout = min(timeout, left)
        elif self.left_until:
            self.accept_left()
        super().wait_for_and_dispatch_events(timeout)

    def on_client_socket_readable(self, conn, client):
        """Answer at once what needs no waiting: a thread and the way back cost as much again."""
        if not self.at_once or not has_sent_all(client):
            super().on_client_socket_readable(conn, client)
            return
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        conn.later = None
        done = Future()
        done.set_result(self.handle(conn))
        if conn.later:
            conn.parser = Read(conn, conn.later)
            self.enqueue_req(conn)
        else:
            self.finish_request(conn, done)

    def handle_request(self, req, conn):
        client = conn.sock
        conn.sock = conn.unsent = Unsent(client)
        try:
            goes_on = super().handle_request(req, conn)
            conn.unsent.flush()
            self.kept = goes_on
            return goes_on
        except Later:
            conn.later = req
            return False
        finally:
            conn.sock = client

    def finish_request(self, conn, fs):
        """Go on when all is sent; called in the main thread, which sends the rest."""
        unsent = getattr(conn, "unsent", None)
        if unsent and unsent.parts and conn.sock.fileno() >= 0:  # else a failure has closed it
            self.sending.add(conn)
            self.poller.register(conn.sock, selectors.EVENT_WRITE, partial(self.send, conn, fs))
        elif fs.cancelled() or fs.exception() or fs.result():
            super().finish_request(conn, fs)
        else:
            self.part_with(conn)

    def part_with(self, conn):
        """Close when the client has hung up, else soon: at once might cut off what it reads."""
        try:
            conn.sock.shutdown(socket.SHUT_WR)
            conn.sock.setblocking(False)
        except OSError:  # a failure has closed it, or it is gone
            self.nr_conns -= 1
            conn.close()
            return
        conn.timeout = time.monotonic() + self.cfg.keepalive
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.hear_out, conn))

    def hear_out(self, conn, client):
        """Let pass what the client still sends."""
        try:
            if client.recv(65_536):
                return
        except BlockingIOError:
            return
        except OSError:  # it is gone
            pass
        self.poller.unregister(client)
        self.pending_conns.remove(conn)
        self.nr_conns -= 1
        conn.close()

    def send(self, conn, fs, _client):
        try:
            if conn.unsent.push():
                self.sending.remove(conn)
                self.poller.unregister(conn.sock)
                self.finish_request(conn, fs)
        except OSError:
            self.drop(conn)

    def drop(self, conn):
        self.sending.remove(conn)
        self.poller.unregister(conn.sock)
        self.nr_conns -= 1
        conn.unsent.break_off()
        conn.close()

    def murder_pending(self):
        """Called every second: part with whoever has taken nothing for long."""
        super().murder_pending()
        for conn in list(self.sending):
            if conn.unsent.deadline < time.monotonic():
                self.drop(conn)

    def run(self):
        try:
            super().run()
        finally:
            self.tally.forget(self.age)
            self.write_visits()

    @staticmethod
    def write_visits():
        wsgi = sys.modules.get(f"{__package__}.wsgi")  # loaded by now, if it is served here
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
        text = TOO_LONG if isinstance(exc, errors.LimitRequestLine) else f"{status}\n"
        body = text.encode()
        head = f"HTTP/1.1 {status}\n{HEADERS}Content-Length: {len(body)}\n\n"
        with suppress(OSError):  # whoever sent it may be gone
            write_nonblock(client, head.replace("\n", "\r\n").encode() + body)
