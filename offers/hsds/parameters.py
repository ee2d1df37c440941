"""What an address can ask for. A mistake is answered in German and English."""

from datetime import datetime
from functools import partial
from uuid import UUID

from django.http import JsonResponse
from django.utils import timezone

from contacts.timetable import DAY

from .modified import midnight

USUAL = 50
#: How many there can be on one page, by what is in them.
MOST, MOST_FULL, MOST_FULL_SERVICE, MOST_MINIMAL = 500, 100, 10, 10_000
LONGEST = 200  # characters
#: A page on any other site may read these answers.
OPEN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Last-Modified, Retry-After",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


class Refused(Exception):
    """What cannot be answered: the status, and why in German and English."""

    def __init__(self, status, german, english):
        super().__init__(german)
        self.status, self.detail = status, f"{german} / {english}"


def problem(refused):
    """Return the answer (RFC 9457)."""
    content = {"status": refused.status, "detail": refused.detail}
    response = JsonResponse(
        content, status=refused.status, json_dumps_params={"ensure_ascii": False}, headers=OPEN
    )
    response.headers["Content-Type"] = "application/problem+json"
    if refused.status in (429, 503):
        response.headers["Retry-After"] = "60"  # seconds
    return response


#: For what fails before or outside of a view.
REASONS = {
    400: ("Diese Anfrage ist nicht lesbar.", "This request cannot be read."),
    404: ("Das gibt es hier nicht.", "There is no such thing here."),
    503: ("Das geht gerade nicht. Bitte später.", "Not available at the moment. Try again later."),
}


def problem_of(request, status):
    """Return the answer for an address of open data; None for any other address."""
    if not request.path_info.startswith("/api/"):
        return None
    failed = ("Hier ist ein Fehler passiert.", "Something failed here.")
    response = problem(Refused(status, *REASONS.get(status, failed)))
    response.headers["Cache-Control"] = "no-store" if status >= 500 else "public, max-age=0"
    return response


def number(name, text):
    if not (text.isascii() and text.isdecimal() and len(text) <= 18 and int(text) > 0):
        raise Refused(
            400, f"„{name}“ muss eine ganze Zahl ab 1 sein.", f"{name} has to be a number from 1."
        )
    return int(text)


def flag(name, text):
    if text.lower() not in ("true", "false", "1", "0"):
        raise Refused(
            400, f"„{name}“ muss true oder false sein.", f"{name} has to be true or false."
        )
    return text.lower() in ("true", "1")


def identifier(name, text):
    try:
        return UUID(text)
    except ValueError:
        raise Refused(400, f"„{name}“ muss eine UUID sein.", f"{name} has to be a UUID.") from None


def moment(name, text):
    """Return a moment; without a time zone it is ours, and "+" may have become a space."""
    try:
        found = datetime.fromisoformat(text.strip().replace(" ", "+"))
        found = found if found.tzinfo else timezone.make_aware(found)
        midnight(timezone.localdate(found) + DAY)
        midnight(timezone.localdate(found) - DAY)  # within the range of what can be compared
        return found
    except (ValueError, OverflowError):
        raise Refused(
            400,
            f"„{name}“ muss ein Zeitpunkt nach ISO 8601 sein, zum Beispiel 2026-01-31T12:00:00Z.",
            f"{name} has to be an ISO 8601 datetime, for example 2026-01-31T12:00:00Z.",
        ) from None


def words(name, text):
    return " ".join(text.replace("\0", "").split())[:LONGEST]


def one_of(allowed, name, text):
    if text not in allowed:
        names = ", ".join(allowed)
        raise Refused(400, f"„{name}“ kann sein: {names}.", f"{name} can be: {names}.")
    return text


def unsupported(name, text):
    raise Refused(
        400,
        f"„{name}“ geht hier nicht: Es gibt keine Koordinaten.",
        f"{name} is not supported: there are no coordinates.",
    )


PARAMETERS = {
    "search": words,
    "page": number,
    "per_page": number,
    "format": partial(one_of, ("json", "ndjson")),
    "minimal": flag,
    "full": flag,
    "full_service": flag,
    "top_only": flag,
    "modified_after": moment,
    "taxonomy_term_id": identifier,
    "taxonomy_id": identifier,
    "organization_id": identifier,
    "parent_id": identifier,
    "postcode": words,
    "proximity": unsupported,
    "language": words,
}


def asked(request, names):
    """Return {name: value} of the parameters that this address knows; all others are ignored."""
    given = {name: request.GET.get(name, "") for name in names}
    return {name: PARAMETERS[name](name, text) for name, text in given.items() if text}


def language_of(request):
    """Return the code of the language that is asked for, by its code or its tag; German is usual.

    An address always means the same: what a browser prefers plays no part.
    """
    wanted = request.GET.get("language", "").lower() or "de"
    codes = {entry.code: entry.tag for entry in request.languages}
    if wanted not in codes:
        one_of(tuple(codes.values()), "language", wanted)
    return wanted


def nothing_there():
    return Refused(404, *REASONS[404])
