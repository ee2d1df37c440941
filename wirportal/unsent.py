"""Answers that a slow client does not take at once: they wait here, and hold no thread."""

import errno
import os
import selectors
import socket
import struct
import time
from collections import deque
from contextlib import suppress
from itertools import islice

#: Seconds without a byte taken, then it is over.
PATIENCE = 30
#: Bytes that wait in memory before more is made, besides the first part: that may be a whole page.
MOST = 1_000_000
SEND_BUFFER = 128 * 1024


class Part:
    """Some bytes of an answer."""

    def __init__(self, data):
        self.left = memoryview(data)
        self.memory = len(data)

    def send(self, client):
        self.left = self.left[client.send(self.left, socket.MSG_DONTWAIT) :]
        return not self.left

    def close(self):
        self.left.release()


class FilePart:
    """Some bytes of a file, which the kernel sends by itself."""

    memory = 0

    def __init__(self, file, offset, count):
        self.file, self.offset, self.end = os.dup(file.fileno()), offset, offset + count

    def send(self, client):
        client.setblocking(False)
        try:
            sent = os.sendfile(client.fileno(), self.file, self.offset, self.end - self.offset)
        finally:
            client.setblocking(True)
        self.offset += sent
        return self.offset == self.end or not sent

    def close(self):
        os.close(self.file)


class Unsent:
    """Stands for a client's socket while an answer is made; sending never waits."""

    def __init__(self, client):
        self.client, self.parts, self.deadline = client, deque(), 0
        self.head = None  # gunicorn sends it by itself, and it goes out with what follows

    def __getattr__(self, name):
        return getattr(self.client, name)

    def sendall(self, data):
        if self.head is None:
            self.head = data
            return
        self.wait_for_room()
        self.parts.append(Part(self.head + data))
        self.head = b""
        self.push()

    def flush(self):
        """Send a head that nothing follows."""
        if self.head:
            self.sendall(b"")

    def sendfile(self, file, offset=0, count=None):
        self.flush()
        # Else the kernel takes megabytes for each of them; the file waits just as well on disk.
        self.client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        self.parts.append(FilePart(file, offset, count))
        self.push()

    def push(self):
        """Send what the client takes now; tell whether that was all."""
        try:
            while self.parts:
                self.deadline = time.monotonic() + PATIENCE
                if self.parts[0].send(self.client):
                    self.parts.popleft().close()
        except BlockingIOError:
            return False
        except OSError:
            self.forget()
            raise
        return True

    def wait_for_room(self):
        while sum(part.memory for part in islice(self.parts, 1, None)) > MOST:
            with selectors.DefaultSelector() as selector:
                selector.register(self.client, selectors.EVENT_WRITE)
                is_ready = selector.select(PATIENCE)
            if not is_ready:
                self.break_off()
                raise BrokenPipeError(errno.EPIPE, "The client takes nothing")
            self.push()

    def break_off(self):
        """Let closing be final at once, whatever the client has not taken yet."""
        self.forget()
        self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with suppress(OSError):  # it may be gone by itself
            self.client.shutdown(socket.SHUT_RD)

    def forget(self):
        while self.parts:
            self.parts.popleft().close()
