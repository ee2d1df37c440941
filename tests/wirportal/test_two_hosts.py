"""Past one machine: PostgreSQL, Redis and two servers that share nothing else. All of them real."""

import os
import re
import shutil
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import psycopg
import pytest

from tests import postgres
from tests.wirportal.test_fallback import get, wait_until
from tests.wirportal.test_serve import fetch, free_port, serving


@contextmanager
def redis_server():
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        yield port, process
    finally:
        process.terminate()
        process.wait()


def with_static_files(served_before, folder):
    """Make a host's folder with nothing but the packed static files: making them takes long."""
    folder.mkdir(mode=0o700)
    shutil.copytree(served_before / "static", folder / "static")
    shutil.copy(served_before / "static.stamp", folder)
    return folder


class Hosts:
    def __init__(self, ports, database):
        self.ports, self.database = ports, database

    def edit(self, name):
        with psycopg.connect(self.database, autocommit=True) as connection:
            connection.execute("UPDATE programme_programme SET site_name = %s", [name])

    def show(self, text):
        return [text in fetch(port, "/de/") for port in self.ports]


@pytest.fixture(scope="module")
def servers(served_before, tmp_path_factory):
    """Start everything once: PostgreSQL, Redis, and two hosts with folders of their own."""
    folder = tmp_path_factory.mktemp("hosts")
    with ExitStack() as postgresql, redis_server() as (redis, process):
        database = postgresql.enter_context(postgres.server())
        shared = {
            "DATABASE_URL": database,
            "REDIS_URL": f"redis://127.0.0.1:{redis}",
            "SECRET_KEY": "the same on both hosts",
        }
        ports = free_port(), free_port()
        with ExitStack() as stack, ThreadPoolExecutor() as pool:
            folders = [with_static_files(served_before, folder / str(port)) for port in ports]
            both = [serving(*host, **shared) for host in zip(folders, ports, strict=True)]
            started = pool.map(stack.enter_context, both)  # at the same time, on an empty database
            assert [server.poll() for server in started] == [None, None]
            hosts = Hosts(ports, database)
            hosts.redis, hosts.redis_port = process, redis
            hosts.stop_postgresql = postgresql.close
            yield hosts


def test_an_edit_on_one_host_is_served_by_the_other_at_the_next_request(servers):
    for number in range(50):
        servers.edit(f"Ausgabe {number}")
        assert servers.show(f"Ausgabe {number}") == [True, True], number


def test_the_content_version_survives_a_flush_of_redis(servers):
    servers.edit("Vor dem Leeren")
    assert servers.show("Vor dem Leeren") == [True, True]
    subprocess.run(["redis-cli", "-p", str(servers.redis_port), "flushall"], check=True)
    assert servers.show("Vor dem Leeren") == [True, True]
    servers.edit("Nach dem Leeren")
    assert servers.show("Nach dem Leeren") == [True, True]


def test_the_hosts_go_on_when_postgresql_was_started_anew(servers):
    servers.edit("Vor dem Neustart")
    assert servers.show("Vor dem Neustart") == [True, True]
    with psycopg.connect(servers.database, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        )
    servers.edit("Nach dem Neustart")
    assert servers.show("Nach dem Neustart") == [True, True]
    assert [get(port, "/ar/kontakte/")[0] for port in servers.ports] == [200, 200]


STAFF = {"Cookie": "session=" + 32 * "x"}


@contextmanager
def frozen(database):
    """Stop PostgreSQL where it stands: it takes connections and requests, and answers none."""
    with psycopg.connect(database) as connection:
        query = (
            "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() UNION "
            "SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int"
        )
        processes = [pid for (pid,) in connection.execute(query)]
    for pid in processes:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in processes:
            os.kill(pid, signal.SIGCONT)


