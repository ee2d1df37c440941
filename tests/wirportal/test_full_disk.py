"""A disk without room: nothing is lost, readers notice nothing, and it heals by itself.

Once with a small file system of its own, where this machine lets us mount one; and everywhere with
processes that may not write any more to files.
"""

import resource
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.wirportal.test_nothing_lost import workers
from tests.wirportal.test_serve import fetch, free_port, serving
from tests.wirportal.writers import make_writers, numbers, shell

CHECK = """
from django.db import connection
print(connection.cursor().execute("PRAGMA integrity_check").fetchone()[0])
"""
UNSHARE = ["unshare", "--map-root-user", "--mount"]


class Forbidden:
    """No process of the server may write to files; what it meets is an error like a full disk."""

    before = ()

    def __init__(self, server, data):
        self.server = server

    def limit(self, number):
        for process in [self.server.pid, *workers(self.server)]:
            resource.prlimit(process, resource.RLIMIT_FSIZE, (number, resource.RLIM_INFINITY))

    def fill(self):
        self.limit(0)

    def clear(self):
        self.limit(resource.RLIM_INFINITY)


class Full:
    """A file system that only the server and those who look through its eyes can see."""

    def __init__(self, server, data):
        self.before = ["nsenter", f"--target={server.pid}", "--user", "--mount"]
        self.filler = Path(f"/proc/{server.pid}/root{data}/filler")

    def fill(self):
        with self.filler.open("wb", buffering=0) as file:
            for size in (65_536, 4096):
                try:
                    while file.write(bytes(size)) == size:
                        pass
                except OSError:
                    continue

    def clear(self):
        self.filler.unlink()


def may_mount(folder):
    command = [*UNSHARE, "mount", "-t", "tmpfs", "none", str(folder)]
    return shutil.which("unshare") and not subprocess.run(command, capture_output=True).returncode


@pytest.fixture(params=[Full, Forbidden])
def disk(request, data, served_before):
    port, mount = free_port(), []
    if request.param is Full:
        if not may_mount(data):
            pytest.skip("this machine mounts nothing for us")
        script = 'mount -t tmpfs -o size=40m,mode=700 none "$0" && cp -a "$1"/. "$0" && shift'
        mount = [*UNSHARE, "sh", "-c", f'{script} && exec "$@"', str(data), str(served_before)]
    with serving(data, port, before=mount) as server:
        disk = request.param(server, data)
        disk.port, disk.data = port, data
        disk.writer = make_writers(data, port, 1, disk.before)[0]
        yield disk


def test_a_full_disk_costs_nothing_that_was_saved_and_heals(disk):
    writer = disk.writer
    assert writer.write(1)[0] == 302
    assert numbers(fetch(disk.port, "/de/seite-0/"))[0] == 1
    disk.fill()
    for _attempt in range(20):  # a little may still fit into what SQLite has
        status, headers, text = writer.write(writer.saved + 1)
        if status != 302:
            break
    assert (status, headers["Retry-After"]) == (503, "30")
    assert "nichts gespeichert" in text
    assert "noch in Ihrem Browser" in text
    status, _headers, text = writer.upload(b"WEBVTT\n\n" + b"-" * 20_000)
    assert status == 503, "an upload needs room, too"
    assert "nichts gespeichert" in text
    assert numbers(writer.form()["title_de"]) == [writer.saved]
    for path in ("/de/seite-0/", "/ar/kontakte/", "/uk/kontakte/", "/de/angebote/?q=Deutschkurs"):
        assert fetch(disk.port, path)
    assert numbers(fetch(disk.port, "/de/seite-0/"))[0] == writer.saved
    disk.clear()
    number = writer.saved + 1
    assert writer.write(number)[0] == 302
    assert numbers(fetch(disk.port, "/de/seite-0/"))[0] == number
    assert shell(disk.data, CHECK, disk.before) == "ok"
