"""Render the public pages before anybody asks for them: `manage.py warm`."""

import re
from itertools import chain

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from contacts.message_views import PAGES
from contacts.models import ContactPerson
from languages.registry import SOURCE
from offers.models import Kind, Offer, Organisation, Topic
from offers.overview import overview
from offers.views import PAGE_SIZE
from programme.models import Area, Page

from .visitor import Visitor, has_failed

#: What belongs to a page and is asked for together with it; open data is never kept.
ATTACHED = re.compile(
    rb'(?:(?:href|src)="|<loc>https?://[^/<]+)'
    rb'(?!/api/)(/[\w-]+/[^"<]+\.(?:vcf|svg|ics)|/sitemap\.xml\?teil=\d+)["<]'
)


def in_order():
    """Return groups of addresses after the language, the most important first."""
    with translation.override(SOURCE):
        offers, partners = reverse("offer-list"), reverse("organisation-list")
        lists = list(overview().masks.items())
        numbers = {f"{offers}?{name}={value}": mask.bit_count() for (name, value), mask in lists}
        organisations = Organisation.objects.published()
        kinds = [f"{partners}?art={kind}" for kind in Kind.values]
        counts = [organisations.filter(kind=kind).count() for kind in Kind.values]
        groups = [
            [reverse("home")],
            addresses("area", Area),
            [reverse("contact-list"), *addresses("contact", ContactPerson)],
            [*addresses("page", Page, without=PAGES), reverse("contents"), reverse("open-data")],
            [offers, f"{offers}?seite=1", *(t.get_absolute_url() for t in Topic.objects.all())],
            [partners, *addresses("organisation", Organisation)],
            addresses("offer", Offer),
            [
                *(a for a, number in numbers.items() if number and "?thema=" not in a),
                *(address for address, number in zip(kinds, counts, strict=True) if number),
                *further(f"{offers}?", overview().everything.bit_count()),
                *further(f"{partners}?", organisations.count()),
                *chain.from_iterable(further(f"{a}&", number) for a, number in numbers.items()),
                *chain.from_iterable(map(further, (f"{kind}&" for kind in kinds), counts)),
            ],
        ]
    return [[address.removeprefix(f"/{SOURCE}/") for address in group] for group in groups]


def addresses(name, model, without=()):
    """Return where the objects of a model are; a page with a form is never kept."""
    slugs = model.objects.published().exclude(slug__in=without).values_list("slug", flat=True)
    return [reverse(name, args=[slug]) for slug in slugs]


def further(address, total):
    """Return the second and all other pages of a list."""
    return [f"{address}seite={page}" for page in range(2, -(-total // PAGE_SIZE) + 1)]


class Warming:
    def __init__(self, codes):
        self.codes, self.groups = codes, in_order()
        self.visitor, self.done, self.failed = Visitor(), 0, []
        self.used = self.largest = self.good = self.rendered = 0
        files = self.visitor.store.files
        #: What the page store leaves in place when it tidies up.
        self.room = files.room

    @property
    def total(self):
        return sum(map(len, self.groups)) * len(self.codes) + len(self.of_no_language)

    of_no_language = ("/robots.txt", "/.well-known/security.txt", "/sitemap.xml")

    def addresses(self):
        for group in self.groups:
            for code in self.codes:
                yield from (f"/{code}/{path}" for path in group)
        yield from self.of_no_language

    def run(self, show):
        """Ask for all pages until there is no more room; True when all of them fit."""
        for address in self.addresses():
            if not self.has_room:
                return False
            body = self.ask(address)
            for attached in set(ATTACHED.findall(body)):
                if self.has_room and not attached.startswith(settings.STATIC_URL.encode()):
                    self.ask(attached.decode())
            self.done += 1
            show(self.done, self.total)
        return self.has_room

    @property
    def has_room(self):
        """Whether a page like the largest so far fits without driving out another one."""
        return self.used + self.largest <= self.room

    def ask(self, address):
        before = self.visitor.rendered
        page = self.visitor.ask(address)
        if has_failed(page):
            self.failed.append(f"{address} ({page.status})")
            return b""
        if size := self.visitor.bytes_of(address):  # not every page is kept
            is_new = self.visitor.rendered > before
            self.rendered, self.good = self.rendered + is_new, self.good + (not is_new)
            self.used, self.largest = self.used + size, max(self.largest, size)
        return page.bodies[""]
