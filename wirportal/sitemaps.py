"""Every public page, for sitemap.xml and for the tests that read them all."""

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils import translation
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


def site_pages(languages):
    """Return a `SitePage` for each public page; `languages` are the published ones."""

    def site_page(address, translated=None):
        path = address.removeprefix(f"/{SOURCE}/")
        shown = (entry for entry in languages if translated is None or entry.code in translated)
        return SitePage(path, tuple(shown))

    with translation.override(SOURCE):
        programme = Programme.objects.first()
        pages = [
            site_page(reverse("home"), programme.translated_into() if programme else None),
            site_page(reverse("contact-list")),
            site_page(reverse("contents")),
            site_page(reverse("offer-list")),
            site_page(reverse("organisation-list")),
        ]
        for model in (Area, ContactPerson, Page, Offer, Organisation):
            columns = (build_localized_fieldname(f, c) for f in model.main_fields for c in REGISTRY)
            for obj in model.objects.published().only("slug", *columns).iterator():
                pages.append(site_page(obj.get_absolute_url(), obj.translated_into()))
        for topic in Topic.objects.all():
            pages.append(site_page(topic.get_absolute_url(), topic.translated_into()))
    return pages
