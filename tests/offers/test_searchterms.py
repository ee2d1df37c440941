"""What is searched without a result is counted, and nothing of who searched."""

import pytest
from django.utils import timezone

from offers import searchterms
from offers.models import SearchTerm
from tests.factories import make_offer
from tests.offers.searching import find, site  # noqa: F401  the fixture

pytestmark = [pytest.mark.both_databases, pytest.mark.django_db]


def test_a_search_without_result_is_counted_once_per_request(client):
    make_offer(title_de="Chor")

    for query, code in [("Yoga", "de")] * 2 + [(" yoga\n", "de"), ("Yoga", "ar"), ("Chor", "de")]:
        find(client, query, code)

    terms = SearchTerm.objects.values_list("term", "language", "number")
    assert sorted(terms) == [("yoga", "ar", 1), ("yoga", "de", 3)]
    assert SearchTerm.objects.first().last_day == timezone.localdate()


def test_a_result_that_a_filter_hides_is_not_counted(client):
    make_offer(title_de="Chor")

    assert find(client, "Chor", kostenlos="1") == []
    assert find(client, "Yoga", kostenlos="1") == []
    assert [row.term for row in SearchTerm.objects.all()] == ["yoga"]


@pytest.mark.parametrize(
    "query",
    [
        "erika@example.org",
        "Frau Yoga erika@example.org",
        "06431 296538",
        "0 6 4 3 1 2 9",
        "٠٦٤٣١٢٩٦",
        "+49 (0) 6431-296",
        "...",
    ],
)
def test_addresses_and_numbers_are_never_kept(client, query):
    assert find(client, query) == []

    assert not SearchTerm.objects.exists()


def test_the_list_of_terms_does_not_grow_without_end(client, monkeypatch):
    monkeypatch.setattr(searchterms, "MOST_TERMS", 3)
    monkeypatch.setattr(searchterms, "ROOM", 2)

    for word in ("yoga", "yoga", "yogax", "yogaxx", "yogaxxx", "yogaxxxx"):
        find(client, word)

    assert SearchTerm.objects.count() <= 3
    assert SearchTerm.objects.get(term="yoga").number == 2  # asked twice: it stays
    assert SearchTerm.objects.filter(term="yogaxxxx").exists()


def test_long_terms_are_shortened(client):
    find(client, "yoga " * 50)

    assert SearchTerm.objects.get().term == ("yoga " * 20)[:100]
