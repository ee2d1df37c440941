"""What no browser sends is refused in plain words, before Django could stumble over it."""

from urllib.parse import unquote_to_bytes

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import DataError
from django.utils.http import parse_header_parameters
from django.utils.translation import override

from languages.registry import REGISTRY, SOURCE

from .middleware import is_staff_path

#: In the environment of a request that is answered with 400.
MALFORMED = "wirportal.malformed"
LONGEST_KEY = 18  # digits; SQLite and PostgreSQL count in 64 bits
#: With these, a list would fail or search for hours; no filter of ours has them.
LOOKUPS = {"regex", "iregex", "range"}
LIST_ROWS = "form-TOTAL_FORMS"
MOST_ROWS = 200  # Django shows no more of a list at once
OUT_OF_RANGE = (OverflowError, DataError)


def is_readable_type(content_type):
    """Tell whether Django can read such a body, and reads the same as everybody else."""
    try:
        _name, parameters = parse_header_parameters(content_type)
    except (LookupError, ValueError):
        return False
    return parameters.get("charset", "utf-8").lower() in ("utf-8", "utf8")


def has_nul(environ):
    """Tell whether there is a NUL, which PostgreSQL takes in no text; cookies write it `\\000`."""
    query, cookie = environ.get("QUERY_STRING", ""), environ.get("HTTP_COOKIE", "")
    return (
        "\0" in environ["PATH_INFO"]
        or ("%" in query and b"\0" in unquote_to_bytes(query))
        or ("\\" in cookie and "\\000" in cookie)
    )


def without_body(answer):
    if hasattr(answer, "close"):
        answer.close()
    return []


def only_well_formed(application, django):
    """WSGI application: what is malformed passes by the page store, to be refused by Django."""

    def checked(environ, start_response):
        if environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            # There is no body, and a charset would change how the address is read.
            environ.pop("CONTENT_TYPE", None)
        elif not is_readable_type(environ.get("CONTENT_TYPE", "")):
            environ[MALFORMED], environ["CONTENT_TYPE"] = True, ""
        if has_nul(environ):
            environ[MALFORMED] = True
        answer = (django if MALFORMED in environ else application)(environ, start_response)
        if environ["REQUEST_METHOD"] == "HEAD":  # Django renders a body, gunicorn warns of it
            return without_body(answer)
        return answer

    def at_once(environ, start_response):
        if has_nul(environ):
            return None
        return application.at_once(environ, start_response)

    if hasattr(application, "at_once"):
        checked.at_once = at_once
    return checked


def refuse(request):
    from .views import bad_request

    entry = REGISTRY.get(request.path_info.split("/")[1])
    with override(entry.code if entry else SOURCE):  # nothing else has looked at the address yet
        return bad_request(request)


def refuse_malformed(get_response):
    def middleware(request):
        return refuse(request) if MALFORMED in request.META else get_response(request)

    return middleware


def is_short_number(text):
    return text.isdecimal() and text.isascii() and len(text) <= LONGEST_KEY


def is_readable_query(query):
    """Refuse what only scanners ask lists and forms of the admin for."""
    return query.get("_to_field") != "" and not any(
        LOOKUPS.intersection(name.split("__")) for name in query
    )


def is_readable_form(form):
    """Refuse ticked rows that are no rows, more rows than a list shows, and NUL."""
    rows = form.get(LIST_ROWS, "0")
    return (
        all(map(is_short_number, form.getlist(ACTION_CHECKBOX_NAME)))
        and not (is_short_number(rows) and int(rows) > MOST_ROWS)
        and not any("\0" in value for values in form.lists() for value in (values[0], *values[1]))
    )


class StaffReadableMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if is_staff_path(request) and not (
            is_readable_query(request.GET) and is_readable_form(request.POST)
        ):
            return refuse(request)
        return self.get_response(request)

    def process_exception(self, request, exception):
        """No field of ours holds a number or a day that is out of the database's range."""
        if is_staff_path(request) and isinstance(exception, OUT_OF_RANGE):
            return refuse(request)
        return None
