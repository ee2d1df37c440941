"""Requests that nobody means well with, made by chance: the same ones for the same seed."""

import io
import sys
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

METHODS = [*["GET"] * 10, *["POST"] * 6, "HEAD", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"]
METHODS += ["TRACE", "PROPFIND", "FOO"]
#: As bytes in an address or a form, percent-encoded or not.
TEXTS = [
    *(
        "",
        "%00",
        "a%00b",
        "%ff",
        "%c0%af",
        "%ed%a0%80",
        "%f4%90%80%80",
        "%0d%0aX:%20y",
        "%e2%80%ae",
    ),
    *(
        "..",
        "../../etc/passwd",
        "..%2f..%2fsecret_key",
        "%5c%5cevil",
        "//evil.example",
        "\\",
        "%2500",
    ),
    *("-1", "0", "1", "99999999999999999999", "1e9", "%d9%a1", "NaN", "1.5", "_00", "__class__"),
    *("'", '"', "%27%20OR%201=1--", "<script>alert(1)</script>", "{{7*7}}", "${jndi:ldap://x}"),
    *("[", "(" * 50, "%", "%%", "%zz", "+", "*", "null", "true", "de", "ar", "wohnen", "x" * 900),
    *(
        "2026-13-45",
        "0001-01-01",
        "9999-12-31T23:59",
        "24:00",
        "\t",
        "😀",
        "é",
        "&&&===",
        "a[]",
        "#",
    ),
]
PARAMETERS = [
    *("q", "thema", "ort", "gruppe", "sprache", "art", "seite", "zweisprachig", "teil", "o", "p"),
    *("all", "e", "id__exact", "title_de__icontains", "title_de__regex", "_popup", "_to_field"),
    *("organisation__id__exact", "published__exact", "verified_on__year", "next", "format", "term"),
    *("ansicht", "landkreis", "status", "model", "alter", "_changelist_filters", "app_label"),
    *("page", "per_page", "full", "minimal", "modified_after", "search", "taxonomy_term_id"),
    *("organization_id", "language", "full_service", "postcode", "proximity", "parent_id"),
    *("z", "dazu", "weg", "hoch", "runter", "blatt"),
    *("model_name", "field_name", "%ff", "a%00", "", "topics", "organisation", "user__username"),
]
FIELDS = [
    *("csrfmiddlewaretoken", "username", "password", "login", "next", "action", "index", "_opened"),
    *(
        "_selected_action",
        "select_across",
        "title_de",
        "slug",
        "summary_de",
        "phone",
        "email",
        "web",
    ),
    *("undo", "restore", "text", "opened", "german", "token", "seen", "write", "store", "_save"),
    *("hours-TOTAL_FORMS", "hours-INITIAL_FORMS", "hours-0-id", "hours-0-opens", "places-0-city"),
    *(
        "form-TOTAL_FORMS",
        "form-INITIAL_FORMS",
        "form-0-id",
        "post",
        "code",
        "topics",
        "first_name",
    ),
]
ACTIONS = ["delete_selected", "publish", "verify", "close", "reset_second_factor", "undo", "on"]
FILES = ["file", "photo", "video", "captions", "x"]
NAMES = ['a.pdf"', "../../a.jpg", "a%00.mp4", "C:\\x.po", "😀.xlsx", "", "x" * 300, "a.jpg.php"]
CONTENTS = [
    "",
    "%PDF-1.7",
    "<html><script>",
    "\xff\xd8\xff\xe0",
    "PK\x03\x04",
    'msgid ""\n',
    "GIF89a",
]
TYPES = [
    *["application/x-www-form-urlencoded"] * 4,
    *["multipart/form-data; boundary=b"] * 4,
    *("application/json", "text/html; charset=xyz", "text/plain; charset*=xyz''a", "", "x"),
    *("multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=ü"),
    *("multipart/form-data; boundary=" + "b" * 300, "multipart/form-data; boundary*=x''b"),
    *("application/x-www-form-urlencoded; charset=utf-16", "text/html; charset=undefined"),
]
HEADERS = {
    "Accept-Language": ["ar", "de;q=x", "a," * 2000, "*;q=0", "zh-Hant;q=1e99", "\xff", "x-y-z"],
    "Accept-Encoding": ["br", "gzip;q=0", "*;q=", "x," * 1500, "\xff", "br;q=nan, gzip;q=-1"],
    "If-None-Match": ["*", '"', 'W/"x", ' * 400, "\xff", '"a"b"'],
    "If-Modified-Since": ["x", "Mon, 99 Foo 9999 99:99:99 GMT", "Sat, 01 Jan 0000 00:00:00 GMT"],
    "Range": [
        "bytes=0-",
        "bytes=-5",
        "bytes=9-2",
        "bytes=0-9999999999999999999",
        "x=1",
        "bytes=\xb2-",
    ],
    "X-Forwarded-For": ["\xff", "1.2.3.4, x", "::1%eth0", "," * 500],
    "X-Forwarded-Proto": ["https", "x", "https,http"],
    "X-Forwarded-Host": ["evil.example"],
    "Referer": ["http://[", "//evil.example", "\xff"],
    "Origin": ["null", "http://[", "https://evil.example", "\xff"],
    "User-Agent": ["", "\xff\xfe", "x" * 5000],
    "X-HTTP-Method-Override": ["DELETE"],
    "Expect": ["x"],
    "Forwarded": ["for=\xff;host=evil"],
}
COOKIES = ["", 'session="', "session=\xff", 'session="\\000"', 'csrf="\\777"', "a=b; " * 700]
COOKIES += ["session=x", "csrf=x", "messages=x:y", 'messages="[[\\054"', "device=\xff:a:b", "=;=;;"]
HOSTS = ["evil.example", "a b", "", "testserver:x", "[::1", "\xff", "testserver:99999", "a" * 300]


@dataclass
class Hostile:
    method: str
    target: str
    headers: list = field(default_factory=list)
    body: bytes = b""

    def raw(self, host):
        """Return what goes over the wire."""
        headers = [("Host", host), *self.headers, ("Connection", "close")]
        lines = [
            f"{self.method} {self.target} HTTP/1.1",
            *(f"{n}: {v}" for n, v in headers),
            "",
            "",
        ]
        return "\r\n".join(lines).encode("latin-1", "replace") + self.body

    def environ(self, host):
        """Return what the server makes of it."""
        path, _, query = self.target.partition("?")
        environ = {
            "REQUEST_METHOD": self.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path.encode()).decode("latin-1"),
            "QUERY_STRING": query.encode().decode("latin-1"),
            "REMOTE_ADDR": "127.0.0.1",
            "SERVER_NAME": "testserver",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": host,
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(self.body),
            "wsgi.errors": sys.stderr,
        }
        for name, value in self.headers:
            key = name.upper().replace("-", "_")
            key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
            environ[key] = value.encode().decode("latin-1")
        return environ


