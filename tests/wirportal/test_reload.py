"""A new version takes over while people read: no request fails, and no old page stays.

More than in the suite: `REQUESTS=10000 RELOADS=5 make test ARGS=tests/wirportal/test_reload.py`.
"""

import http.client
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import closing, contextmanager

import pytest
from django.conf import settings
from django.http import HttpResponseNotFound

from tests.wirportal.test_nothing_lost import in_threads, workers
from tests.wirportal.test_serve import environment, fetch, free_port, serving
from wirportal.middleware import StaticFilesMiddleware

REQUESTS = int(os.environ.get("REQUESTS") or 1000)
RELOADS = int(os.environ.get("RELOADS") or 2)
READERS = 4
PAGES = ("/de/", "/ar/kontakte/", "/de/angebote/", "/en/", "/de/impressum/")
CODE = ("contacts", "languages", "locale", "offers", "programme", "static", "templates")


@pytest.fixture
def copy(tmp_path):
    """Return a copy of the code, which a test may change."""
    folder = tmp_path / "code"
    without = shutil.ignore_patterns("__pycache__")
    for name in (*CODE, "wirportal"):
        shutil.copytree(settings.BASE_DIR / name, folder / name, ignore=without)
    return folder


class Reader:
    """Asks for one page after the other, for every second one over a connection that is kept."""

    def __init__(self, port, number):
        self.port, self.number, self.count, self.failed = port, number, 0, []

    def read(self, wanted):
        while self.count < wanted:
            with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as found:
                for _request in range(1 + 5 * (self.number % 2)):
                    self.ask(found, PAGES[self.count % len(PAGES)])

    def ask(self, connection, path):
        self.count += 1
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.failed.append(repr(error))
            connection.close()
            return
        style = re.search(rb"/static/css/site\.\w+\.css", body)
        if response.status != 200 or b"</html>" not in body or not style:
            self.failed.append(f"{path}: {response.status}")


@contextmanager
def readers(port):
    found = [Reader(port, number) for number in range(READERS)]
    tasks = [lambda reader=reader: reader.read(REQUESTS // READERS) for reader in found]
    with in_threads(tasks):
        yield found


def change_template(folder, number):
    base = folder / "templates" / "base.html"
    text = re.sub(r"<!-- \d+ -->", "", base.read_text(encoding="utf-8"))
    new = base.with_suffix(".new")
    new.write_text(text.replace("</body>", f"<!-- {number} --></body>"), encoding="utf-8")
    new.replace(base)


def test_a_reload_under_load_fails_no_request_and_shows_the_new_version(data, copy):
    port = free_port()
    with serving(data, port, cwd=copy) as server:
        fetch(port, "/de/")
        with readers(port) as found:
            for number in range(1, RELOADS + 1):
                while sum(reader.count for reader in found) < REQUESTS * number / (RELOADS + 1):
                    time.sleep(0.01)
                old = set(workers(server))
                change_template(copy, number)
                os.kill(server.pid, signal.SIGHUP)
                while old & set(workers(server)):
                    time.sleep(0.05)
                assert f"<!-- {number} -->" in fetch(port, "/de/")
        assert [failure for reader in found for failure in reader.failed] == []
        assert sum(reader.count for reader in found) >= REQUESTS
    assert "Traceback" not in server.output


@pytest.mark.django_db  # at the end of an answer Django looks at its connections
def test_an_old_worker_sends_the_stylesheet_of_a_new_one(rf, settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    old = StaticFilesMiddleware(lambda request: HttpResponseNotFound())
    request = rf.get("/static/css/site.0123456789ab.css")
    (tmp_path / "css").mkdir()
    (tmp_path / "css/site.0123456789ab.css").write_text("body {}")
    assert old(request).status_code == 404
    (tmp_path / "staticfiles.json").touch()
    response = old(request)
    assert b"".join(response) == b"body {}"
    response.close()


def test_broken_code_is_noticed_before_anything_is_changed(tmp_path, copy):
    with (copy / "wirportal" / "urls.py").open("a") as file:
        file.write("urlpatterns += [missing]\n")
    command = [sys.executable, "-m", "wirportal.serve", "--prepare"]
    process = {"cwd": copy, "env": environment(DATA_DIR=tmp_path / "data")}
    said = subprocess.run(command, **process, capture_output=True, text=True)
    assert said.returncode
    assert "missing" in said.stderr
    assert not (tmp_path / "data" / "wir.sqlite3").exists()
