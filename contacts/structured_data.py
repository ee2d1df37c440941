"""What search engines and assistants read: schema.org types as plain dicts."""

from django.conf import settings

from languages.templatetags.languages import plain

CONTEXT = "https://schema.org"


def contact_point(person):
    point = {
        "@type": "ContactPoint",
        "name": person.name,
        "contactType": plain(person, "role"),
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
        "name": plain(area, "title"),
        "description": plain(area, "task"),
        "url": settings.SITE_URL + area.get_absolute_url(),
        "areaServed": {"@type": "AdministrativeArea", "name": programme.district},
        "provider": operator(programme),
        "availableChannel": [
            {"@type": "ServiceChannel", "servicePhone": contact_point(person)}
            for person in area.contacts.all()
        ],
    }
