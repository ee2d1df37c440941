"""How people can get in touch with an offer, and whether they can."""

from collections import defaultdict

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contacts.models import ContactPerson

NO_WAY = _(
    "So kann niemand das Angebot erreichen. Bitte tragen Sie mindestens eines ein: Telefon, "
    "E-Mail, Website, Link zur Anmeldung, eine veröffentlichte Kontaktperson, einen WIR-Bereich "
    "mit einer solchen oder einen Ort mit Namen oder Straße, der nicht geheim ist. Oder speichern "
    "Sie, ohne zu veröffentlichen."
)


def can_be_found(offer, places):
    """Tell whether people can get in touch, or find one of the places: a town alone is none."""
    own = (offer.phone, offer.email, offer.web, offer.registration_link)
    if any(own):
        return True
    if offer.organisation_id and (offer.organisation.phone or offer.organisation.email):
        return True
    if not offer.confidential_address and any(place.name or place.street for place in places):
        return True
    return has_person(offer)


def has_person(offer):
    """Tell whether a contact person of the site is named for it whom people see, now or soon."""
    named = Q(pk__in=[offer.contact_id]) | Q(areas__in=[offer.area_id])  # None is in neither
    ended = Q(valid_to__lt=timezone.localdate())
    return ContactPerson.objects.filter(named, published=True).exclude(ended).exists()


def attach_people(*offers):
    """Set on each offer the site's contact persons for it, and the numbers to call.

    The contact persons are its own, else those of its area: also when its own has left.
    """
    areas = {offer.area_id for offer in offers if offer.area_id}
    pairs = ContactPerson.areas.through.objects.filter(area__in=areas) if areas else ()
    of_area = defaultdict(set)
    for pair in pairs:
        of_area[pair.area_id].add(pair.contactperson_id)
    wanted = {offer.contact_id for offer in offers}.union(*of_area.values()) - {None}
    contacts = ContactPerson.objects.published().for_reader().prefetch_related("spoken_languages")
    people = list(contacts.filter(pk__in=wanted)) if wanted else []
    for offer in offers:
        own = [person for person in people if person.pk == offer.contact_id]
        offer.people = own or [p for p in people if p.pk in of_area[offer.area_id]]
        offer.phones = phones_of(offer)


def phones_of(offer):
    """Return the numbers to call, the offer's own first."""
    numbers = [*filter(None, [offer.phone, *(person.phone for person in offer.people)])]
    return list(dict.fromkeys(numbers or filter(None, [offer.organisation.phone])))
