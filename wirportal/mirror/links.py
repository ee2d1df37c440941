"""Addresses of the site as files of its static copy, and the links between these files."""

import posixpath
import re
from functools import lru_cache
from hashlib import sha256
from html import escape, unescape
from urllib.parse import quote, urljoin, urlsplit

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from ..middleware import PUBLIC_CSP
from ..pagestore import known_query

#: A start tag; within quotes, ">" is no end.
TAG = re.compile(r"""<[a-zA-Z](?:[^>"']|"[^"]*"|'[^']*')*>""")
LINK = re.compile(
    r"""(\s(?:href|src|action|formaction|poster|data)\s*=\s*)("[^"]*"|'[^']*')""", re.I
)
SRCSET = re.compile(r"""(\s(?:srcset|imagesrcset)\s*=\s*)("[^"]*"|'[^']*')""", re.I)
#: Search engines are told of the site itself, and notes lead there.
STAYS = re.compile(r"""\srel\s*=\s*["']?(?:canonical|alternate|external)\b""", re.I)
FORM = re.compile(r"<form\b.*?</form>", re.I | re.S)
#: Links to each combination of filters: only where somebody combines them.
FURTHER = re.compile(r'<div class="further">.*?</div>', re.S)
ACTION = re.compile(r"""^<form\b[^>]*\saction\s*=\s*["']([^"']*)""", re.I)
ANCHOR = re.compile(r"<a\s.*?</a>", re.I | re.S)
LOCATION = re.compile(r"(?<=<loc>)[^<]+")
CSS_URL = re.compile(r"""url\(\s*["']?([^"')]+)""")
#: A policy in the page cannot forbid to frame it.
POLICY = "; ".join(
    part for part in PUBLIC_CSP.split("; ") if not part.startswith("frame-ancestors")
)


@lru_cache(maxsize=20_000)
def file_of(address):
    """Return where a page lies in the copy: "de/angebote/thema-wohnen.seite-2.html"."""
    path, _, query = address.partition("?")
    folder, _, last = path[1:].rpartition("/")
    stem, _, suffix = last.rpartition(".")
    if query:
        name = name_of(query)
        last = f"{stem}.{name}.{suffix}" if last else f"{name}.html"
    return posixpath.join(folder, last or "index.html")


def name_of(query):
    """Name the parameters; each name is that of one query only."""
    if len(query) <= 150 and re.fullmatch(r"[a-z]+=[\w-]+(&[a-z]+=[\w-]+)*", query, re.ASCII):
        return query.replace("=", "-").replace("&", ".")
    return sha256(query.encode()).hexdigest()[:40]


def address_of(target, page):
    """Return (address, fragment) of a link on a page of this site; None for all other links."""
    target = unescape(target).strip()
    if not target or target.startswith("#"):
        return None
    try:
        # Without its parameters: "?" alone takes all of them away, which urljoin does not know.
        url = urlsplit(urljoin(settings.SITE_URL + page.partition("?")[0], target))
    except ValueError:  # "http://[" in a text
        return None
    if f"{url.scheme}://{url.netloc}" != settings.SITE_URL:
        return None
    query = url.query and known_query(url.path, url.query)
    return (url.path or "/") + (f"?{query}" if query else ""), url.fragment


def address_to(file, page=None):
    """Return the address of a file as seen from a page; without one, from the root."""
    if page is None:
        path = f"/{file}"
    else:
        path = posixpath.relpath(file, posixpath.dirname(file_of(page)) or ".")
    path = quote(re.sub(r"(^|/)index\.html$", r"\1", path)) or "./"
    return path


def relink(html, change):
    """Replace every link of a page by `change(link)`; None leaves one as it is."""

    def link(found):
        new = change(found[2][1:-1])
        return found[0] if new is None else f'{found[1]}"{escape(new)}"'

    def candidates(found):
        parts = [part.split() for part in unescape(found[2][1:-1]).split(",") if part.strip()]
        news = [" ".join([change(address) or address, *size]) for address, *size in parts]
        return f'{found[1]}"{escape(", ".join(news))}"'

    def tag(found):
        if STAYS.search(found[0]):
            return found[0]
        return SRCSET.sub(candidates, LINK.sub(link, found[0]))

    return TAG.sub(tag, html)


def prepared(html, address, code):
    """Return a page as a plain web server can offer it: without forms, with its own policy."""

    def note(found):
        action = ACTION.match(found[0])
        target = address_of(action[1], address) if action else None
        url = settings.SITE_URL + (target[0] if target else address)
        context = {"url": url, "links": ANCHOR.findall(found[0])}
        with translation.override(code):
            return render_to_string("mirror/_no_form.html", context).strip()

    policy = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    html = re.sub(r'(<meta charset="utf-8">)', rf"\1\n    {policy}", html, count=1)
    return FORM.sub(note, FURTHER.sub("", html))
