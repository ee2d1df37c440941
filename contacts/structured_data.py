"""What search engines and assistants read: schema.org types as plain dicts."""

from django.conf import settings
from django.utils.translation import get_language

from languages.registry import SOURCE

CONTEXT = "https://schema.org"


def own_text(obj, field):
    return obj.text(field, get_language()) or obj.text(field, SOURCE)


def contact_point(person):
    point = {
        "@type": "ContactPoint",
        "name": person.name,
        "contactType": own_text(person, "role"),
        "url": settings.SITE_URL + person.get_absolute_url(),
    }
    if person.phone:
        point["telephone"] = person.tel_uri.removeprefix("tel:")
    if person.email:
        point["email"] = person.email
    if spoken := [language.code for language in person.spoken_languages.all()]:
        point["availableLanguage"] = spoken
    return point


def operator(programme):
    return {
        "@type": "GovernmentOrganization",
        "name": programme.operator,
        "url": settings.SITE_URL + programme.get_absolute_url(),
        "address": {
            "@type": "PostalAddress",
            "streetAddress": programme.street,
            "postalCode": programme.postal_code,
            "addressLocality": programme.city,
            "addressCountry": "DE",
        },
    }


def organisation(programme, people):
    points = {person.pk: contact_point(person) for person in people}
    return {"@context": CONTEXT, **operator(programme), "contactPoint": list(points.values())}


def service(area, programme):
    return {
        "@context": CONTEXT,
        "@type": "GovernmentService",
        "name": own_text(area, "title"),
        "description": own_text(area, "task"),
        "url": settings.SITE_URL + area.get_absolute_url(),
        "areaServed": {"@type": "AdministrativeArea", "name": programme.district},
        "provider": operator(programme),
        "availableChannel": [
            {"@type": "ServiceChannel", "servicePhone": contact_point(person)}
            for person in area.contacts.all()
        ],
    }
