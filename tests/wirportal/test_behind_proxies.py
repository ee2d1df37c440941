"""nginx and Caddy in front of the site, with the files of deploy/, and rude clients."""

import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from textwrap import dedent

import pytest
from django.conf import settings

from tests.factories import PDF
from tests.wirportal.test_serve import environment, free_port, serving
from wirportal.unsent import PATIENCE

DEPLOY = settings.BASE_DIR / "deploy"
NAME = "wir.example.org"
SECONDS = int(os.environ.get("SECONDS") or 4)
PAUSE = 2  # seconds between two bytes of a rude client
SIGN_IN = "/verwaltung/konto/anmelden/"
SLOW = 400  # rude clients
HEAD, BODY, READ = range(3)  # what they are slow at
#: Makes a file too large for the buffers between a server and a reader, and prints its address.
LARGE = """
from django.core.files.base import ContentFile
from tests.factories import PDF, Area, make_publication
file = ContentFile(PDF[:9] + bytes(16_000_000) + PDF[9:], "large.pdf")
print(make_publication(area=Area.objects.first(), file=file).file.url)
"""


def nginx(folder, port, upstream):
    """Return the command for deploy/nginx.conf without TLS, on this port."""
    plain = (DEPLOY / "nginx.conf").read_text()
    secure = plain[plain.index("server {", plain.index("return 301")) :]
    secure = re.sub(r"listen (\[::\]:)?443 ssl http2;", "", secure)
    secure = re.sub(r"ssl_\w+ .*;", "", secure)
    secure = secure.replace("server {", f"server {{ listen 127.0.0.1:{port};", 1)
    secure = secure.replace("127.0.0.1:8000", f"127.0.0.1:{upstream}")
    secure = secure.replace("/var/log/nginx", str(folder))
    paths = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    path = folder / "nginx.conf"
    path.write_text(
        f"daemon off; worker_processes 1; pid {folder}/pid;\n"
        f"events {{ worker_connections 2000; }}\nhttp {{\n{paths}{secure}\n}}\n"
    )
    if os.geteuid() == 0:  # its workers give up root's rights, but not the folder's path
        path.write_text(f"user root;\n{path.read_text()}")
    return ["nginx", "-e", folder / "error.log", "-c", path]


def for_this_caddy(text):
    """Debian's Caddy is older than the option that all later ones want."""
    said = subprocess.run(["caddy", "version"], check=True, capture_output=True, text=True).stdout
    if re.search(r"\d+\.\d+\.\d+", said)[0] != "2.6.2":
        return text
    return text.replace("request_buffers 2MB", "buffer_requests\nmax_buffer_size 2000000")


def caddy(folder, port, upstream):
    """Return the command for docs/Caddyfile without TLS, on this port."""
    text = for_this_caddy((DEPLOY / "Caddyfile").read_text())
    text = text.replace("{\n", "{\n\tadmin off\n\tauto_https off\n", 1)
    text = text.replace(f"{NAME} {{", f"http://{NAME}:{port} {{\n\tbind 127.0.0.1")
    text = text.replace("127.0.0.1:8000", f"127.0.0.1:{upstream}")
    (folder / "Caddyfile").write_text(text)
    return ["caddy", "run", "--adapter", "caddyfile", "--config", folder / "Caddyfile"]


@contextmanager
def running(command, folder, port):
    with (folder / "output").open("w") as output:
        process = subprocess.Popen(
            command, env=environment(XDG_DATA_HOME=folder), stdout=output, stderr=output
        )
        try:
            for _attempt in range(300):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                assert process.poll() is None, (folder / "output").read_text()
                time.sleep(0.05)
            yield
        finally:
            process.terminate()
            process.wait()


@pytest.fixture(scope="module")
def site(served_before, tmp_path_factory):
    data, port = tmp_path_factory.mktemp("proxies") / "data", free_port()
    shutil.copytree(served_before, data)
    with serving(data, port, SITE_URL=f"http://{NAME}", TRUSTED_PROXIES="127.0.0.1") as server:
        server.port, server.data = port, data
        command = [sys.executable, "manage.py", "shell", "-v0", "-c", LARGE]
        found = {"cwd": settings.BASE_DIR, "env": environment(DATA_DIR=data)}
        said = subprocess.run(command, **found, check=True, capture_output=True, text=True)
        server.large = said.stdout.strip()
        yield server


@pytest.fixture(params=[nginx, caddy])
def proxy(request, site, tmp_path):
    """Return the port of a proxy in front of the site."""
    port = free_port()
    with running(request.param(tmp_path, port, site.port), tmp_path, port):
        yield port


