"""What every request passes, in the order of settings.MIDDLEWARE."""

import secrets
from datetime import timedelta
from pathlib import Path

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpResponse, HttpResponsePermanentRedirect
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.encoding import escape_uri_path
from django.utils.functional import SimpleLazyObject
from django.utils.http import escape_leading_slashes
from django.utils.translation import gettext as _
from simple_history.middleware import HistoryRequestMiddleware
from whitenoise.middleware import WhiteNoiseMiddleware

from languages.registry import REGISTRY, SOURCE, best_language
from languages.rights import may_translate
from programme.site import languages_of

from .clients import stand_in
from .signin.adapters import lacks_factor

# No script runs on public pages; connect-src lets audit tools fetch robots.txt from the page.
PUBLIC_CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# The rich text editor writes one <style> into the page (hash) and needs an import map (nonce).
STAFF_CSP = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' '{editor_style}'; "
    "img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; media-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# Of django-prose-editor 0.28; a browser test fails when a new version needs another one.
EDITOR_STYLE = "sha256-PlumsSlvJ7vvWzjqibGAYKq92O3y/4JTxWWsWJvyUYA="
PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


SEEN_AGAIN = timedelta(minutes=5)


def is_staff_path(request):
    return request.path_info.startswith(settings.ADMIN_PATH)


class SecurityHeadersMiddleware:
    """Content-Security-Policy, framing and caching, on every answer that does not set its own."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.csp_nonce = SimpleLazyObject(lambda: secrets.token_urlsafe(16))
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", self.csp(request))
        response.headers.setdefault("X-Frame-Options", "DENY")
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        # Browsers keep a page but ask each time: an edit is live at the next request. A proxy
        # in front may serve its copy for a day while this server does not answer.
        public = "public, max-age=0, stale-if-error=86400"
        caching = "private, no-store" if is_staff_path(request) else public
        response.headers.setdefault("Cache-Control", caching)
        return response

    @staticmethod
    def csp(request):
        if not is_staff_path(request):
            return PUBLIC_CSP
        return STAFF_CSP.format(nonce=request.csp_nonce, editor_style=EDITOR_STYLE)


#: In the environment of a request that the page store could not read the database for: the codes
#: of the languages whose home page it has a copy of.
COPIES = "wirportal.copies"


def without_database(request):
    """Answer at once: every query would only wait for the database in vain."""
    from .views import root, server_error

    segment = request.path_info.removeprefix("/").partition("/")[0]
    request.languages = [REGISTRY[code] for code in request.META[COPIES]]
    if request.languages:
        return root(request)
    entry = REGISTRY.get(segment) or best_language(
        request.headers.get("Accept-Language", ""), list(REGISTRY.values())
    )
    with translation.override(entry.code):
        return server_error(request, 503)


class StaticFilesMiddleware(WhiteNoiseMiddleware):
    """Also sends what a newer version brought: in an update, workers of both answer at once."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.state = self.manifest_state()

    def __call__(self, request):
        path = request.path_info
        if path.startswith(settings.STATIC_URL) and path not in self.files:
            now = self.manifest_state()
            if now != self.state:
                self.add_files(self.static_root, prefix=self.static_prefix)
                self.state = now
        return super().__call__(request)

    @staticmethod
    def manifest_state():
        manifest = Path(settings.STATIC_ROOT, "staticfiles.json")
        return manifest.stat().st_mtime_ns if manifest.exists() else 0


