"""Readers that are slow or stand still: they cost a connection, and nobody else waits."""

import hashlib
import http.client
import select
import socket
import subprocess
import sys
from contextlib import ExitStack, closing, contextmanager

import pytest
from django.conf import settings

from tests.wirportal.test_serve import environment, free_port

SIZE = 16_000_000
BIG = bytes(range(250)) * (SIZE // 250)
APP = """
from wsgiref.util import FileWrapper

def application(environ, start_response):
    wanted = environ["PATH_INFO"]
    headers = [("Content-Length", "2")] if wanted == "/" else []
    start_response("200 OK", headers)
    if wanted == "/file":
        return environ["wsgi.file_wrapper"](open("big", "rb"))
    big = bytes(range(250)) * 64_000
    return {
        "/": [b"ok"],
        "/bytes": [big],
        "/stream": (big[at : at + 500_000] for at in range(0, len(big), 500_000)),
    }[wanted]
"""


@pytest.fixture
def server(request, tmp_path):
    """Our worker with two threads and an application that only sends; yield its port."""
    port = free_port()
    (tmp_path / "app.py").write_text(APP)
    (tmp_path / "big").write_bytes(BIG)
    conf = f"from wirportal import unsent; unsent.PATIENCE = {request.param}"
    (tmp_path / "conf.py").write_text(conf)
    command = [sys.executable, "-m", "gunicorn", "app", "--config", tmp_path / "conf.py"]
    command += ["--bind", f"127.0.0.1:{port}", "--threads", "2", "--no-control-socket"]
    command += ["--worker-class", "wirportal.worker.Worker"]
    path = environment(PYTHONPATH=f"{tmp_path}:{settings.BASE_DIR}")
    process = subprocess.Popen(command, cwd=tmp_path, env=path, stderr=subprocess.PIPE, text=True)
    try:
        while "Booting worker" not in process.stderr.readline():
            assert process.poll() is None
        yield port
    finally:
        process.terminate()
        complaints = process.communicate()[1]
    assert "Traceback" not in complaints


def connect(port):
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
    client.settimeout(60)
    client.connect(("127.0.0.1", port))
    return client


@contextmanager
def readers(port, *paths):
    """Ask for something big, and do not take it."""
    with ExitStack() as stack:
        clients = [stack.enter_context(closing(connect(port))) for _path in paths]
        for client, path in zip(clients, paths, strict=True):
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        yield clients


def ask(port):
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request("GET", "/")
        return connection.getresponse().read()


def body(client):
    """Take the rest of an answer; return its body."""
    with closing(http.client.HTTPResponse(client)) as response:
        response.begin()
        return response.read()


@pytest.mark.parametrize("server", [600], indirect=True)
def test_who_does_not_read_holds_no_thread_and_gets_everything_later(server):
    with readers(server, *["/bytes", "/file"] * 10) as clients:
        assert [ask(server) for _again in range(10)] == [b"ok"] * 10
        for client in clients[:4]:
            assert hashlib.sha256(body(client)).digest() == hashlib.sha256(BIG).digest()
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert body(client) == b"ok"


@pytest.mark.parametrize("server", [1], indirect=True)
def test_who_takes_nothing_for_long_is_cut_off(server):
    with readers(server, *["/bytes", "/file", "/stream"] * 4) as clients:
        assert ask(server) == b"ok"
        for client in clients:
            poll = select.poll()
            poll.register(client, 0)
            [(_client, event)] = poll.poll(60_000)
            assert event & select.POLLERR
        assert ask(server) == b"ok"
