"""Offers as services."""

from collections import defaultdict

from django.conf import settings
from django.db.models import F, Prefetch
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from contacts.models import ContactPerson, language_name
from languages.readers import attach_states
from languages.templatetags.languages import plain
from programme.models import Programme

from ..models import Cost, Offer, Organisation, Place, TargetGroup, Topic
from .ids import numbered, part
from .modified import last_modified
from .places import (
    OF_OFFER,
    ORGANISATION,
    location_of_place,
    organisation_basics,
    phones,
    public_places,
)
from .terms import attributes
from .texts import known, lines, rich, translation_of
from .times import schedules

#: What a service at a place is called in identifiers.
OF_LINK = "service at location"
#: What is read of an offer. What only staff may know is not among it.
COLUMNS = (
    *("uuid", "slug", "title", "summary", "organisation", "area", "contact", "modified"),
    *("how_it_works", "what_to_bring", "age_from", "age_to", "women_only", "german_level"),
    *("residence_independent", "whole_district", "confidential_address", "online", "by_phone"),
    *("outreach", "interpreter", "cost", "cost_note", "registration", "registration_note"),
    *("registration_link", "step_free", "accessible_toilet", "induction_loop", "childcare"),
    *("by_appointment", "valid_from", "closed", "closed_until", "closed_reason"),
    *("contact_name", "contact_role", "phone", "email", "web", "verified_on"),
)
#: Our texts, and where they are found in a service.
TEXTS = {
    "title": "name",
    "summary": "description",
    "how_it_works": "application_process",
    "registration_note": "application_process",
    "what_to_bring": "required_documents",
    "cost_note": "fees_description",
    "closed_reason": "alert",
    "contact_role": "contacts",
}
#: Our codes of languages that ISO 639 calls otherwise.
ISO_639 = {"fa-af": "prs"}


def services_by_id(ids, *, full):
    """Return services in this order: all of them, or what there is one of."""
    found = Offer.objects.published().for_reader(*COLUMNS).order_by()
    organisations = Organisation.objects.for_reader(*ORGANISATION)
    found = found.prefetch_related(Prefetch("organisation", organisations))
    if full:
        found = found.prefetch_related(*parts())
    found = found.in_bulk(ids)
    offers = [found[pk] for pk in ids if pk in found]
    attach_states(*offers)
    if not full:
        return [basics(offer) for offer in offers]
    people = people_of(offers)
    district = getattr(Programme.objects.only("district").first(), "district", "")
    return [service(offer, people[offer.pk], district) for offer in offers]


def minimal_by_id(ids):
    """Return what shows whether a service is new, changed or gone."""
    found = Offer.objects.published().select_related("organisation").order_by()
    columns = ("uuid", "modified", "valid_from", "closed", "closed_until")
    owner = ("organisation__published", "organisation__modified")
    found = found.only(*columns, *owner).in_bulk(ids)
    shown = (found[pk] for pk in ids if pk in found)
    return [{"id": offer.uuid, "modified_date": last_modified(offer)} for offer in shown]


def links_by_id(ids, *, full):
    """Return where services are offered, in this order."""
    places = public_places().filter(pk__in=ids).select_related("municipality").in_bulk()
    offers = Offer.objects.published().for_reader(*COLUMNS).order_by()
    offers = offers.prefetch_related(*(parts() if full else ()))
    offers = offers.in_bulk({place.offer_id for place in places.values()})
    people = people_of(offers.values()) if full else {}
    return [
        whole_link(places[pk], offers[places[pk].offer_id], people)
        if full
        else link(places[pk], offers[places[pk].offer_id])
        for pk in ids
        if pk in places and places[pk].offer_id in offers
    ]


def parts():
    """Return what to read of all offers at once."""
    return [
        Prefetch("topics", Topic.objects.for_reader("uuid", "slug", "name", "description")),
        Prefetch("target_groups", TargetGroup.objects.for_reader("uuid", "slug", "name")),
        Prefetch("places", Place.objects.select_related("municipality")),
        *("municipalities", "spoken_languages", "hours", "exceptions", "dates"),
    ]


def people_of(offers):
    """Return {offer: the site's own contact persons}, as `attach_people` chooses them."""
    by_contact, by_area = defaultdict(list), defaultdict(list)
    wanted = {offer.contact_id for offer in offers}
    areas = {offer.area_id for offer in offers}
    people = ContactPerson.objects.published().for_reader(
        *("uuid", "first_name", "last_name", "role", "phone", "email")
    )
    for person in people.filter(pk__in=wanted - {None}):
        by_contact[person.pk].append(person)
    in_area = people.filter(areas__in=areas - {None}).annotate(area_pk=F("areas"))
    for person in in_area:
        by_area[person.area_pk].append(person)
    return {offer.pk: by_contact[offer.contact_id] or by_area[offer.area_id] for offer in offers}


