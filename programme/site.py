"""What stands on every public page: kept by each process until the content changes."""

from functools import cached_property, lru_cache

from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from languages.models import Language

from .models import Area, Page, Programme
from .version import content_version


class Site:
    """Each part is read when it is shown for the first time, for readers of one language."""

    @cached_property
    def programme(self):
        return Programme.objects.for_reader().first() or Programme(site_name="WIR")

    @cached_property
    def areas(self):
        return list(Area.objects.published().for_reader("title", "slug", "position"))

    @cached_property
    def pages(self):
        shown = ("title", "slug", "position", "placement")
        return list(Page.objects.published().for_reader(*shown))

    @cached_property
    def header_pages(self):
        return [page for page in self.pages if page.placement == Page.Placement.HEADER]

    @cached_property
    def footer_pages(self):
        return [page for page in self.pages if page.placement == Page.Placement.FOOTER]


@lru_cache(maxsize=32)
def kept_site(version, code):
    return Site()


def version_of(request):
    """Return the content version; each request asks for it once."""
    if not hasattr(request, "_version"):
        request._version = content_version()
    return request._version


@lru_cache(maxsize=4)
def kept_languages(version):
    return Language.objects.published_entries()


def languages_of(request):
    """Return the entries of the languages that are published at this moment."""
    return kept_languages(version_of(request))


def site_of(request):
    """Return the `Site` of this moment and language."""
    return kept_site(version_of(request), get_language())


def site(request):
    """Context processor: {{ site.programme }} in every template."""
    return {"site": SimpleLazyObject(lambda: site_of(request))}