def ask(port, path, method="GET", body=None, timeout=60, **headers):
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)) as connection:
        connection.request(method, path, body, {"Host": NAME, **headers})
        response = connection.getresponse()
        return response.status, response.headers, response.read()


class Upstream(BaseHTTPRequestHandler):
    """Says what a proxy tells the site."""

    def do_POST(self):
        left = length = int(self.headers["Content-Length"])
        while left:
            left -= len(self.rfile.read(min(left, 1_000_000)))
        self.answer({"length": length, "headers": dict(self.headers)})

    def do_GET(self):
        self.answer({"headers": dict(self.headers), "server": self.server.server_port})

    def answer(self, found):
        body = json.dumps(found).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments):
        pass


@pytest.fixture(params=[nginx, caddy])
def told(request, tmp_path):
    """Return the port of a proxy in front of a server that says what it was told."""
    port = free_port()
    with ThreadingHTTPServer(("127.0.0.1", 0), Upstream) as server:
        threading.Thread(target=server.serve_forever).start()
        with running(request.param(tmp_path, port, server.server_port), tmp_path, port):
            yield port
        server.shutdown()


class Rude:
    """Many connections that keep the server waiting: in the head, in the body, or as readers."""

    def __init__(self, port, large, kinds=(HEAD, BODY, READ)):
        self.kinds, self.sockets, self.stopped = [], [], threading.Event()
        self.dripped = 0
        for place in range(SLOW):
            connection = socket.socket()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
            connection.connect(("127.0.0.1", port))
            self.kinds.append(kinds[place % len(kinds)])
            connection.sendall(self.begin(self.kinds[-1], large))
            self.sockets.append(connection)

    @staticmethod
    def begin(kind, large):
        form = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 900000"
        token = f"Cookie: {settings.CSRF_COOKIE_NAME}={'x' * 32}"  # else nobody reads the body
        return (
            f"GET /de/ HTTP/1.1\r\nHost: {NAME}\r\nX-Slow: ",
            f"POST {SIGN_IN} HTTP/1.1\r\nHost: {NAME}\r\n{token}\r\n{form}\r\n\r\n",
            f"GET {large} HTTP/1.1\r\nHost: {NAME}\r\n\r\n",
        )[kind].encode()

    def drip(self):
        while not self.stopped.wait(PAUSE):
            for kind, connection in zip(self.kinds, self.sockets, strict=True):
                try:
                    connection.recv(1) if kind == READ else connection.sendall(b"x")
                except OSError:  # the proxy has had enough of it
                    continue
            self.dripped += 1

    def __enter__(self):
        self.thread = threading.Thread(target=self.drip)
        self.thread.start()
        return self

    def __exit__(self, *_error):
        self.stopped.set()
        self.thread.join()
        for connection in self.sockets:
            connection.close()


def test_slow_clients_hold_up_nobody_else(site, proxy, request):
    # nginx keeps a copy on disk for each reader: 2 GB of the large file.
    is_nginx = request.node.callspec.params["proxy"] is nginx
    with Rude(proxy, "/sitemap.xml" if is_nginx else site.large) as rude:
        assert_that_others_are_answered(proxy, rude)


def test_slow_readers_hold_up_nobody_even_without_a_proxy(site):
    with Rude(site.port, site.large, [READ]) as rude:
        assert_that_others_are_answered(site.port, rude)


def assert_that_others_are_answered(port, rude):
    """Ask while the rude ones go on; a server that waits for them ends none before PATIENCE."""
    statuses = []
    while rude.dripped < SECONDS / PAUSE or len(statuses) < 5:
        path = "/de/kontakte/" if len(statuses) % 2 else "/de/"
        statuses.append(ask(port, path, timeout=PATIENCE - 5)[0])
        time.sleep(0.05)
    assert set(statuses) == {200}


def test_alone_the_server_listens_on_this_machine_only(site):
    command = Path(f"/proc/{site.pid}/cmdline").read_text().split("\0")
    assert command[command.index("--bind") + 1] == f"127.0.0.1:{site.port}"


def test_pages_come_through_as_the_site_sends_them(site, proxy):
    for coding in ("br", "gzip"):
        direct = ask(site.port, "/de/", **{"Accept-Encoding": coding})
        passed = ask(proxy, "/de/", **{"Accept-Encoding": coding})
        assert passed[1]["Content-Encoding"] == coding
        assert passed[2] == direct[2]
        assert passed[1]["ETag"] == direct[1]["ETag"]
        again = {"Accept-Encoding": coding, "If-None-Match": passed[1]["ETag"]}
        assert ask(proxy, "/de/", **again)[0] == 304
    assert ask(proxy, "/de/", Host=f"127.0.0.1:{proxy}")[2] != passed[2], "another site's name"


