"""Collecting: a page that is asked for with a shortlist (`?z=…`) passes it on.

Kept pages are the same for everyone and know no list. With one in its address, a page is made for
this reader: all its links and search forms carry the list, and what is shown can be put on it.
"""

import re
from urllib.parse import quote, urlencode

from django.utils.cache import patch_cache_control

from languages.registry import REGISTRY

from .shortlist import Shortlist

LANGUAGES = "|".join(REGISTRY)
#: A link to a page of the site, or to the same page with other parameters.
LINK = re.compile(rf'href="((?:/(?:{LANGUAGES})/(?:[^"?#]*/)?)?)((?:\?[^"#]*)?)((?:#[^"]*)?)"')
SEARCH = re.compile(r'<form\b[^>]*\bmethod="get"[^>]*>')
#: Pages of one entry, and the lists that lead there.
ENTRY = re.compile(r"/[\w-]+/(?:angebote|kontakte)/[\w-]")
LIST = re.compile(r"(?:angebote|kontakte|partner)/[^#\s]{0,300}")
OVERVIEW = "angebote/"
CARRIED = ("z", "von")


def carry_shortlist(get_response):
    """Middleware: do all that for the addresses that carry a shortlist."""

    def middleware(request):
        if "z" not in request.GET or not request.language:
            return get_response(request)
        request.shortlist = Shortlist(request.GET)
        response = get_response(request)
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        patch_cache_control(response, private=True, max_age=0)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            response.content = carried(request, response.content.decode()).encode()
        return response

    return middleware


def carried(request, html):
    state, back = request.shortlist.state, list_of(request)
    from_there = "" if back == OVERVIEW else f"&amp;von={quote(back, safe='')}"

    def onward(link):
        path, query, fragment = link.groups()
        if not (path or query) or re.search("[?;]z=", query):
            return link[0]
        more = f"{query}&amp;" if query.strip("?") else "?"
        more += f"z={state}" + (from_there if ENTRY.match(path or request.path) else "")
        return f'href="{path}{more}{fragment}"'

    field = f'<input type="hidden" name="z" value="{state}">'
    return SEARCH.sub(rf"\g<0>{field}", LINK.sub(onward, html))


def list_of(request):
    """Return the list on which the reader collects: its address after the language."""
    page = request.path.partition("/")[2].partition("/")[2]
    if ENTRY.match(request.path):
        page = request.GET.get("von", "")
    elif others := {name: value for name, value in request.GET.items() if name not in CARRIED}:
        page += f"?{urlencode(others)}"
    return page if LIST.fullmatch(page) else OVERVIEW
