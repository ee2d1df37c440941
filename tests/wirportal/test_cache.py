"""The cache in a real Redis that goes away and comes back; the database stands in meanwhile."""

import os
import shutil
import signal
import socket
import subprocess
import time

import pytest
from django.conf import settings as site
from django.core.cache import cache, caches
from django.test import Client
from redis import Redis

from tests.ports import free_port
from tests.wirportal.staff import TOO_MANY, sign_in
from wirportal.cache import State


class Server:
    """A Redis of our own that keeps nothing on disk."""

    def __init__(self, folder):
        self.folder, self.port, self.process = folder, free_port(), None

    def start(self):
        command = [shutil.which("redis-server"), "--port", str(self.port), "--bind", "127.0.0.1"]
        self.process = subprocess.Popen(
            [*command, "--save", "", "--dir", str(self.folder)], stdout=subprocess.DEVNULL
        )
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError("Redis does not answer")

    def stop(self):
        if self.process and self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGCONT)
            self.process.terminate()
            self.process.wait()


@pytest.fixture
def redis(db, settings, tmp_path):
    server = Server(tmp_path)
    server.start()
    settings.CACHES = {
        "default": {
            "BACKEND": "wirportal.cache.RedisOrDatabase",
            "LOCATION": f"redis://127.0.0.1:{server.port}/0",
            "KEY_PREFIX": "wir",
        },
        "database": site.DATABASE_CACHE,
    }
    State.away, State.away_until = False, 0
    yield server
    State.away, State.away_until = False, 0
    server.stop()


def try_again():
    """Let the pause pass in which nobody asks Redis."""
    State.away_until = 0


def test_redis_is_the_cache_while_it_answers(redis):
    cache.set("a", [1, 2], 60)
    assert cache.get("a") == [1, 2]
    assert caches["database"].get("a") is None
    assert Redis(port=redis.port).keys() == [b"wir:1:a"]


def test_without_redis_the_database_stands_in_for_every_kind_of_call(redis, caplog):
    redis.stop()
    assert cache.get("a") is None
    assert cache.add("a", 1, 60)
    assert not cache.add("a", 2, 60)
    assert cache.incr("a") == 2
    assert cache.decr("a") == 1
    cache.set_many({"b": 2, "c": 3}, 60)
    assert cache.get_many(["a", "b", "c", "d"]) == {"a": 1, "b": 2, "c": 3}
    assert cache.has_key("b")
    assert "c" in cache
    assert cache.touch("b", 60)
    assert cache.delete("b")
    cache.delete_many(["c"])
    assert cache.get_or_set("d", 4) == 4
    assert caches["database"].get("d") == 4
    cache.clear()
    assert caches["database"].get("d") is None
    said = [record.message for record in caplog.records]
    assert said == ["Redis is away, the database stands in: ConnectionError"]


def test_redis_is_used_again_when_it_is_back(redis, caplog):
    redis.stop()
    cache.set("a", 1, 60)
    redis.start()
    assert cache.get("a") == 1, "nobody asks within the pause"
    try_again()
    assert cache.get("a") is None
    assert caplog.records[-1].message == "Redis is back."


def test_a_redis_that_hangs_is_asked_once_and_then_left_alone(redis, monkeypatch):
    monkeypatch.setattr("wirportal.cache.PAUSE", 600)
    os.kill(redis.process.pid, signal.SIGSTOP)
    cache.set("a", 1, 60)
    until = State.away_until
    assert until > 0
    for _ in range(5):
        assert cache.get("a") == 1
    assert State.away_until == until
    assert caches["database"].get("a") == 1


def test_the_limits_hold_while_redis_is_away(redis, staff):
    redis.stop()
    for _ in range(6):
        page = sign_in(Client(), "falsch").content.decode()
    assert TOO_MANY in page
    assert TOO_MANY in sign_in(Client()).content.decode()


def test_the_limits_hold_in_redis(redis, staff):
    for _ in range(6):
        page = sign_in(Client(), "falsch").content.decode()
    assert TOO_MANY in page
    assert any(b"login_failed" in key for key in Redis(port=redis.port).scan_iter())


def test_a_session_does_not_depend_on_redis(redis, staff, client):
    sign_in(client)
    redis.stop()
    assert client.get("/verwaltung/").status_code == 200
    client.post("/verwaltung/logout/")
    redis.start()
    try_again()
    assert client.get("/verwaltung/").status_code == 302