class LanguageMiddleware:
    """Activate the language that stands first in the path; German for all other addresses.

    Django's LocaleMiddleware also looks at cookies and headers, which would make an address
    mean several pages. Here it means one.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if COPIES in request.META:
            return without_database(request)
        request.languages = SimpleLazyObject(lambda: languages_of(request))
        segment, _, rest = request.path_info.removeprefix("/").partition("/")
        entry = REGISTRY.get(segment.lower())
        if entry and entry.code != segment and request.method in {"GET", "HEAD"}:
            query = f"?{request.META['QUERY_STRING']}" if request.META["QUERY_STRING"] else ""
            return HttpResponsePermanentRedirect(
                escape_leading_slashes(f"/{entry.code}/{escape_uri_path(rest)}{query}")
            )
        # Only an answer under a published language's prefix is in that language.
        request.language = entry if entry and entry in request.languages else None
        preview = request.language is None and entry is not None and is_previewer(request, entry)
        if preview:
            request.language, request.languages = entry, [*request.languages, entry]
        code = request.language.code if request.language else SOURCE
        with translation.override(code):
            response = self.get_response(request)
        if request.language:
            response.headers.setdefault("Content-Language", request.language.tag)
        if preview:
            response.headers["Cache-Control"] = "private, no-store"
            patch_vary_headers(response, ["Cookie"])
        return response


def is_previewer(request, entry):
    """Tell whether the reader is signed in and translates into this unpublished language."""
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    if not key:
        return False
    request.session = SessionStore(key)
    user = get_user(request)
    return may_translate(user, entry.code) and not lacks_factor(user)


def address_stand_in(get_response):
    """Put a stand-in for the client's address where something counts: nothing can keep it."""

    def middleware(request):
        if is_staff_path(request) or request.method == "POST":
            request.META["REMOTE_ADDR"] = stand_in(request)
            request.META.pop("HTTP_X_FORWARDED_FOR", None)
        return get_response(request)

    return middleware


class StaffPagesOnly:
    """Mixin: run one of Django's middlewares on the admin's addresses only."""

    def __call__(self, request):
        return super().__call__(request) if is_staff_path(request) else self.get_response(request)

    def process_view(self, request, *args):
        parent = getattr(super(), "process_view", None)
        return parent(request, *args) if parent and is_staff_path(request) else None


class StaffSessionMiddleware(StaffPagesOnly, SessionMiddleware):
    """Also refuses large bodies before they are read: nobody may fill the disk without a login."""

    ANONYMOUS_LIMIT = 1_000_000  # bytes
    LIMIT = 210_000_000  # bytes; the largest upload is a video of 200 MB

    def __call__(self, request):
        length = request.META.get("CONTENT_LENGTH") or "0"
        signed_in = settings.SESSION_COOKIE_NAME in request.COOKIES
        if not length.isdecimal() or int(length) > (
            self.LIMIT if signed_in else self.ANONYMOUS_LIMIT
        ):
            return HttpResponse(_("Die Datei ist zu groß."), status=413, content_type="text/plain")
        return super().__call__(request)


class StaffCsrfMiddleware(StaffPagesOnly, CsrfViewMiddleware):
    pass


class StaffAuthenticationMiddleware(StaffPagesOnly, AuthenticationMiddleware):
    pass


class StaffMessageMiddleware(StaffPagesOnly, MessageMiddleware):
    pass


def staff_second_factor(get_response):
    """Without the second factor that is required, only the pages to set one up can be reached."""

    def middleware(request):
        if is_staff_path(request) and not request.path_info.startswith(settings.ACCOUNT_PATH):
            leaves = request.path_info == reverse("admin:logout")
            if not leaves and lacks_factor(request.user):
                return redirect("account_enrol")
        return get_response(request)

    return middleware


def staff_last_seen(get_response):
    """Note now and then that a device is in use."""

    def middleware(request):
        response = get_response(request)
        if is_staff_path(request) and request.user.is_authenticated:
            now = timezone.now()
            session = UserSession.objects.filter(
                session_key=request.session.session_key, last_seen_at__lt=now - SEEN_AGAIN
            )
            if session.exists():  # reading waits for nobody, writing might
                session.update(last_seen_at=now)
        return response

    return middleware


def staff_history(get_response):
    """Let the history know the user, on the admin's addresses."""
    with_history = HistoryRequestMiddleware(get_response)
    return lambda request: (with_history if is_staff_path(request) else get_response)(request)
