"""What tests read from a public page."""

import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

from django.conf import settings

NAMESPACES = {
    "s": "http://www.sitemaps.org/schemas/sitemap/0.9",
    "x": "http://www.w3.org/1999/xhtml",
}


class Reading(HTMLParser):
    """The elements of a page, with their attributes and their text."""

    VOID = {"meta", "link", "img", "br", "input", "wbr", "path", "circle", "track"}

    def __init__(self, html):
        super().__init__()
        self.elements = []  # (tag, attributes, [texts])
        self._open = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        element = (tag, dict(attrs), [])
        self.elements.append(element)
        if tag not in self.VOID:
            self._open.append(element)

    def handle_endtag(self, tag):
        while self._open:
            if self._open.pop()[0] == tag:
                return

    def handle_data(self, data):
        for _tag, _attributes, texts in self._open:
            texts.append(data)

    def all(self, tag, **wanted):
        return [
            (attributes, " ".join("".join(texts).split()))
            for name, attributes, texts in self.elements
            if name == tag and all(attributes.get(key) == value for key, value in wanted.items())
        ]

    def one(self, tag, **wanted):
        found = self.all(tag, **wanted)
        assert len(found) == 1, f"{len(found)} × <{tag} {wanted}>"
        return found[0]


def read(client, path, **kwargs):
    response = client.get(path, **kwargs)
    assert response.status_code == 200, f"{path}: {response.status_code}"
    return Reading(response.content.decode())


def sitemap(client):
    """Return {path: {hreflang: address}} of all pages in the sitemap."""
    root = ElementTree.fromstring(client.get("/sitemap.xml").content)
    return {
        url.find("s:loc", NAMESPACES).text.removeprefix(settings.SITE_URL): {
            link.get("hreflang"): link.get("href") for link in url.findall("x:link", NAMESPACES)
        }
        for url in root.findall("s:url", NAMESPACES)
    }
