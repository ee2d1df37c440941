"""`make serve` on a real machine: real processes, a real port, a real database file."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager

import pytest
from django.conf import settings

from tests.ports import free_port
from wirportal import serve

#: Seconds that a busy machine may take for an answer; a server that hangs takes longer.
PATIENCE = 60


def environment(**variables):
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
    return kept | {key: str(value) for key, value in variables.items()}


def fetch(port, path, **headers):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
    with urllib.request.urlopen(request, timeout=PATIENCE) as response:
        return response.read().decode()


@contextmanager
def serving(data_dir, port, *, before=(), cwd=settings.BASE_DIR, **variables):
    """Start the server as `make serve` does; yield its process once it answers."""
    process = subprocess.Popen(
        [*before, sys.executable, "-m", "wirportal.serve"],
        cwd=cwd,
        env=environment(DATA_DIR=data_dir, PORT=port, **variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        end = time.monotonic() + 10 * PATIENCE
        while process.poll() is None:
            try:
                fetch(port, "/healthz")
                break
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                assert time.monotonic() < end, "the server does not answer"
                time.sleep(0.1)
        yield process
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.output = process.communicate(timeout=2 * PATIENCE)[0]


def refused(**variables):
    """Return what a start that must fail says."""
    result = subprocess.run(
        [sys.executable, "-m", "wirportal.serve"],
        cwd=settings.BASE_DIR,
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE,
    )
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1, result.stderr
    return lines[0]


def test_a_new_machine_serves_the_site_and_a_second_start_keeps_everything(tmp_path):
    port = free_port()
    with serving(tmp_path / "data", port) as first:
        html = fetch(port, "/de/")
        for number in ("+496431296538", "+496431296399", "+496431296321"):
            assert f"tel:{number}" in html
        for code in ("de-simple", "en", "ar", "uk", "ru", "tr", "fa", "fa-af"):
            assert f'href="/{code}/"' in fetch(port, f"/{code}/")
        style = re.search(r'href="(/static/css/site\.\w+\.css)"', html)[1]
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}{style}", headers={"Accept-Encoding": "br"}
        )
        with urllib.request.urlopen(request) as response:
            assert response.headers["Content-Encoding"] == "br"
            assert "immutable" in response.headers["Cache-Control"]
    assert f"Website:    http://127.0.0.1:{port}/" in first.output
    assert f"Verwaltung: http://127.0.0.1:{port}/verwaltung/" in first.output
    assert re.search(r"Benutzername: verwaltung   Passwort: \S{20}", first.output)
    assert "Traceback" not in first.output
    secret = (tmp_path / "data/secret_key").read_text()
    assert (tmp_path / "data/secret_key").stat().st_mode & 0o077 == 0
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0

    change = (
        "from contacts.models import ContactPerson as P; p = P.objects.get(slug='marie-ostermann');"
        "p.phone = '06431/296-555'; p.save()"
    )
    subprocess.run(
        [sys.executable, "manage.py", "shell", "-v0", "-c", change],
        cwd=settings.BASE_DIR,
        env=environment(DATA_DIR=tmp_path / "data"),
        check=True,
    )
    broken = [tmp_path / f"data/locale/{code}/LC_MESSAGES/django" for code in ("ar", "de")]
    for path in broken:
        path.parent.mkdir(parents=True)
        path.with_suffix(".po").write_bytes(b'msgid "Start"\nmsgstr "\xff')
        path.with_suffix(".mo").write_bytes(b"no catalogue")
    with serving(tmp_path / "data", port) as second:
        assert "tel:+496431296555" in fetch(port, "/de/")
        assert 'lang="ar"' in fetch(port, "/ar/")
    assert second.output.count("Nicht lesbar, deshalb übergangen und umbenannt: ") == 4
    assert [len(list(path.parent.glob("*.broken"))) for path in broken] == [2, 2]
    assert "Passwort" not in second.output
    assert (tmp_path / "data/secret_key").read_text() == secret


def test_the_developers_mode_answers_too(data):
    port = free_port()
    with serving(data, port, DEBUG=1):
        html = fetch(port, "/de/")
        assert 'href="/static/css/site.css"' in html
        assert "--action" in fetch(port, "/static/css/site.css")


def test_a_taken_port_is_one_clear_line(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"127.0.0.1:{port} ist nicht frei" in refused(DATA_DIR=tmp_path, PORT=port)


@pytest.mark.parametrize("port", ["http", "70000", "-1", "0"])
def test_a_wrong_port_is_one_clear_line(tmp_path, port):
    assert "PORT" in refused(DATA_DIR=tmp_path, PORT=port)


def test_a_wrong_number_of_workers_is_one_clear_line(tmp_path):
    assert "WEB_CONCURRENCY" in refused(DATA_DIR=tmp_path, WEB_CONCURRENCY="zwei")


def test_an_empty_key_file_heals_and_a_client_cannot_rename_paths(data):
    (data / "secret_key").write_text("")
    port = free_port()
    with serving(data, port):
        assert "csrfmiddlewaretoken" in fetch(port, "/verwaltung/login/")
        with pytest.raises(urllib.error.HTTPError, match="404"):
            fetch(port, "/x/verwaltung/login/", SCRIPT_NAME="/x")
    assert len((data / "secret_key").read_text()) > 60


def test_a_folder_that_cannot_be_written_is_one_clear_line(tmp_path):
    file = tmp_path / "file"
    file.touch()
    assert "kann nicht geschrieben werden" in refused(DATA_DIR=file / "data", PORT=free_port())


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "oracle9://x",
        "sqlite:////proc/nowhere/x.sqlite3",
        "postgres://nobody:x@127.0.0.1:1/none",
    ],
)
def test_a_wrong_database_is_one_clear_line(tmp_path, url):
    line = refused(DATA_DIR=tmp_path, DATABASE_URL=url, PORT=free_port())
    assert "DATABASE_URL" in line


def test_a_wrong_site_url_is_one_clear_line(tmp_path):
    assert "SITE_URL" in refused(DATA_DIR=tmp_path, SITE_URL="wir.example.org", PORT=free_port())


def test_without_debug_or_a_secret_nothing_starts(tmp_path):
    result = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=settings.BASE_DIR,
        env=environment(DATA_DIR=tmp_path),
        capture_output=True,
        text=True,
    )
    assert result.returncode
    assert "SECRET_KEY" in result.stderr


@pytest.mark.parametrize(
    ("refuses", "line"),
    [("ensurepip", "apt install python3-venv"), ("version_info", "Python 3.11")],
)
def test_make_says_what_python_lacks(tmp_path, refuses, line):
    python = tmp_path / "python3"
    python.write_text(f'#!/bin/sh\ncase "$2" in *{refuses}*) exit 1;; esac\n')
    python.chmod(0o755)
    result = subprocess.run(
        ["make", "serve", f"PYTHON={python}", f"VENV={tmp_path / 'venv'}"],
        cwd=settings.BASE_DIR,
        env=environment(),
        capture_output=True,
        text=True,
    )
    assert result.returncode
    assert line in result.stderr
    assert "Traceback" not in result.stderr


def test_an_image_lays_out_its_empty_database_only_where_there_is_none(tmp_path, monkeypatch):
    monkeypatch.setattr(serve, "EMPTY_DATABASE", tmp_path / "empty.sqlite3")
    serve.EMPTY_DATABASE.write_bytes(b"all tables")
    folder = tmp_path / "data"
    folder.mkdir()
    for content in (b"all tables", b"what staff wrote"):
        serve.lay_out(folder / "wir.sqlite3")
        assert [path.read_bytes() for path in folder.iterdir()] == [content]
        (folder / "wir.sqlite3").write_bytes(b"what staff wrote")
