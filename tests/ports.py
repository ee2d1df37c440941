"""Ports on this machine for the servers that tests start."""

import os
import socket
from contextlib import suppress
from itertools import count

#: Below those that the kernel gives to clients: one of them could be there before the server.
FIRST, LAST, PROCESSES = 20_000, 32_000, 16
#: Each process of pytest-xdist has ports of its own, and other runs begin elsewhere.
process = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % PROCESSES
numbers = count(os.getpid() * 50)


def free_port():
    """Return a port that nobody has; never the same one twice in a run."""
    for number in numbers:
        port = FIRST + (number * PROCESSES + process) % (LAST - FIRST)
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
