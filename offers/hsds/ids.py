"""Identifiers. Offers, organisations, topics and target groups have their own; the rest is here."""

from functools import lru_cache
from hashlib import sha256
from urllib.parse import urlsplit
from uuid import UUID, uuid5

from django.conf import settings

NUMBER = (1 << 62) - 1


@lru_cache(maxsize=16)
def beginning(kind):
    """Return the 60 bits that this kind of thing has on this site, under http as under https."""
    name = f"{urlsplit(settings.SITE_URL).hostname}/{kind}"
    return int.from_bytes(sha256(name.encode()).digest()[:8], "big") >> 4


def numbered(kind, pk):
    """Return a UUID (RFC 9562, version 8) that the number of the row can be read from."""
    head = beginning(kind)
    version, variant = 8 << 76, 2 << 62
    return UUID(int=(head >> 12) << 80 | version | (head & 0xFFF) << 64 | variant | pk)


def number_of(kind, uuid):
    """Return the number of the row; None for the identifier of something else."""
    number = uuid.int & NUMBER
    return number if numbered(kind, number) == uuid else None


def part(uuid, *names):
    """Return the identifier of something that belongs to one object only."""
    return uuid5(uuid, " ".join(map(str, names)))
