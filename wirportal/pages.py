"""A rendered page as the page store keeps it: its headers, its bodies, and how long it is true."""

import gzip
import json
import re
import zlib
from functools import lru_cache
from hashlib import sha256
from wsgiref.headers import Headers

import brotli

SMALLEST = 200  # bytes; below that, compression adds more than it takes away
TYPES = ("text/", "application/json", "application/xml", "image/svg+xml")
#: For those who write templates; no kept page has a <pre> or a <textarea>. 170 bytes of Brotli.
INDENTATION = re.compile(rb"\s*\n\s*")
#: What an answer without a body says (RFC 9110, 15.4.5): the reader has kept the rest.
SAID_AGAIN = {"Cache-Control", "ETag", "Vary", "Cache-Status", "Age"}
#: What each page takes in memory besides its bodies: names, headers, objects. In bytes, measured.
OVERHEAD = 4000


def compress(body, encoding, *, for_keeps=False):
    """Compress a body; what is kept is made small once (10 ms), the rest is made fast (1 ms)."""
    if encoding == "br":
        return brotli.compress(body, quality=10 if for_keeps else 5)
    return gzip.compress(body, 9 if for_keeps else 6, mtime=0)


def accepted_encoding(header):
    """Return "br", "gzip" or "" for an Accept-Encoding header; q=0 refuses one."""
    return _accepted_encoding(header) if len(header) < 200 else ""


@lru_cache(maxsize=500)
def _accepted_encoding(header):
    parts = (part.replace(" ", "").lower().partition(";q=") for part in header.split(","))
    accepted = {name for name, _, weight in parts if weight.strip("0.") or not weight}
    return next((name for name in ("br", "gzip") if name in accepted), "")


class Page:
    """One answer.

    `bodies`: {"br", "gzip" or "" for plain: bytes}; the others are made when they are asked for
    `version`: of the content and the software that it was rendered from
    `made`, `expires`: in seconds since 1970
    """

    def __init__(self, status, headers, bodies, version="", made=0, expires=0):
        self.status, self.headers, self.bodies = status, headers, bodies
        self.version, self.made, self.expires = version, made, expires
        named = Headers(list(headers))
        self.etag = named["ETag"]
        self.is_compressed = "Accept-Encoding" in (named["Vary"] or "")
        is_html = (named["Content-Type"] or "").startswith("text/html")
        # By people, and no page whose address is a secret that stands in no table.
        is_secret = "no-store" in (named["Cache-Control"] or "")
        self.is_read = is_html and status.startswith("200") and not is_secret
        self.unchanged = [header for header in headers if header[0] in SAID_AGAIN]
        self.answers = {}

    @classmethod
    def rendered(cls, status, headers, body, **times):
        """Make a page of an answer of Django's."""
        headers = Headers(headers)
        del headers["Content-Length"]
        del headers["Expires"]
        kind = headers["Content-Type"] or ""
        if len(body) >= SMALLEST and kind.startswith(TYPES) and "Content-Encoding" not in headers:
            headers["Vary"] = ", ".join(filter(None, [headers["Vary"], "Accept-Encoding"]))
        if status.startswith("200"):
            # Weak: RFC 9110 asks for that where the same page has different bytes.
            headers.setdefault("ETag", f'W/"{sha256(body).hexdigest()[:20]}"')
        return cls(status, headers.items(), {"": body}, **times)

    def compress(self):
        """Make all bodies now; the plain one can be had back from gzip and is not kept."""
        if self.is_compressed and "" in self.bodies:
            plain = self.bodies.pop("")
            if self.is_read:
                plain = INDENTATION.sub(b"\n", plain)
            for encoding in ("br", "gzip"):
                self.bodies[encoding] = compress(plain, encoding, for_keeps=True)
        self.answers.clear()

    def body(self, encoding):
        if encoding in self.bodies:
            return self.bodies[encoding]
        if encoding:
            return compress(self.bodies[""], encoding)
        return gzip.decompress(self.bodies["gzip"])

    def answer(self, encoding):
        """Return (headers, body) for a reader who accepts this encoding ("" for none)."""
        encoding = encoding if self.is_compressed else ""
        if encoding in self.answers:
            return self.answers[encoding]
        body = self.body(encoding)
        headers = [*self.headers, ("Content-Length", str(len(body)))]
        if encoding:
            headers.append(("Content-Encoding", encoding))
        if encoding in self.bodies:
            self.answers[encoding] = headers, body
        return headers, body

    def is_known(self, if_none_match):
        """Tell whether the reader has this page: an If-None-Match header is a list of ETags."""
        if not (self.etag and if_none_match):
            return False
        return self.etag.removeprefix("W/") in if_none_match or if_none_match.strip() == "*"

    @property
    def size(self):
        return sum(map(len, self.bodies.values())) + OVERHEAD

    def to_bytes(self, address):
        """Return what a file holds: a checksum of the rest, a line of JSON, the bodies."""
        head = {
            "address": address,
            "status": self.status,
            "headers": self.headers,
            "version": self.version,
            "made": self.made,
            "expires": self.expires,
            "lengths": {encoding: len(body) for encoding, body in self.bodies.items()},
        }
        rest = b"\n".join([json.dumps(head).encode(), b"".join(self.bodies.values())])
        return b"%d\n%b" % (zlib.crc32(rest), rest)

    @classmethod
    def from_bytes(cls, data, address):
        """Return the page, or None for a file that is torn or of another address."""
        checksum, _newline, rest = data.partition(b"\n")
        line, _newline, content = rest.partition(b"\n")
        try:
            if int(checksum) != zlib.crc32(rest):
                return None
            head = json.loads(line)
            if head["address"] != address:
                return None
            bodies, start = {}, 0
            for encoding, length in head["lengths"].items():
                bodies[encoding] = content[start : start + length]
                start += length
            headers = [tuple(header) for header in head["headers"]]
            times = (head[name] for name in ("version", "made", "expires"))
            return cls(head["status"], headers, bodies, *times)
        except (ValueError, KeyError, TypeError):
            return None
