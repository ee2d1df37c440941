"""The addresses below /api/hsds/v3/, as the openapi.json of HSDS 3.0 has them."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language

from ..models import Offer, Organisation
from ..overview import overview
from ..search import search
from .answers import answered, listing, open_data, single
from .description import ENDPOINTS, openapi
from .ids import number_of
from .modified import modified_after
from .organizations import organisations, with_services
from .parameters import MOST, MOST_FULL, MOST_FULL_SERVICE, MOST_MINIMAL, asked, identifier
from .places import (
    OF_OFFER,
    OF_ORGANISATION,
    locations_by_key,
    public_places,
    with_address,
)
from .services import OF_LINK, links_by_id, minimal_by_id, services_by_id
from .terms import all_terms, taxonomies, with_taxonomy, with_term


def wanted(request, name):
    return asked(request, ENDPOINTS[name].parameters)


@open_data
def about(request):
    return answered(
        {
            "version": "3.0",
            "profile": f"{settings.SITE_URL}{reverse('open-data')}",
            "openapi_url": f"{settings.SITE_URL}{reverse('hsds-openapi')}",
        }
    )


@open_data
def description(request):
    return answered(openapi())


def offers_for(chosen):
    """Return the public offers that fit the parameters, as an unordered queryset."""
    found = Offer.objects.published().order_by()
    if "modified_after" in chosen:
        found = found.filter(modified_after(chosen["modified_after"]))
    if "organization_id" in chosen:
        owner = Organisation.objects.published().filter(uuid=chosen["organization_id"])
        found = found.filter(organisation__in=owner)
    if "taxonomy_term_id" in chosen:
        found = found.filter(with_term(chosen["taxonomy_term_id"]))
    if "taxonomy_id" in chosen:
        found = found.filter(with_taxonomy(chosen["taxonomy_id"]))
    return found


class Several:
    """The rows of several tables one after the other, as (kind, number)."""

    def __init__(self, tables):
        self.tables = {kind: rows.order_by("pk") for kind, rows in tables.items()}
        self.counts = {kind: rows.order_by().count() for kind, rows in tables.items()}

    def __len__(self):
        return sum(self.counts.values())

    def __iter__(self):
        return iter(self[:])

    def __getitem__(self, part):
        found, start, stop = [], part.start or 0, len(self) if part.stop is None else part.stop
        for kind, rows in self.tables.items():
            if stop > 0 and start < self.counts[kind]:
                numbers = rows.values_list("pk", flat=True)[max(start, 0) : stop]
                found += [(kind, number) for number in numbers]
            start, stop = start - self.counts[kind], stop - self.counts[kind]
        return found


class Found:
    """The offers of a search, the best ones first; only the numbers of one page are made."""

    def __init__(self, query, offers):
        self.overview = overview()
        found = search(query, get_language(), self.overview)
        allowed = self.overview.mask(offers.values_list("pk", flat=True).iterator())
        self.masks = [mask & allowed for mask in found.masks]

    def __len__(self):
        return sum(mask.bit_count() for mask in self.masks)

    def __iter__(self):
        return iter(self[:])

    def __getitem__(self, part):
        return self.overview.ids_of(self.masks, part.start or 0, part.stop)


def numbers_of(offers, chosen):
    """Return the numbers of these offers in a lasting order, or in that of a search."""
    if "search" in chosen:
        return Found(chosen["search"], offers)
    return offers.order_by("pk").values_list("pk", flat=True)


@open_data
def services(request):
    chosen = wanted(request, "services")
    numbers = numbers_of(offers_for(chosen), chosen)
    if chosen.get("minimal"):
        return listing(numbers, minimal_by_id, chosen, MOST_MINIMAL)
    full = chosen.get("full", False)
    most = MOST_FULL if full else MOST
    return listing(numbers, lambda ids: services_by_id(ids, full=full), chosen, most)


@open_data
def service(request, pk):
    offers = Offer.objects.published().filter(uuid=identifier("id", pk))
    return single(services_by_id(list(offers.values_list("pk", flat=True)), full=True))


@open_data
def organizations(request):
    chosen = wanted(request, "organizations")
    found = Organisation.objects.published().order_by("pk")
    if "search" in chosen:
        found = found.filter(name__icontains=chosen["search"])
    numbers = found.values_list("pk", flat=True)
    if chosen.get("full_service"):
        return listing(numbers, with_services, chosen, MOST_FULL_SERVICE)
    full = chosen.get("full", False)
    most = MOST_FULL if full else MOST
    return listing(numbers, lambda ids: organisations(ids, full=full), chosen, most)


@open_data
def organization(request, pk):
    write = with_services if wanted(request, "organization").get("full_service") else organisations
    found = Organisation.objects.published().filter(uuid=identifier("id", pk))
    return single(write(list(found.values_list("pk", flat=True))))


@open_data
def locations(request):
    numbers = Several({OF_OFFER: public_places(), OF_ORGANISATION: with_address()})
    return listing(numbers, locations_by_key, wanted(request, "locations"), MOST)


@open_data
def location(request, pk):
    uuid = identifier("id", pk)
    keys = [(kind, number_of(kind, uuid)) for kind in (OF_OFFER, OF_ORGANISATION)]
    return single(locations_by_key([key for key in keys if key[1] is not None]))


@open_data
def service_at_locations(request):
    chosen = wanted(request, "service_at_locations")
    offers = offers_for(chosen)
    places = public_places().filter(offer__in=offers).order_by("pk")
    if "postcode" in chosen:
        places = places.filter(postal_code=chosen["postcode"])
    numbers = places.values_list("pk", flat=True)
    if "search" in chosen:  # a list of what was found may be too long for a query
        found = set(Found(chosen["search"], offers))
        numbers = [pk for pk, offer in places.values_list("pk", "offer") if offer in found]
    full = chosen.get("full", False)
    most = MOST_FULL if full else MOST
    return listing(numbers, lambda ids: links_by_id(ids, full=full), chosen, most)


@open_data
def service_at_location(request, pk):
    number = number_of(OF_LINK, identifier("id", pk))
    return single([] if number is None else links_by_id([number], full=True))


@open_data
def taxonomy_list(request):
    chosen = wanted(request, "taxonomies")
    return listing(having(taxonomies(), chosen), list, chosen, MOST)


@open_data
def taxonomy(request, pk):
    uuid = identifier("id", pk)
    return single([found for found in taxonomies() if found["id"] == uuid])


@open_data
def taxonomy_terms(request):
    chosen = wanted(request, "taxonomy_terms")
    found = [] if "parent_id" in chosen else having(all_terms(), chosen)  # none has a parent
    if "taxonomy_id" in chosen:
        found = [term for term in found if term["taxonomy_id"] == chosen["taxonomy_id"]]
    return listing(found, list, chosen, MOST)


@open_data
def taxonomy_term(request, pk):
    uuid = identifier("id", pk)
    return single([term for term in all_terms() if term["id"] == uuid])


def having(found, chosen):
    """Return those with what is searched for in their names."""
    sought = chosen.get("search", "").casefold()
    return [one for one in found if sought in one["name"].casefold()]
