"""What the public reads of an entry, in German: for the letters, for who answers, for staff."""

from django.db import models
from django.utils import timezone
from django.utils.text import capfirst

from languages.history import readable

from .models import Offer
from .reach import attach_people
from .verification_forms import LABELS, current, label, model_field

WHAT = ("summary_de", "how_it_works_de", "what_to_bring_de")
WHERE = ("online", "by_phone", "outreach", "whole_district", "municipalities")
WHOM = (
    *("target_groups", "age_from", "age_to", "women_only", "residence_independent"),
    *("german_level", "spoken_languages", "interpreter"),
)
TERMS = (
    *("cost", "cost_note_de", "registration", "registration_note_de", "registration_link"),
    *("childcare", "step_free", "accessible_toilet", "induction_loop", "topics"),
)
CLOSED = ("closed", "closed_until", "closed_reason_de")
PERSON = ("role_de", "duties_de", "phone", "email", "room", "spoken_languages")


def facts(entry):
    """Return what the public reads as (label, text) in a line; what is unknown is left out."""
    found = offer_facts(entry) if isinstance(entry, Offer) else told(entry, *PERSON)
    return [(label, " ".join(str(text).split())) for label, text in found if text]


def offer_facts(offer):
    if offer.is_closed:
        yield from told(offer, *CLOSED)
    yield from told(offer, *WHAT, "hours", "by_appointment")
    yield "Termine", "; ".join(map(str, offer.dates.filter(ends__gte=timezone.now())))
    if offer.confidential_address:
        yield "Ort", "Die Adresse ist geheim. Sie steht nicht auf der Website und nicht hier."
    else:
        places = offer.places.select_related("municipality")
        yield "Orte", "; ".join(", ".join(filter(None, (p.name, p.address))) for p in places)
    yield from told(offer, *WHERE, "contact_name", "contact_role_de")
    attach_people(offer)
    yield "Kontaktperson", ", ".join(map(str, offer.people))
    yield "Telefon", ", ".join(offer.phones)
    yield "E-Mail", offer.email or (not offer.people and offer.organisation.email)
    yield from told(offer, "web", *WHOM, *TERMS)


def told(entry, *names):
    """Yield (label, text) of each of these fields that is known."""
    for name in names:
        value = current(entry, name)
        if value is not False and value not in ("", []):
            yield capfirst(LABELS.get(name) or label(entry, name)), in_words(entry, name, value)


def in_words(entry, name, value):
    """Return a value as `current` has it, as staff know it from the form."""
    field = model_field(entry, name)
    if field is None or value == "":
        return str(value)
    if field.many_to_many:
        return ", ".join(map(str, field.related_model.objects.filter(pk__in=value)))
    if isinstance(field, models.DateField):
        value = field.to_python(value)
    return readable(field, value)
