"""Organisations with all that belongs to them."""

from collections import defaultdict

from ..models import Offer
from .places import organisation, organisation_basics, organisations_by_id
from .services import services_by_id

#: In one organisation; a longer list is to be had page by page: /services?organization_id=…
MOST_SERVICES = 100


def organisations(ids, *, full=True):
    write = organisation if full else organisation_basics
    return [write(found) for found in organisations_by_id(ids)]


def with_services(ids):
    """Return organisations with their services."""
    offers = Offer.objects.published().filter(organisation__in=ids).order_by("pk")
    numbers = defaultdict(list)
    for pk, owner in offers.values_list("pk", "organisation"):
        numbers[owner].append(pk)
    shown = [pk for found in numbers.values() for pk in found[:MOST_SERVICES]]
    services = defaultdict(list)
    for service in services_by_id(shown, full=True):
        services[service["organization_id"]].append(service)
    return [one | {"services": services[one["id"]]} for one in organisations(ids)]