def test_a_large_file_and_any_part_of_it_arrive_as_they_are(site):
    status, _headers, whole = ask(site.port, site.large)
    assert (status, len(whole)) == (200, 16_000_000 + len(PDF))
    status, headers, part = ask(site.port, site.large, Range="bytes=3-8000000")
    assert (status, headers["Content-Length"]) == (206, "7999998")
    assert part == whole[3:8_000_001]


def test_the_proxy_says_who_asks_for_what_and_believes_no_visitor(told):
    lies = {"X-Forwarded-For": "192.0.2.9", "X-Forwarded-Proto": "gopher"}
    _status, _headers, body = ask(told, "/de/", **lies)
    headers = json.loads(body)["headers"]
    assert headers["Host"] == NAME
    assert headers["X-Forwarded-Proto"] == "http", "with TLS it is https"
    assert headers["X-Forwarded-For"] == "127.0.0.1"


def test_the_largest_video_passes(told):
    video = 200 * 1024 * 1024
    parts = (bytes(1024 * 1024) for _megabyte in range(200))
    status, _headers, body = ask(told, "/", "POST", parts, **{"Content-Length": str(video)})
    assert (status, json.loads(body)["length"]) == (200, video)


@pytest.mark.parametrize("proxy", [nginx], indirect=True)
def test_what_is_too_large_is_refused_before_it_is_sent(proxy):
    with socket.create_connection(("127.0.0.1", proxy), timeout=20) as connection:
        head = f"POST {SIGN_IN} HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: 300000000\r\n\r\n"
        connection.sendall(head.encode() + bytes(2_500_000))
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")


def composed(address):
    text = (settings.BASE_DIR / "compose.yaml").read_text().partition("    content: |\n")[2]
    return dedent(text.partition("\nvolumes:")[0]).replace("${SITE_ADDRESS}", address)


def test_a_reader_stays_with_one_of_two_servers(tmp_path):
    """While they are updated in turn, only the one that made a page surely has its styles."""
    port, path, servers = free_port(), tmp_path / "Caddyfile", {}
    with ExitStack() as stack:
        text = for_this_caddy(composed(f"http://{NAME}:{port}"))
        for name in ("web1:8000", "web2:8000"):
            server = stack.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), Upstream))
            threading.Thread(target=server.serve_forever).start()
            stack.callback(server.shutdown)
            servers[server.server_port] = server
            text = text.replace(name, f"127.0.0.1:{server.server_port}")
        path.write_text("{\nadmin off\nauto_https off\n}\n" + text)
        command = ["caddy", "run", "--adapter", "caddyfile", "--config", path]
        with running(command, tmp_path, port):
            first, *others = [answering(port) for _request in range(20)]
            assert {*others} == {first}
            servers[first].shutdown()
            servers[first].server_close()
            began = time.monotonic()
            assert {answering(port), first} == {*servers}
            assert time.monotonic() - began < 2, "it is not tried until the next check"


def answering(port):
    return json.loads(ask(port, "/")[2])["server"]


@pytest.mark.parametrize("name", ["Caddyfile", "compose.yaml"])
def test_caddy_understands_our_files(name, tmp_path):
    text = composed(NAME) if name == "compose.yaml" else (DEPLOY / name).read_text()
    path = tmp_path / "Caddyfile"
    path.write_text(for_this_caddy(text))
    command = ["caddy", "validate", "--adapter", "caddyfile", "--config", path]
    said = subprocess.run(
        command, env=environment(XDG_DATA_HOME=tmp_path), capture_output=True, text=True
    )
    assert not said.returncode, said.stderr
    assert "Valid configuration" in said.stdout + said.stderr


def test_nginx_understands_the_whole_file_with_tls(tmp_path):
    text = (DEPLOY / "nginx.conf").read_text().replace("/var/log/nginx", str(tmp_path))
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={NAME}"]
    command += ["-keyout", tmp_path / "privkey.pem", "-out", tmp_path / "fullchain.pem"]
    subprocess.run(command, check=True, capture_output=True)
    text = text.replace(f"/etc/letsencrypt/live/{NAME}", str(tmp_path))
    path = tmp_path / "nginx.conf"
    path.write_text(f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{\n{text}\n}}\n")
    said = subprocess.run(
        ["nginx", "-t", "-e", tmp_path / "error.log", "-c", path], capture_output=True, text=True
    )
    assert not said.returncode, said.stderr
