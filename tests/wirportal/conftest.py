from functools import partial

import pytest
from django.core.handlers.wsgi import WSGIHandler

from tests.prepared import once
from tests.wirportal.sites import SERVER, Sites, fill
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


@pytest.fixture(scope="session")
def original(request, tmp_path_factory):
    """The folder that all filled sites are copies of."""
    copied = request.getfixturevalue("migrated" if SERVER else "served_before")
    return once(tmp_path_factory, "filled-site", partial(fill, copied=copied))


@pytest.fixture(scope="module")
def sites(tmp_path_factory, original):
    sites = Sites(tmp_path_factory.mktemp("sites"), original)
    yield sites
    sites.close()


@pytest.fixture
def site(sites):
    return sites.filled()


@pytest.fixture(scope="module")
def good(sites, tmp_path_factory):
    """An archive of a site as it was filled."""
    path = tmp_path_factory.mktemp("good") / "good.tar"
    sites.filled().run("backup", path)
    return path
