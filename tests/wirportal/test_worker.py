"""Readers that are slow or stand still: they cost a connection, and nobody else waits."""

import hashlib
import http.client
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from statistics import median

import pytest
from django.conf import settings

from tests.wirportal.test_serve import environment, free_port
from wirportal import tally

SIZE = 16_000_000
BIG = bytes(range(250)) * (SIZE // 250)
APP = """
import gc, os, threading, time
from wsgiref.util import FileWrapper
import wirportal.worker

def at_once(environ, start_response):
    if environ["PATH_INFO"] == "/kept":
        start_response("200 OK", [("Content-Length", "4")])
        return [b"kept"]

def application(environ, start_response):
    wanted = environ["PATH_INFO"]
    if wanted == "/patient":
        wirportal.worker.MOMENT = 600
    if wanted == "/wait":
        open(f"waiting{threading.get_ident()}", "w").close()
    while wanted == "/wait" and not os.path.exists("go"):
        time.sleep(0.01)
    pid = str(os.getpid()).encode()
    small = ("/", "/kept", "/wait", "/patient")
    headers = [("Content-Length", "2")] if wanted in small else []
    start_response("200 OK", headers)
    if wanted == "/file":
        return environ["wsgi.file_wrapper"](open("big", "rb"))
    big = bytes(range(250)) * 64_000
    return {
        **dict.fromkeys(small, [b"ok"]),
        "/bytes": [big],
        "/pid": [pid],
        "/parent": [str(os.getppid()).encode()],
        "/frozen": [str(gc.get_freeze_count()).encode()],
        "/fewest": [str(wirportal.worker.Worker.tally.fewest()).encode()],
        "/stream": (big[at : at + 500_000] for at in range(0, len(big), 500_000)),
    }[wanted]

application.at_once = at_once
"""


@contextmanager
def serving(tmp_path, patience=600, workers=1, also=""):
    """Start our worker with two threads and an application that only sends; give its port."""
    port = free_port()
    (tmp_path / "app.py").write_text(APP)
    (tmp_path / "big").write_bytes(BIG)
    conf = f"from wirportal import unsent; unsent.PATIENCE = {patience}\n"
    conf += f"from wirportal import tally, worker; {also}\n"
    # How long a thread waits for the rest of a request: longer than a busy machine takes.
    conf += "from gunicorn.workers import gthread; gthread.DEFAULT_WORKER_DATA_TIMEOUT = 60"
    (tmp_path / "conf.py").write_text(conf)
    command = [sys.executable, "-m", "gunicorn", "app", "--config", tmp_path / "conf.py"]
    command += ["--bind", f"127.0.0.1:{port}", "--threads", "2", "--no-control-socket"]
    command += ["--worker-class", "wirportal.worker.Worker", "--workers", str(workers)]
    command = ["sh", "-c", 'ulimit -Sn 256; exec "$@"', "sh", *command]  # open files
    path = environment(PYTHONPATH=f"{tmp_path}:{settings.BASE_DIR}")
    process = subprocess.Popen(command, cwd=tmp_path, env=path, stderr=subprocess.PIPE, text=True)
    try:
        while workers:
            assert process.poll() is None
            workers -= "Booting worker" in process.stderr.readline()
        yield port
    finally:
        process.terminate()
        complaints = process.communicate()[1]
    assert "Traceback" not in complaints


@pytest.fixture
def server(request, tmp_path):
    with serving(tmp_path, request.param) as port:
        yield port


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
            send(client, path)
        yield clients


def ask(port):
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request("GET", "/")
        return connection.getresponse().read()


def send(client, path, *headers):
    client.sendall("\r\n".join([f"GET {path} HTTP/1.1", "Host: x", *headers, "", ""]).encode())


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
            send(client, "/")
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


@pytest.mark.parametrize("server", [600], indirect=True)
def test_what_is_kept_is_answered_while_all_threads_are_busy(server, tmp_path):
    with readers(server, "/", "/", "/", "/") as clients:
        assert [body(client) for client in clients] == [b"ok"] * 4
        reader, *busy, other = clients
        for client in busy:
            send(client, "/wait")
        for _again in range(3):
            send(reader, "/kept")
            assert body(reader) == b"kept"
        while len(list(tmp_path.glob("waiting*"))) < 2:
            time.sleep(0.01)
        send(other, "/")
        assert not select.select([other], [], [], 0.5)[0]
        (tmp_path / "go").touch()
        assert [body(client) for client in (*busy, other)] == [b"ok"] * 3


@pytest.mark.parametrize("server", [600], indirect=True)
def test_nobody_is_held_up_by_a_request_that_is_not_whole(server):
    with readers(server, "/", "/", "/") as clients:
        assert [body(client) for client in clients] == [b"ok"] * 3
        announced, half, reader = clients
        send(announced, "/kept", "Content-Length: 5")
        half.sendall(b"GET /kept HTTP/1.1\r\nHost: x\r\n")
        for _again in range(3):
            send(reader, "/kept")
            assert select.select([reader], [], [], 30)[0]
            assert body(reader) == b"kept"
        half.sendall(b"\r\n")
        # Who is noticed only when it is whole gets what is kept.
        assert body(half) in (b"ok", b"kept")
        assert body(announced) == b"ok"


@pytest.mark.parametrize("server", [600], indirect=True)
def test_who_does_not_hang_up_keeps_nobody_waiting(server):
    with ExitStack() as stack:
        clients = [stack.enter_context(closing(connect(server))) for _one in range(50)]
        for client in clients[::2]:
            send(client, "/", "Connection: close")
        for client in clients[1::2]:
            client.sendall(b"no HTTP\r\n\r\n")
        began = time.monotonic()
        assert [ask(server) for _again in range(5)] == [b"ok"] * 5
        assert time.monotonic() - began < 20  # each of them was waited for for 2 seconds
        for client in clients:
            client.sendall(b"x" * 1000)  # what comes too late takes no answer away
            answer = b"".join(iter(partial(client.recv, 65_536), b""))
            assert answer.endswith((b"ok", b"400 Bad Request\n"))


@pytest.mark.parametrize("server", [600], indirect=True)
def test_an_address_that_is_too_long_is_explained(server):
    with closing(connect(server)) as client:
        send(client, f"/search?q={'x' * 10_000}")
        with closing(http.client.HTTPResponse(client)) as response:
            response.begin()
            assert response.status == 414
            assert "Die Adresse ist zu lang." in response.read().decode()


@pytest.mark.parametrize("server", [600], indirect=True)
def test_who_expects_a_word_before_is_told_once(server):
    with closing(connect(server)) as client:
        send(client, "/")
        assert body(client) == b"ok"
        for path in ("/", "/kept"):
            send(client, path, "expect: 100-Continue")
            answer = b""
            while not answer.endswith(b"ok"):  # by a thread: to send may take waiting
                answer += client.recv(65_536)
            assert answer.count(b"100 Continue") == 1


@pytest.mark.parametrize("server", [600], indirect=True)
def test_many_slow_readers_of_files_are_not_too_many_open_files(server):
    with readers(server, *["/file"] * 300) as clients:
        assert ask(server) == b"ok"
        poll = select.poll()
        for client in clients:
            poll.register(client, 0)
        assert poll.poll(0) == []  # nobody is cut off


@contextmanager
def connections(port, number):
    with ExitStack() as stack:
        yield [stack.enter_context(closing(connect(port))) for _number in range(number)]


def who_answers(clients):
    """Return how many of the connections each worker holds, by its process id."""
    for client in clients:
        send(client, "/pid")
    return Counter(int(body(client)) for client in clients)


def wait_until_answered_by(number, port):
    """Workers that are told to start are no workers yet; return their process ids."""
    found = set()
    while len(found) < number:
        with connections(port, number) as clients:
            found.update(who_answers(clients))
    return found


def test_no_worker_takes_many_more_connections_than_another(tmp_path):
    with serving(tmp_path, workers=3) as port:
        assert len(wait_until_answered_by(3, port)) == 3
        differences = []
        for _round in range(5):  # a busy machine may wake a worker late, though not each time
            with connections(port, 30) as clients:
                held = who_answers(clients)
                differences.append(max(held.values()) - min(held.values()) if len(held) > 2 else 30)
            time.sleep(0.2)  # until the workers have noticed
        assert median(differences) <= 6


def test_a_worker_that_stands_still_or_is_killed_keeps_nobody_waiting(tmp_path):
    with serving(tmp_path, workers=2) as port:
        standing, other = wait_until_answered_by(2, port)
        os.kill(standing, signal.SIGSTOP)
        with connections(port, 10) as clients:
            assert set(who_answers(clients)) == {other}
        os.kill(standing, signal.SIGKILL)
        while (found := wait_until_answered_by(1, port)) == {other}:
            time.sleep(0.1)
        assert standing not in found


def test_a_worker_that_is_gone_is_not_counted(monkeypatch):
    monkeypatch.setattr(tally, "RECENT", 0.05)
    counts = tally.Tally()
    assert counts.fewest() == 0
    counts.write(1, 3)
    counts.write(200, 7)
    assert counts.fewest() == 3
    time.sleep(0.1)
    counts.write(200, 8)
    assert counts.fewest() == 8


@pytest.mark.parametrize("server", [600], indirect=True)
def test_the_loaded_code_is_not_looked_through_for_waste(server):
    with closing(connect(server)) as client:
        send(client, "/frozen")
        assert int(body(client)) > 10_000  # objects; it takes time for each
