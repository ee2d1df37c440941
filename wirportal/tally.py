"""How many connections each worker of a server holds: memory that the workers share."""

import mmap
import struct
import time

SLOT = struct.Struct("=di")  # when it was written, by a clock of the whole machine; connections
SLOTS = 128  # twice as many as workers are allowed, so that a new one seldom meets an old one
RECENT = 3  # seconds; a worker writes at least once a second, unless it is stopped or gone


class Tally:
    """Made before the workers are, which then write in a slot each.

    Nothing is locked: a count read too early costs a moment, not a request.
    """

    def __init__(self):
        self.memory = mmap.mmap(-1, SLOT.size * SLOTS)

    def write(self, number, held):
        SLOT.pack_into(self.memory, number % SLOTS * SLOT.size, time.monotonic(), held)

    def forget(self, number):
        SLOT.pack_into(self.memory, number % SLOTS * SLOT.size, 0, 0)

    def fewest(self):
        """Return the fewest connections that a living worker holds."""
        since = time.monotonic() - RECENT
        slots = SLOT.iter_unpack(self.memory[:])
        return min((held for written, held in slots if written > since), default=0)
