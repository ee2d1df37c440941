"""What stands on every public page, read once per request and only when it is shown."""

from functools import cached_property

from .models import Area, Page, Programme


class Site:
    @cached_property
    def programme(self):
        return Programme.objects.first() or Programme(site_name="WIR")

    @cached_property
    def areas(self):
        return list(Area.objects.published())

    @cached_property
    def pages(self):
        return list(Page.objects.published())

    @property
    def header_pages(self):
        return [page for page in self.pages if page.placement == Page.Placement.HEADER]

    @property
    def footer_pages(self):
        return [page for page in self.pages if page.placement == Page.Placement.FOOTER]


def site_of(request):
    """Return the request's `Site`, made at the first call."""
    if not hasattr(request, "_site"):
        request._site = Site()
    return request._site


def site(request):
    """Context processor: {{ site.programme }} in every template."""
    return {"site": site_of(request)}
