"""Organisations and places, with their addresses; a secret address is not even read."""

from django.conf import settings

from languages.readers import attach_states
from languages.templatetags.languages import plain
from programme.phone import tel_uri

from ..models import Offer, Organisation, Place
from .ids import numbered, part
from .texts import known, translation_of

ORGANISATION = (
    *("uuid", "name", "slug", "kind", "about", "phone", "email", "web", "published", "modified"),
)
ADDRESS = ("street", "postal_code", "city", "municipality")
#: What both kinds of places are called in identifiers.
OF_OFFER, OF_ORGANISATION = "location", "organization location"


def with_address():
    """Return the organisations with a street that may be known.

    A secret offer may be in the same house as its organisation.
    """
    secret = Offer.objects.filter(confidential_address=True).values("organisation")
    return Organisation.objects.published().exclude(street="").exclude(pk__in=secret)


def organisations_by_id(ids):
    """Return organisations with all that belongs to them, in this order."""
    found = Organisation.objects.published().for_reader(*ORGANISATION, *ADDRESS)
    found = found.select_related("municipality").in_bulk(ids)
    shown = [found[pk] for pk in ids if pk in found]
    for pk in with_address().filter(pk__in=ids).values_list("pk", flat=True):
        found[pk].shows_street = True
    attach_states(*shown)
    return shown


def phones(owner, number):
    if not number:
        return []
    number = tel_uri(number).removeprefix("tel:")
    return [{"id": part(owner, "phone", number), "number": number, "type": "voice"}]


def organisation_basics(organisation):
    """Return what is in a list; a description has to be there."""
    return {
        "id": organisation.uuid,
        "name": organisation.name,
        "description": plain(organisation, "about") or str(organisation.get_kind_display()),
        **known(email=organisation.email, website=organisation.web),
        "uri": settings.SITE_URL + organisation.get_absolute_url(),
    }


def organisation(found):
    """Return all of an organisation, as `organisations_by_id` reads it."""
    shows_street = getattr(found, "shows_street", False)
    return organisation_basics(found) | known(
        phones=phones(found.uuid, found.phone),
        locations=[location_of_organisation(found)] if shows_street else [],
        translation=translation_of(found, {"about": "description"}),
    )


def address(owner, row):
    """Return [the address]; what the standard wants and nobody knows is an empty text."""
    city = row.city or (row.municipality.name if row.municipality else "")
    if not (row.street or city):
        return []
    return [
        {
            "id": part(owner, "address"),
            "address_1": row.street,
            "city": city,
            "state_province": settings.HOLIDAY_SUBDIVISION,
            "postal_code": row.postal_code,
            "country": "DE",
            "address_type": "physical",
        }
    ]


def location_of_organisation(found):
    uuid = numbered(OF_ORGANISATION, found.pk)
    return {
        "id": uuid,
        "location_type": "physical",
        "organization_id": found.uuid,
        "name": found.name,
        "addresses": address(uuid, found),
    }


def location_of_place(place, offer):
    uuid = numbered(OF_OFFER, place.pk)
    found = {"id": uuid, "location_type": "physical"}
    return found | known(
        name=place.name, addresses=address(uuid, place), accessibility=accessibility(uuid, offer)
    )


def accessibility(owner, offer):
    """Return what is known, also that there is none."""
    return [
        {
            "id": part(owner, name),
            "description": str(Offer._meta.get_field(name).verbose_name),
            "details": str(getattr(offer, f"get_{name}_display")()),
        }
        for name in ("step_free", "accessible_toilet", "induction_loop")
        if getattr(offer, name)
    ]


def public_places():
    return Place.objects.filter(
        offer__in=Offer.objects.published().filter(confidential_address=False)
    )


def locations_by_key(keys):
    """Return the locations for these (kind, number), in this order."""
    offers = [pk for kind, pk in keys if kind == OF_OFFER]
    others = [pk for kind, pk in keys if kind == OF_ORGANISATION]
    columns = [f"offer__{name}" for name in ("step_free", "accessible_toilet", "induction_loop")]
    places = public_places().filter(pk__in=offers).select_related("municipality", "offer")
    places = places.only(*(f.name for f in Place._meta.fields), "municipality__name", *columns)
    houses = with_address().filter(pk__in=others).select_related("municipality")
    found = {(OF_OFFER, row.pk): location_of_place(row, row.offer) for row in places}
    found |= {(OF_ORGANISATION, row.pk): location_of_organisation(row) for row in houses}
    return [found[key] for key in keys if key in found]
