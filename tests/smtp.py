"""A mail server of the tests' own: takes e-mails over a real connection, or refuses them."""

import socketserver
import threading
from contextlib import contextmanager
from email import message_from_bytes, policy


class Handler(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self):
        self.say("220 tests")
        for line in self.rfile:
            command = line[:4].upper()
            if command == b"DATA":
                self.say("354 go on")
                self.server.take(b"".join(iter(self.rfile.readline, b".\r\n")))
            elif command == b"RCPT" and self.server.refused(line.decode()):
                self.say("550 no such user")
                continue
            self.say("221 bye" if command == b"QUIT" else "250 ok")
            if command == b"QUIT":
                return


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = allow_reuse_address = True

    def __init__(self, port=0, bounces=()):
        self.mails, self.bounces, self.lock = [], bounces, threading.Lock()
        super().__init__(("127.0.0.1", port), Handler)

    @property
    def port(self):
        return self.server_address[1]

    def refused(self, line):
        return any(address in line for address in self.bounces)

    def take(self, content):
        with self.lock:
            self.mails.append(message_from_bytes(content, policy=policy.default))


def send_to(settings, port):
    """Let Django send to this port; 9 is one where nobody listens."""
    settings.HAS_MAIL = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_USE_TLS = False


@contextmanager
def smtp(settings, **options):
    """Start a mail server that Django sends to."""
    with Server(**options) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        send_to(settings, server.port)
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
