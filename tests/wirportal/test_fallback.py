"""A database that is missing, broken or locked, under a server that runs: real processes."""

import http.client
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest
from django.conf import settings

from tests.wirportal.test_serve import environment, fetch, free_port, serving


def get(port, path, method="GET", **headers):
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=15)) as connection:
        connection.request(method, path, headers=headers)
        response = connection.getresponse()
        return response.status, response.headers, response.read().decode()


def assert_only_copies_are_served(port, home):
    status, headers, text = get(port, "/de/")
    assert (status, text) == (200, home)
    assert headers["Cache-Status"] == "wir; hit; detail=copy"
    assert headers["Content-Language"] == "de"
    assert get(port, "/de/?z=a1-k1")[2] == home, "better without the shortlist than not at all"
    signed_in = {"Cookie": f"{settings.SESSION_COOKIE_NAME}=x"}
    assert get(port, "/de/", **signed_in)[2] == home, "staff see what visitors see"
    assert get(port, "/de/", "POST", **signed_in)[0] == 503
    status, headers, text = get(port, "/ar/kontakte/")
    assert (status, headers["Retry-After"], headers["Content-Language"]) == (503, "30", "ar")
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert '<html lang="ar" dir="rtl">' in text
    status, headers, _text = get(port, "/", **{"Accept-Language": "ar, en"})
    assert (status, headers["Location"]) == (302, "/de/"), "only German has a copy"
    assert get(port, "/verwaltung/konto/anmelden/")[0] in {200, 503}
    assert get(port, "/healthz")[0] == 200
    assert get(port, "/readyz")[0] == 503


@pytest.fixture
def files(data, tmp_path):
    return {
        "database": data / "wir.sqlite3",
        "aside": tmp_path / "aside.sqlite3",
    }


def test_a_database_that_is_away_and_comes_back(data, files):
    port = free_port()
    with serving(data, port):
        home = fetch(port, "/de/")
        edit(files["database"], "Vorher")
        home = fetch(port, "/de/")
        assert "Vorher" in home
        with closing(sqlite3.connect(files["database"])) as connection:
            connection.execute(f"VACUUM INTO '{files['aside']}'")
        for path in files["database"].parent.glob("wir.sqlite3*"):
            path.unlink()
        assert_only_copies_are_served(port, home)
        assert get(port, "/verwaltung/login/")[0] == 503
        for _each_thread in range(8):
            assert get(port, "/static/none.css")[0] in {404, 503}
            assert get(port, "/media/none.jpg")[0] in {404, 503}
        assert not files["database"].exists(), "an empty one would hide the loss"
        shutil.copy(files["aside"], files["database"])
        edit(files["database"], "Nachher")
        wait_until(lambda: "Nachher" in fetch(port, "/de/"))
        wait_until(lambda: get(port, "/ar/kontakte/")[0] == 200)
        assert get(port, "/readyz")[0] == 200


def test_a_start_without_the_database_shows_copies_and_makes_no_empty_one(data, files):
    port = free_port()
    with serving(data, port):
        home = fetch(port, "/de/")
    files["database"].rename(files["aside"])
    with serving(data, port) as server:
        assert_only_copies_are_served(port, home)
    assert "gezeigt werden nur Kopien" in server.output
    assert not files["database"].exists()
    files["database"].write_bytes(b"no database at all" * 1000)
    with serving(data, port):
        assert_only_copies_are_served(port, home)
    files["aside"].replace(files["database"])
    with serving(data, port):
        assert get(port, "/ar/kontakte/")[0] == 200


def test_no_command_makes_an_empty_database(data, files):
    with serving(data, free_port()):
        pass
    files["database"].rename(files["aside"])
    for command in ("dailyjob", "migrate"):
        said = manage(data, command)
        assert said.returncode == 1
        assert f"{files['database']} fehlt oder ist leer." in said.stderr
        assert not files["database"].exists()
    files["aside"].rename(files["database"])
    assert manage(data, "migrate").returncode == 0


def test_an_emptied_database_is_noticed_at_once_and_left_alone(data, files):
    port = free_port()
    with serving(data, port):
        home = fetch(port, "/de/")
        with closing(sqlite3.connect(files["database"])) as connection:
            connection.execute(f"VACUUM INTO '{files['aside']}'")
        os.truncate(files["database"], 0)
        assert_only_copies_are_served(port, home)
        assert get(port, "/static/none.css")[0] in {404, 503}
        assert files["database"].stat().st_size == 0
        for log in files["database"].parent.glob("wir.sqlite3-*"):
            log.unlink()
        files["aside"].replace(files["database"])
        wait_until(lambda: get(port, "/ar/kontakte/")[0] == 200)


def test_a_locked_database_is_read_from_copies_at_once(data, files):
    port = free_port()
    with serving(data, port):
        home = fetch(port, "/de/")
        with closing(sqlite3.connect(files["database"], isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert get(port, "/de/")[1]["Cache-Status"] is None, "a writer holds nobody up"
            assert get(port, "/ar/kontakte/")[0] == 200
            other.execute("ROLLBACK")
        assert home == fetch(port, "/de/")


def test_commands_that_make_copies_say_what_is_broken(data, files, tmp_path):
    files["database"].rename(files["aside"])
    files["database"].write_bytes(b"no database" * 1000)
    try:
        for command in (["warm"], ["exportsite", tmp_path / "copy"]):
            done = manage(data, *command)
            assert done.returncode == 1
            assert done.stderr.startswith("CommandError: Die Datenbank ist nicht erreichbar: ")
            assert "Traceback" not in done.stderr
        assert not (tmp_path / "copy").exists()
    finally:
        files["aside"].replace(files["database"])


def edit(database, name):
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("UPDATE programme_programme SET site_name = ?", [name])
        connection.commit()


def manage(data, *command):
    return subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=settings.BASE_DIR,
        env=environment(DATA_DIR=data),
        capture_output=True,
        text=True,
    )


def wait_until(is_so):
    """Each worker looks for the database once a second."""
    for _attempt in range(3000):
        if is_so():
            return
        time.sleep(0.01)
    raise AssertionError
