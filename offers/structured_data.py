"""An offer as schema.org's Service, for search engines and assistants."""

from django.conf import settings

from contacts.structured_data import CONTEXT
from languages.templatetags.languages import plain
from programme.phone import tel_uri

from .models import Cost


def provider(organisation):
    data = {"@type": "Organization", "name": organisation.name}
    if organisation.published:
        data["url"] = settings.SITE_URL + organisation.get_absolute_url()
    return data


def channel(offer, places, spoken):
    """Return how to get in; places only where they may be known."""
    data = {"@type": "ServiceChannel", "serviceUrl": settings.SITE_URL + offer.get_absolute_url()}
    if spoken:
        data["availableLanguage"] = [language.code for language in spoken]
    if offer.phone:
        number = tel_uri(offer.phone).removeprefix("tel:")
        data["servicePhone"] = {"@type": "ContactPoint", "telephone": number}
    if places:
        data["serviceLocation"] = [
            {"@type": "Place", "name": place.name or place.address, "address": place.address}
            for place in places
        ]
    return data


def service(offer, district, places, towns, spoken):
    data = {
        "@context": CONTEXT,
        "@type": "Service",
        "name": plain(offer, "title"),
        "description": plain(offer, "summary"),
        "url": settings.SITE_URL + offer.get_absolute_url(),
        "provider": provider(offer.organisation),
        "availableChannel": channel(offer, places, spoken),
    }
    if areas := [district] if offer.whole_district else towns:
        data["areaServed"] = [{"@type": "AdministrativeArea", "name": name} for name in areas]
    if offer.cost == Cost.FREE:
        data["offers"] = {"@type": "Offer", "price": 0, "priceCurrency": "EUR"}
    return data
