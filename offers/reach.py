"""Whether people can get in touch with an offer."""

from django.utils.translation import gettext_lazy as _

NO_WAY = _(
    "So kann niemand das Angebot erreichen. Bitte tragen Sie mindestens eines ein: Telefon, "
    "E-Mail, Website, Link zur Anmeldung, Kontaktperson, WIR-Bereich oder einen Ort, der nicht "
    "geheim ist. Oder speichern Sie, ohne zu veröffentlichen."
)


def can_be_reached(offer):
    """Tell whether people can get in touch without knowing a place."""
    own = (offer.phone, offer.email, offer.web, offer.registration_link)
    if any(own) or offer.contact_id or offer.area_id:
        return True
    return bool(offer.organisation_id and (offer.organisation.phone or offer.organisation.email))
