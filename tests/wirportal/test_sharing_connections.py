"""Connections are left to other workers only where one takes them, and only as long as it helps."""

import os
import signal
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


@contextmanager
def held(tmp_path, port):
    """Hold a connection, whose answer waits until the end."""
    with connections(port, 1) as (client,):
        send(client, "/wait")
        while not list(tmp_path.glob("waiting*")):
            time.sleep(0.01)
        yield
        (tmp_path / "go").touch()
        assert body(client) == b"ok"


def number(client, path):
    send(client, path)
    return int(body(client))


def ask_once(port, path):
    with connections(port, 1) as (client,):
        send(client, path, "Connection: close")
        return body(client)


def test_a_worker_that_is_about_to_end_is_not_counted(tmp_path):
    with serving(tmp_path) as port, held(tmp_path, port):
        (ending,) = wait_until_answered_by(1, port)
        os.kill(int(ask_once(port, "/parent")), signal.SIGHUP)  # start anew
        while wait_until_answered_by(1, port) == {ending}:
            time.sleep(0.1)
        with connections(port, 3) as clients:
            assert ending not in who_answers(clients)
            until = time.monotonic() + 30
            while (fewest := number(clients[0], "/fewest")) != 3 and time.monotonic() < until:
                time.sleep(0.1)  # until the worker has noticed who hung up
        assert fewest == 3


@contextmanager
def another_holds_none(tmp_path, also):
    """Start two workers: one stands still and holds no connection, the other holds one."""
    with serving(tmp_path, workers=2, also=also) as port:
        standing, _other = wait_until_answered_by(2, port)
        time.sleep(0.2)  # until both have noticed who hung up
        os.kill(standing, signal.SIGSTOP)
        try:
            with held(tmp_path, port):
                yield port
        finally:
            os.kill(standing, signal.SIGCONT)


def test_a_worker_late_for_a_connection_it_has_left_does_not_leave_it_again(tmp_path):
    always_late = "worker.MOMENT = 0; tally.RECENT = 600"
    with another_holds_none(tmp_path, always_late) as port:
        assert ask(port) == b"ok"


def test_connections_that_end_with_their_answer_are_not_left_to_others(tmp_path):
    with another_holds_none(tmp_path, "tally.RECENT = 600") as port:
        assert ask_once(port, "/patient") == b"ok"  # what is left from now on, is left for long
        time.sleep(0.2)  # until the worker has noticed that it has ended
        for _again in range(3):
            assert ask_once(port, "/") == b"ok"
