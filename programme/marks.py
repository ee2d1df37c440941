"""Marks: a few letters that name an object and say what the public knew of it.

"a1f.k3z9" is the kind, the number in base 36, and a checksum of what a reader acts on. Another
checksum later means that something changed; nothing has to be stored for that.
"""

import json
from hashlib import sha256

from django.utils.http import int_to_base36

LETTERS = 4


def key(kind, pk):
    return kind + int_to_base36(pk)


def mark(kind, pk, *facts):
    digest = sha256(json.dumps(facts, default=str).encode()).digest()
    checksum = int.from_bytes(digest[:8]) % 36**LETTERS
    return f"{key(kind, pk)}.{int_to_base36(checksum).zfill(LETTERS)}"
