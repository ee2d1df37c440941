"""What tests of the search share: a site, and what its list shows of a search."""

import re

import pytest

from tests.factories import make_languages, make_programme

LINK = re.compile(r'class="card offer.*?/angebote/([\w-]+)/"', re.DOTALL)


@pytest.fixture(autouse=True)
def site(db):
    make_languages("de", "ar", "en", "uk")
    make_programme()


def find(client, query, code="de", **parameters):
    """Return the slugs of the offers on the page, in its order."""
    response = client.get(f"/{code}/angebote/", {"q": query, **parameters})
    assert response.status_code == 200
    return LINK.findall(response.content.decode())
