"""Connections are left to other workers only where one takes them, and only as long as it helps."""

import os
import signal
import threading
import time
from contextlib import contextmanager

from tests.wirportal.test_worker import (
    ask,
    body,
    connections,
    send,
    serving,
    wait_until_answered_by,
    who_answers,
)


def test_a_worker_that_is_about_to_end_is_not_counted(tmp_path):
    with serving(tmp_path) as port, connections(port, 1) as (waiting,):
        (ending,) = wait_until_answered_by(1, port)
        parent = ask_number(waiting, "/parent")
        send(waiting, "/wait")
        while not list(tmp_path.glob("waiting*")):
            time.sleep(0.01)
        os.kill(parent, signal.SIGHUP)  # start anew
        while wait_until_answered_by(1, port) == {ending}:
            time.sleep(0.1)
        with connections(port, 3) as clients:
            assert ending not in who_answers(clients)
            until = time.monotonic() + 2
            while (fewest := ask_number(clients[0], "/fewest")) != 3 and time.monotonic() < until:
                time.sleep(0.1)  # until the worker has noticed who hung up
        (tmp_path / "go").touch()
        assert body(waiting) == b"ok"
        assert fewest == 3


def ask_number(client, path):
    send(client, path)
    return int(body(client))


@contextmanager
def another_standing_still(tmp_path, **options):
    """Start two workers: one holds three connections, the other none and stands still."""
    with serving(tmp_path, workers=2, **options) as port:
        standing, other = wait_until_answered_by(2, port)
        time.sleep(0.2)  # until both have noticed who hung up
        os.kill(standing, signal.SIGSTOP)
        try:
            with connections(port, 3) as clients:
                assert set(who_answers(clients)) == {other}
                yield port, clients
        finally:
            os.kill(standing, signal.SIGCONT)


def test_a_worker_late_for_a_connection_it_has_left_does_not_leave_it_again(tmp_path):
    with another_standing_still(tmp_path) as (port, clients):
        done = threading.Event()
        busy = [threading.Thread(target=keep_busy, args=(client, done)) for client in clients]
        for thread in busy:
            thread.start()
        start = time.monotonic()
        ask(port)
        took = time.monotonic() - start
        done.set()
        for thread in busy:
            thread.join()
    assert took < 1


def keep_busy(client, done):
    while not done.is_set():
        send(client, "/slow")
        body(client)


def test_connections_that_end_with_their_answer_are_not_left_to_others(tmp_path):
    with another_standing_still(tmp_path, moment=0.5) as (port, _clients):
        ask_once(port)
        time.sleep(0.1)  # until the worker has noticed
        start = time.monotonic()
        for _again in range(3):
            ask_once(port)
        assert time.monotonic() - start < 0.5


def ask_once(port):
    with connections(port, 1) as (client,):
        send(client, "/", "Connection: close")
        assert body(client) == b"ok"