def mutated(chance, path):
    """Change an address in one place, or leave it as it is."""
    segments = path.split("/")
    number = chance.randrange(1, len(segments)) if len(segments) > 1 else 0
    text = chance.choice(TEXTS).replace("?", "").replace(" ", "%20").replace("\t", "%09")
    kind = chance.randrange(8)
    if kind < 3:
        return path
    if kind == 3:
        segments[number] = text
    elif kind == 4:
        segments.insert(number, text)
    elif kind == 5:
        segments[number] += text
    elif kind == 6:
        del segments[number]
    else:
        segments[number] = segments[number].upper()
    return "/" + "/".join(segments).removeprefix("/")


def pairs(chance, names, most=4):
    chosen = [(chance.choice(names), chance.choice(TEXTS)) for _ in range(chance.randrange(most))]
    return (
        "&".join(f"{name}={text}" for name, text in chosen).replace(" ", "+").replace("\t", "%09")
    )


def form(chance, csrf):
    """Return a body with fields that the site knows, and what their values must not be."""
    values = [(chance.choice(FIELDS), chance.choice(TEXTS)) for _ in range(chance.randrange(6))]
    values += [("csrfmiddlewaretoken", csrf)] * (chance.random() < 0.9)
    values += [
        ("action", chance.choice(ACTIONS)),
        ("_selected_action", chance.choice(["0", "1", "x"])),
    ]
    return values


def multipart(chance, values):
    parts = [f'Content-Disposition: form-data; name="{n}"\r\n\r\n{v}' for n, v in values]
    for name in chance.sample(FILES, 2):
        head = f'form-data; name="{name}"; filename="{chance.choice(NAMES)}"'
        kind = chance.choice(["image/jpeg", "text/html; charset=xyz", "x", "image/png; a*=x''b"])
        head += f"\r\nContent-Type: {kind}"
        if chance.random() < 0.2:
            head += "\r\nContent-Transfer-Encoding: base64"
        parts.append(f"Content-Disposition: {head}\r\n\r\n{chance.choice(CONTENTS)}")
    chance.shuffle(parts)
    body = "".join(f"--b\r\n{part}\r\n" for part in parts)
    return body + chance.choice(["--b--\r\n", "--b--\r\n", "--b--\r\n", "--b", ""])


def hostile(chance, paths, cookie, csrf):
    """Make one request; `cookie` is somebody's who is signed in, sent now and then."""
    method, path = chance.choice(METHODS), mutated(chance, chance.choice(paths))
    query = pairs(chance, PARAMETERS) if chance.random() < 0.6 else ""
    names = chance.sample([*HEADERS], chance.randrange(3))
    headers = [(name, chance.choice(HEADERS[name])) for name in names]
    headers.append(("Cookie", cookie if chance.random() < 0.8 else chance.choice(COOKIES)))
    body = b""
    if method not in ("GET", "HEAD") or chance.random() < 0.05:
        kind, values = chance.choice(TYPES), form(chance, csrf)
        if kind.startswith("multipart"):
            body = multipart(chance, values).encode()
        else:
            body = "&".join(f"{name}={value}" for name, value in values).encode()
        length = len(body) if chance.random() < 0.95 else chance.choice([0, len(body) // 2])
        headers += [("Content-Type", kind), ("Content-Length", str(length))]
    return Hostile(method, f"{path}?{query}" if query else path, headers, body)
