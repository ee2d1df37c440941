"""The pages as files in DATA_DIR/pages: all workers share them, and they outlive a restart."""

import contextlib
import fcntl
import logging
import os
import secrets
import threading
from hashlib import sha256
from pathlib import Path

from .pages import Page

logger = logging.getLogger(__name__)

PROCESSES = 8  # that write at the same time; with more, there may be a little more than the limit


class PageFiles:
    """At most `limit` bytes; the pages that nobody asked for go first.

    A file appears whole or not at all. A full or broken disk costs the copies, never an answer.
    """

    def __init__(self, folder, limit):
        self.folder = Path(folder)
        #: So much a process writes before it looks through the folder.
        self.stride = max(limit // 40, 1)
        #: So much stays then: nobody knows what the others have written meanwhile.
        self.room = limit - PROCESSES * self.stride
        self.written = self.stride  # the first page looks, too: the limit may be a new one
        self.counting = threading.Lock()
        self.is_failing = False

    def path(self, address):
        name = sha256(address.encode()).hexdigest()
        return self.folder / name[:2] / name[2:40]

    def read(self, address):
        path = self.path(address)
        try:
            page = Page.from_bytes(path.read_bytes(), address)
            os.utime(path)  # asked for now; see `prune`
        except OSError:
            return None
        return page

    def write(self, address, page):
        data = page.to_bytes(address)
        path = self.path(address)
        new = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                new.write_bytes(data)
                new.replace(path)
            except OSError:
                new.unlink(missing_ok=True)
                raise
        except OSError as error:
            if not self.is_failing:
                logger.error("Pages cannot be kept in %s: %s", self.folder, error.strerror)
            self.is_failing = True
            return
        self.is_failing = False
        self.count(len(data))

    def delete(self, address):
        with contextlib.suppress(OSError):
            self.path(address).unlink()

    def count(self, written):
        with self.counting:
            self.written += written
            if self.written < self.stride:
                return
            self.written = 0
        self.prune()

    def prune(self):
        """Delete the pages that were not asked for the longest, until the rest fits."""
        with contextlib.suppress(OSError), (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # one process is enough
            found = sorted(self.files())
            excess = sum(size for _used, size, _path in found) - self.room
            for _used, size, path in found:
                if excess <= 0:
                    break
                path.unlink(missing_ok=True)
                excess -= size

    def files(self):
        """Yield (last use, bytes, path) of each file; half-written ones of a killed process too."""
        for path in self.folder.glob("??/*"):
            with contextlib.suppress(FileNotFoundError):
                state = path.stat()
                yield state.st_mtime, state.st_size, path
