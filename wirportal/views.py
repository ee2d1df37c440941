"""Pages that bring several apps together, and what belongs to no app."""

import errno
import sys
from datetime import timedelta
from functools import cache

from django.conf import settings
from django.core.paginator import InvalidPage, Paginator
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Prefetch
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from contacts.models import ContactPerson
from contacts.presence import presence_of
from contacts.structured_data import organisation, service
from languages.readers import attach_states
from languages.registry import REGISTRY, best_language
from offers.hsds.parameters import problem_of
from offers.models import Topic
from programme.models import Area
from programme.sheets import page_or_sheet, paper_of
from programme.site import site_of
from programme.version import Unavailable, version_reader

from .sitemaps import SitePages

#: Each stands there in every language, with all its alternates: about 15 kB.
PAGES_IN_A_SITEMAP = 100


def areas_with_contacts():
    contacts = ContactPerson.objects.published().for_reader().prefetch_related("spoken_languages")
    return Area.objects.published().for_reader().prefetch_related(Prefetch("contacts", contacts))


@require_safe
def home(request):
    if paper_of(request):
        return poster(request)
    programme, areas = site_of(request).programme, list(areas_with_contacts())
    people = [person for area in areas for person in area.contacts.all()]
    attach_states(*areas, *people, subject=programme if programme.pk else None)
    context = {
        "areas": areas,
        "translated": programme.translated_into(),
        "json_ld": organisation(programme, people),
    }
    return render(request, "home.html", context)


def poster(request):
    """The sheet of the home page: what this site is, for walls and waiting rooms."""
    programme = site_of(request).programme
    guide = ContactPerson.objects.for_reader().guide(presence_of(request))
    attach_states(*filter(None, [guide]), subject=programme if programme.pk else None)
    return render(request, page_or_sheet(request, "home.html"), {"guide": guide})


@require_safe
def area(request, slug):
    area = get_object_or_404(areas_with_contacts(), slug=slug)
    publications = list(area.publications.published().for_reader())
    attach_states(*area.contacts.all(), *publications, subject=area)
    context = {
        "area": area,
        "publications": publications,
        "translated": area.translated_into(),
        "json_ld": service(area, site_of(request).programme),
    }
    return render(request, "programme/area.html", context)


@require_safe
def contents(request):
    site = site_of(request)
    contacts = list(ContactPerson.objects.published().only("first_name", "last_name", "slug"))
    topics = list(Topic.objects.for_reader("name", "slug"))
    attach_states(*site.areas, *site.pages, *topics)
    return render(request, "contents.html", {"contacts": contacts, "topics": topics})


@require_safe
def root(request):
    """Send the reader of `/` to the best language, the only automatic redirect there is."""
    entry = best_language(request.headers.get("Accept-Language", ""), request.languages)
    response = HttpResponseRedirect(f"/{entry.code}/")
    patch_vary_headers(response, ["Accept-Language"])
    return response


def error_page(request, template, status):
    """Render an error in the language of the address, else in the reader's best language."""
    varies = request.language is None
    if varies:
        header = request.headers.get("Accept-Language", "")
        request.language = best_language(header, request.languages)
    with translation.override(request.language.code):
        response = render(request, template, {"is_error": True}, status=status)
    if varies:
        patch_vary_headers(response, ["Accept-Language"])
    return response


def not_found(request, exception=None):
    return problem_of(request, 404) or error_page(request, "404.html", 404)


def forbidden(request, exception=None):
    return error_page(request, "403.html", 403)


def bad_request(request, exception=None):
    return server_error(request, 400)


#: What Django raises when the database is away, locked or broken; its heirs are our own mistakes.
DATABASE_FAILED = (DatabaseError, InterfaceError, OperationalError)
#: What the system says of an uploaded file that does not fit on the disk.
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
#: What PostgreSQL says while it is a replica, or is being moved.
READ_ONLY = "25006"


def will_pass(error):
    return (
        type(error) in DATABASE_FAILED
        or getattr(error, "errno", None) in NO_ROOM
        or getattr(getattr(error, "__cause__", None), "sqlstate", None) == READ_ONLY
    )


def server_error(request, status=None):
    """Answer without the database, which may be what failed; then a later try can work."""
    if status is None:
        status = 503 if will_pass(sys.exc_info()[1]) else 500
    if problem := problem_of(request, status):
        return problem
    entry = REGISTRY[get_language()]
    context = {
        "entry": entry,
        "status": status,
        "is_unsaved": status == 503 and request.method == "POST",
    }
    response = HttpResponse(render_to_string("500.html", context), status=status)
    response.headers["Content-Language"] = entry.tag
    response.headers["Cache-Control"] = "no-store"
    if status == 503:
        response.headers["Retry-After"] = "30"  # seconds
    return response


@never_cache
@require_safe
def healthz(request):
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(request):
    """The process answers, and its database is there and as new as the code; 503 otherwise."""
    try:
        version_reader()()
        missing = lacks_migrations()
    except (Unavailable, DatabaseError):
        return HttpResponse("no database\n", status=503, content_type="text/plain")
    if missing:
        return HttpResponse("migrations\n", status=503, content_type="text/plain")
    return HttpResponse("ok\n", content_type="text/plain")


@cache
def newest_migrations():
    """Return the last migration of each app, read from the files once in a process."""
    return set(MigrationLoader(None).graph.leaf_nodes())


def lacks_migrations():
    applied = MigrationRecorder(connection).migration_qs.values_list("app", "name")
    return not newest_migrations() <= set(applied)


@require_safe
def favicon(request):
    """Browsers ask for this address on pages that name no icon, such as the admin's."""
    return HttpResponseRedirect(static("icon.svg"))


@require_safe
def robots(request):
    lines = [
        "User-agent: *",
        f"Disallow: {settings.ADMIN_PATH}",
        "Disallow: /*/merkzettel/",
        "Disallow: /*?z=",  # pages that carry a shortlist
        "Disallow: /*&z=",
        f"Sitemap: {settings.SITE_URL}/sitemap.xml",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain")


@require_safe
def security_txt(request):
    """RFC 9116; it must not be valid for longer than a year."""
    email = site_of(request).programme.email
    contact = f"mailto:{email}" if email else f"{settings.SITE_URL}/de/impressum/"
    expires = timezone.now().replace(hour=0, minute=0, second=0) + timedelta(days=180)
    lines = [
        f"Contact: {contact}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: de, en",
        f"Canonical: {settings.SITE_URL}/.well-known/security.txt",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@require_safe
def sitemap(request):
    """All pages in one file, or a list of parts of bounded size (`?teil=2`)."""
    parts = Paginator(SitePages(request.languages), PAGES_IN_A_SITEMAP)
    context = {"site_url": settings.SITE_URL}
    if parts.num_pages > 1 and "teil" not in request.GET:
        context["parts"] = parts.page_range
        template = "sitemap_index.xml"
    else:
        template = "sitemap.xml"
        try:
            context["pages"] = parts.page(request.GET.get("teil", 1))
        except InvalidPage:
            raise Http404 from None
    return render(request, template, context, content_type="application/xml")
