"""What the page store is compared with: the same bytes from almost nothing, and from bare Django.

BENCH_ANSWER names a JSON file with the headers, and the body beside it.
"""

import json
import os
from pathlib import Path

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path

ANSWER = Path(os.environ["BENCH_ANSWER"])
HEADERS = [tuple(header) for header in json.loads(ANSWER.read_text())]
BODY = ANSWER.with_suffix(".body").read_bytes()


def wsgi(environ, start_response):
    start_response("200 OK", HEADERS[:])
    return [BODY]


def view(request):
    return HttpResponse(BODY, headers=dict(HEADERS))


urlpatterns = [path("de/", view)]


def django():
    """Return Django with the middleware of `startproject`."""
    settings.configure(
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF=__name__,
        SECRET_KEY="bench",  # noqa: S106
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
        ],
        MIDDLEWARE=[
            "django.middleware.security.SecurityMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
        ],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    )
    return get_wsgi_application()
