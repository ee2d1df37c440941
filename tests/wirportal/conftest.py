import pytest
from django.core.handlers.wsgi import WSGIHandler

from wirportal.pagestore import PageStore


class Counting:
    """Django, and how often it was asked."""

    def __init__(self):
        self.django, self.asked = WSGIHandler(), []

    def __call__(self, environ, start_response):
        self.asked.append(f"{environ['PATH_INFO']}?{environ['QUERY_STRING']}")
        return self.django(environ, start_response)


@pytest.fixture
def make_store(settings, tmp_path):
    """Make a page store as each worker has one; all of them share their files."""
    settings.DATA_DIR = tmp_path

    def make_store():
        return PageStore(Counting())

    return make_store


@pytest.fixture
def store(make_store):
    return make_store()
