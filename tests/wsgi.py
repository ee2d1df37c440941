"""Requests to a WSGI application: what stands in front of Django is asked as a server asks it."""

import gzip
from dataclasses import dataclass
from wsgiref.headers import Headers
from wsgiref.validate import validator

import brotli
from django.test import RequestFactory


@dataclass
class Answer:
    status: int
    headers: Headers
    content: bytes

    @property
    def text(self):
        return self.decoded.decode()

    @property
    def decoded(self):
        decode = {"br": brotli.decompress, "gzip": gzip.decompress}
        return decode.get(self.headers["Content-Encoding"], bytes)(self.content)


def ask(application, path, method="GET", **headers):
    """Send one request; headers are named like HTTP_ACCEPT, without the HTTP_."""
    environ = RequestFactory().generic(method, path).environ
    environ |= {f"HTTP_{name.upper()}": value for name, value in headers.items()}
    environ.setdefault("HTTP_HOST", "testserver")
    environ["HTTP_COOKIE"] = headers.get("cookie", "")
    answer = []
    body = validator(application)(environ, lambda *arguments: answer.extend(arguments))
    try:
        content = b"".join(body)
    finally:
        body.close()
    return Answer(int(answer[0][:3]), Headers(answer[1]), content)
