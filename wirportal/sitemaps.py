"""Every public page, for sitemap.xml."""

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from modeltranslation.utils import build_localized_fieldname

from contacts.models import ContactPerson
from languages.registry import REGISTRY, SOURCE
from offers.models import Offer, Organisation, Topic
from programme.models import Area, Page, Programme


@dataclass(frozen=True)
class SitePage:
    path: str  # after the language: "kontakte/"
    languages: tuple  # those that the main content is translated into

    @property
    def alternates(self):
        """The languages that search engines are told of: those with an hreflang value."""
        return [entry for entry in self.languages if entry.hreflang]

    @property
    def default(self):
        return f"{settings.SITE_URL}/{SOURCE}/{self.path}"


class SitePages:
    """All public pages in one order, read a part at a time: there may be very many.

    `languages` are the published ones.
    """

    def __init__(self, languages):
        self.languages = languages
        self.fixed = list(self.fixed_pages())
        self.rows = [rows_of(model) for model in (Area, ContactPerson, Page, Topic)]
        self.rows += [rows_of(model) for model in (Organisation, Offer)]

    def fixed_pages(self):
        programme = Programme.objects.first()
        yield self.page(reverse("home"), programme.translated_into() if programme else None)
        for name in ("contact-list", "contents", "offer-list", "organisation-list", "open-data"):
            yield self.page(reverse(name))

    def page(self, address, translated=None):
        path = address.partition("/")[2].partition("/")[2]
        shown = (
            entry for entry in self.languages if translated is None or entry.code in translated
        )
        return SitePage(path, tuple(shown))

    def __len__(self):
        return len(self.fixed) + sum(rows.count() for rows in self.rows)

    def __getitem__(self, part):
        """Return a slice as a list."""
        found, before = self.fixed[part], len(self.fixed)
        for rows in self.rows:
            start, stop = max(part.start - before, 0), part.stop - before
            if stop > 0:
                shown = rows[start:stop].iterator()
                found += [self.page(o.get_absolute_url(), o.translated_into()) for o in shown]
            before += rows.count()
        return found


def rows_of(model):
    columns = [build_localized_fieldname(f, c) for f in model.main_fields for c in REGISTRY]
    rows = model.objects.published() if hasattr(model, "published") else model.objects.all()
    return rows.only("slug", *columns).order_by("pk")
