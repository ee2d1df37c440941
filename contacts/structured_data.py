"""What search engines and assistants read: schema.org types as plain dicts."""

from django.conf import settings
from django.utils import timezone

from languages.templatetags.languages import plain

from .timetable import last_day

CONTEXT = "https://schema.org"
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


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


def span(row, **when):
    """Return one span of hours; from midnight to midnight means closed."""
    opens, closes = (f"{at:%H:%M}" if at else "00:00" for at in (row.opens, row.closes))
    return {"@type": "OpeningHoursSpecification", **when, "opens": opens, "closes": closes}


def hours_available(person, presence):
    """Return when somebody can be reached; nothing while she is away, or where it is unknown."""
    timetable = presence.timetable(person)
    if presence.away(person):
        return {}
    spans = [span(row, dayOfWeek=WEEKDAYS[row.weekday]) for row in timetable.weekly]
    for row in timetable.upcoming(timezone.localdate()):
        days = {"validFrom": row.first_day.isoformat(), "validThrough": last_day(row).isoformat()}
        spans.append(span(row, **days))
    return {"hoursAvailable": spans} if spans else {}


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


def organisation(programme, people, presence=None):
    """Return the operator and the people behind it, with their hours if `presence` is given."""
    points = {person.pk: contact_point(person) for person in people}
    for person in people if presence else []:
        points[person.pk] |= hours_available(person, presence)
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