def test_while_postgresql_is_frozen_copies_are_served(servers):
    servers.edit("Vor dem Frost")
    assert servers.show("Vor dem Frost") == [True, True]
    with frozen(servers.database), ThreadPoolExecutor(60) as pool:
        public = [pool.submit(get, port, "/de/") for port in 10 * servers.ports]
        staff = [pool.submit(get, port, "/verwaltung/", **STAFF) for port in 10 * servers.ports]
        alive = [pool.submit(get, port, "/healthz") for port in servers.ports]
        assert {answer.result()[0] for answer in alive} == {200}
        assert {"Vor dem Frost" in answer.result()[2] for answer in public} == {True}
        assert {answer.result()[0] for answer in staff} == {503}
    servers.edit("Nach dem Frost")
    wait_until(lambda: servers.show("Nach dem Frost") == [True, True])
    wait_until(lambda: get(servers.ports[0], "/verwaltung/", **STAFF)[0] == 302)


def test_who_waits_for_a_lock_does_not_keep_readers_waiting(servers):
    servers.edit("Vor der Sperre")
    assert servers.show("Vor der Sperre") == [True, True]
    with psycopg.connect(servers.database) as other, ThreadPoolExecutor(16) as pool:
        other.execute("LOCK TABLE offers_offer")
        paths = 8 * [(port, "/api/hsds/v3/services") for port in servers.ports]
        answers = [pool.submit(get, *path) for path in paths]
        wait_until(lambda: waiting(servers.database) > len(paths) / 2)
        read = [get(port, "/de/")[0] for port in servers.ports]
        assert read == [200, 200]
        assert {answer.result()[0] for answer in answers} == {503}


def waiting(database):
    with psycopg.connect(database) as connection:
        query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        return connection.execute(query).fetchone()[0]


def test_while_postgresql_takes_nothing_it_is_said_that_nothing_was_saved(servers):
    """As a replica does, or the server of a database that is being moved."""
    port = servers.ports[0]
    _status, headers, form = get(port, "/verwaltung/konto/anmelden/")
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)[1]
    fields = urlencode({"csrfmiddlewaretoken": token, "login": "nobody", "password": "wrong"})
    cookie = headers["Set-Cookie"].partition(";")[0]
    address = f"http://127.0.0.1:{port}/verwaltung/konto/anmelden/"
    with read_only(servers.database), pytest.raises(HTTPError) as refused:
        urlopen(Request(address, fields.encode(), {"Cookie": cookie}))
    assert refused.value.code == 503
    assert "Es wurde nichts gespeichert." in refused.value.read().decode()


@contextmanager
def read_only(database):
    """Let PostgreSQL refuse whatever writes, also on connections that are open already."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("SET default_transaction_read_only = off")

        def switch(state):
            connection.execute(f"ALTER SYSTEM SET default_transaction_read_only = {state}")
            connection.execute("SELECT pg_reload_conf()")
            wait_until(lambda: is_read_only(database) == state)

        switch("on")
        try:
            yield
        finally:
            switch("off")


def is_read_only(database):
    with psycopg.connect(database) as connection:
        return connection.execute("SHOW default_transaction_read_only").fetchone()[0]


def test_without_redis_all_answers_stay_right(servers):
    servers.redis.terminate()
    servers.redis.wait()
    servers.edit("Ohne Redis")
    assert servers.show("Ohne Redis") == [True, True]
    assert [get(port, "/verwaltung/", **{"Accept": "text/html"})[0] for port in servers.ports] == [
        302,
        302,
    ]


def test_without_postgresql_the_last_copies_are_served(servers, served_before, tmp_path):
    port, data = free_port(), with_static_files(served_before, tmp_path / "data")
    with serving(data, port, DATABASE_URL=servers.database):
        home = fetch(port, "/de/")
    servers.stop_postgresql()  # for good: this test is the last that uses it
    with serving(data, port, DATABASE_URL=servers.database):
        status, headers, text = get(port, "/de/")
        assert (status, text) == (200, home)
        assert headers["Cache-Status"] == "wir; hit; detail=copy"
        assert get(port, "/ar/kontakte/")[0] == 503
        assert get(port, "/readyz")[0] == 503
        wait_until(lambda: get(port, "/de/")[1]["Cache-Status"])
