"""What was answered with "saved" stays, whatever happens: real servers, killed and crowded.

More than in the suite: `SAVES=1000 SECONDS=20 make test ARGS=tests/wirportal/test_nothing_lost.py`.
"""

import asyncio
import os
import random
import signal
import sqlite3
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from itertools import count, cycle

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.admin_forms import form_data
from tests.factories import PDF, make_area, make_publication
from tests.languages.test_history import take_back
from tests.wirportal.test_serve import fetch, free_port, serving
from tests.wirportal.writers import errors, make_writers, numbers

SAVES = int(os.environ.get("SAVES") or 60)
SECONDS = int(os.environ.get("SECONDS") or 4)
READERS = 200


def query(data, statement):
    with closing(sqlite3.connect(data / "wir.sqlite3")) as connection:
        return connection.execute(statement).fetchall()


@contextmanager
def in_threads(tasks):
    """Run the tasks meanwhile; then raise what they raised."""
    with ThreadPoolExecutor(len(tasks)) as pool:
        running = [pool.submit(task) for task in tasks]
        yield lambda: not all(task.done() for task in running)
        for task in running:
            task.result()


def workers(server):
    command = ["ps", "-A", "-o", "ppid=", "-o", "pid="]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    pairs = [tuple(map(int, line.split())) for line in said.splitlines()]
    return [pid for parent, pid in pairs if parent == server.pid]


def test_killed_processes_lose_and_tear_nothing_that_was_saved(data):
    port, chance = free_port(), random.Random(7)
    with serving(data, port):
        writers = make_writers(data, port, 6)
    rounds = range(1, SAVES // len(writers) + 1)
    tasks = [lambda writer=writer: [writer.insist(n) for n in rounds] for writer in writers]
    number = max(8, SAVES // 15)
    kills = [SAVES * 0.9 * place / number for place in range(number)]
    with in_threads(tasks) as are_working:
        while are_working():
            with serving(data, port) as server:
                kill_now_and_then(server, kills, chance, are_working, writers)
    assert not kills
    assert query(data, "PRAGMA integrity_check") == [("ok",)]
    for writer in writers:
        page = f"FROM programme_page WHERE id = {writer.page}"
        title, text = query(data, f"SELECT title_de, body_de {page}")[0]
        assert numbers(title) == numbers(text) == [rounds[-1]]
        past = f"FROM programme_historicalpage WHERE id = {writer.page}"
        versions = query(data, f"SELECT title_de, body_de {past}")
        assert all(numbers(title) == numbers(text) for title, text in versions)
        assert {numbers(title)[0] for title, _text in versions} >= set(rounds)


def kill_now_and_then(server, kills, chance, are_working, writers):
    """Kill a worker as soon as so much is saved; one time in four, kill their master and return."""
    while are_working():
        time.sleep(0.005)
        if kills and sum(writer.saved for writer in writers) >= kills[0]:
            kills.pop(0)
            time.sleep(chance.random() / 10)
            if len(kills) % 4 == 2:
                os.kill(server.pid, signal.SIGKILL)
                return
            if alive := workers(server):
                os.kill(chance.choice(alive), signal.SIGKILL)


async def read_on(port, paths, end):
    """Ask for one page after the other, over a connection that is kept; return the statuses."""
    statuses, is_old = [], False
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for path in paths:
        if time.monotonic() > end:
            break
        request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
        try:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            # The server may end a connection that is kept, but only between two answers.
            assert is_old, error
            assert not getattr(error, "partial", b""), error
            is_old = False
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            continue
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        await reader.readexactly(int(length))
        statuses.append(int(head.split()[1]))
        if b"connection: close" in head.lower():
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        is_old = b"connection: close" not in head.lower()
    writer.close()
    return statuses


async def read_side_by_side(port, addresses, end):
    readers = [
        read_on(port, cycle(addresses[number % 7 :] + addresses[: number % 7]), end)
        for number in range(READERS)
    ]
    return [status for statuses in await asyncio.gather(*readers) for status in statuses]


def write_until(writer, end):
    for number in count(1):
        if time.monotonic() > end:
            return
        status, _headers, text = writer.write(number)
        assert (status, writer.saved) == (302, number), errors(text)


def test_many_readers_and_writers_all_get_their_answer(data):
    port = free_port()
    with serving(data, port, WEB_CONCURRENCY=4) as server:
        writers = make_writers(data, port, 8)
        addresses = [f"/de/seite-{number}/" for number in range(8)]
        addresses += ["/de/", "/ar/kontakte/", "/de/angebote/", "/sitemap.xml"]
        end = time.monotonic() + SECONDS
        tasks = [lambda writer=writer: write_until(writer, end) for writer in writers]
        statuses = []
        tasks.append(lambda: statuses.extend(asyncio.run(read_side_by_side(port, addresses, end))))
        with in_threads(tasks):  # the readers too: a browser test may have its loop in this one
            pass
        assert set(statuses) == {200}
        assert len(statuses) > READERS
        for number, writer in enumerate(writers):
            assert writer.saved
            assert numbers(fetch(port, f"/de/seite-{number}/"))[0] == writer.saved
    assert "locked" not in server.output
    assert "Traceback" not in server.output


def content(paper):
    paper.refresh_from_db()
    with paper.file.open() as file:
        return file.read()


def test_a_replaced_pdf_comes_back(staff_client, db):
    paper = make_publication(area=make_area(), file=SimpleUploadedFile("old.pdf", PDF))
    change = reverse("admin:programme_publication_change", args=[paper.pk])
    new = SimpleUploadedFile("new.pdf", PDF + b"% new\n%%EOF\n")
    data = form_data(staff_client, change, file=new)
    assert staff_client.post(change, data).status_code == 302
    assert content(paper) != PDF
    take_back(staff_client, paper, "file")
    assert content(paper) == PDF