def own_organisation(offer):
    """Return the organisation; None where it is not public itself."""
    return offer.organisation if offer.organisation.published else None


def basics(offer):
    organisation = own_organisation(offer)
    page = settings.SITE_URL + offer.get_absolute_url()
    return {
        "id": offer.uuid,
        "name": plain(offer, "title"),
        "description": plain(offer, "summary"),
        "status": "temporarily closed" if offer.is_closed else "active",
        "url": offer.web or page,
        "page": page,
        "last_modified": last_modified(offer),
    } | known(
        organization_id=organisation and organisation.uuid,
        organization=organisation and organisation_basics(organisation),
        email=offer.email,
        interpretation_services=offer.interpreter
        and f"{_('Dolmetschen')}: {offer.get_interpreter_display()}",
        application_process=lines(
            rich(offer, "how_it_works"),
            offer.registration and offer.get_registration_display(),
            plain(offer, "registration_note"),
            offer.registration_link,
        ),
        fees_description=lines(offer.cost and offer.get_cost_display(), plain(offer, "cost_note")),
        eligibility_description=eligibility(offer),
        minimum_age=offer.age_from,
        maximum_age=offer.age_to,
        assured_date=offer.verified_on,
        alert=alert(offer),
        translation=translation_of(offer, TEXTS),
    )


def eligibility(offer):
    """Return the conditions that are no term and no number."""
    residence = {
        "yes": _("egal welcher Aufenthaltsstatus"),
        "no": _("nicht für jeden Aufenthaltsstatus: bitte fragen"),
    }
    level = offer.german_level and offer.get_german_level_display()
    if offer.german_level not in ("", "none"):
        level = f"{_('Deutschkenntnisse ab')} {level}"
    women = _("nur für Frauen") if offer.women_only else ""
    return lines(women, residence.get(offer.residence_independent), level)


def alert(offer):
    if not offer.is_closed:
        return ""
    until = f" ({offer.closed_until:%d.%m.%Y})" if offer.closed_until else ""
    return lines(f"{_('Vorübergehend geschlossen')}{until}", plain(offer, "closed_reason"))


def service(offer, people, district):
    """Return all of a service."""
    return basics(offer) | known(
        phones=phones(offer.uuid, offer.phone),
        schedules=schedules(offer),
        service_areas=areas(offer, district),
        service_at_locations=[link(place, offer) for place in places_of(offer)],
        languages=languages(offer),
        cost_options=costs(offer),
        required_documents=documents(offer),
        contacts=contacts(offer, people),
        attributes=attributes(offer),
    )


def places_of(offer):
    return [] if offer.confidential_address else offer.places.all()


def link(place, offer):
    """Return the link between a service and a place."""
    return {
        "id": numbered(OF_LINK, place.pk),
        "service_id": offer.uuid,
        "location_id": numbered(OF_OFFER, place.pk),
        "location": location_of_place(place, offer),
    }


def whole_link(place, offer, people):
    found = link(place, offer)
    return found | known(
        phones=phones(found["id"], offer.phone),
        schedules=[one | {"id": part(found["id"], one["id"])} for one in schedules(offer)],
        contacts=contacts(offer, people[offer.pk], found["id"]),
    )


def areas(offer, district):
    if offer.whole_district:
        return [{"id": part(offer.uuid, "area"), "name": district}] if district else []
    return [
        {
            "id": part(offer.uuid, "area", town.ags),
            "name": town.name,
            "description": f"Amtlicher Gemeindeschlüssel {town.ags}",
        }
        for town in offer.municipalities.all()
    ]


def languages(offer):
    return [
        {
            "id": part(offer.uuid, "language", spoken.code),
            "name": language_name(spoken.code, get_language()),
            "code": ISO_639.get(spoken.code, spoken.code),
        }
        for spoken in offer.spoken_languages.all()
    ]


def costs(offer):
    """Return [that it is free], or [what is said of the price]: a number is not known."""
    note = plain(offer, "cost_note")
    found = known(option=offer.cost and str(offer.get_cost_display()), amount_description=note)
    if offer.cost == Cost.FREE:
        found |= {"amount": 0, "currency": "EUR"}
    return [{"id": part(offer.uuid, "cost"), **found}] if found else []


def documents(offer):
    text = plain(offer, "what_to_bring")
    return [{"id": part(offer.uuid, "bring"), "document": text}] if text else []


def contacts(offer, people, owner=None):
    """Return those whom the page of the offer names."""
    owner = owner or offer.uuid
    found = [
        {"id": part(owner, "contact", person.uuid), "name": person.name}
        | known(
            title=plain(person, "role"),
            email=person.email,
            phones=phones(part(owner, person.uuid), person.phone),
        )
        for person in people
    ]
    own = known(name=offer.contact_name, title=plain(offer, "contact_role"))
    return found + ([{"id": part(owner, "contact"), **own}] if own else [])
