"""What a table costs does not grow with each offer: neither queries nor memory."""

import gc
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts.models import SpokenLanguage
from offers.exchange_export import columns_of, export_csv, offer_rows
from offers.models import Offer, Place
from tests.factories import make_municipality, make_offer, make_topic
from tests.offers.tables import make_basics, run

pytestmark = pytest.mark.both_databases


def make_offers(count, start=0):
    """Offers with something in each list, each in a place of its own."""
    for number in range(start, start + count):
        town = make_municipality(name=f"Ort {number}", slug=f"ort-{number}", ags=f"0653300{number}")
        offer = make_offer(
            title_de=f"Angebot {number}",
            slug=f"nr-{number}",
            places=[{"street": f"Weg {number}", "municipality": town}],
            hours=[{"weekday": 0, "opens": "09:00", "closes": "12:00"}],
            municipalities=[town],
            topics=[make_topic(name_de=f"Thema {number}", slug=f"thema-{number}")],
        )
        offer.spoken_languages.set([SpokenLanguage.objects.get_or_create(code="ar")[0]])


def exported():
    file = io.BytesIO()
    export_csv(Offer.objects.order_by("pk"), file)
    return file.getvalue()


def queries(ask):
    with CaptureQueriesContext(connection) as seen:
        ask()
    return len(seen)


def test_a_table_of_many_offers_asks_no_more_than_one_of_two(db):
    make_basics()
    make_offers(2)
    few = queries(exported)
    make_offers(6, start=2)
    assert queries(exported) == few


def test_reading_known_offers_in_asks_no_more_for_each(db, tmp_path):
    make_basics()
    make_offers(2)
    run(exported(), tmp_path)  # what is asked for once in a process
    few = queries(lambda: run(exported(), tmp_path))
    make_offers(6, start=2)
    assert queries(lambda: run(exported(), tmp_path)) == few


def test_an_offer_is_forgotten_once_its_row_is_written(db):
    make_basics()
    make_offers(3)
    offers = Offer.objects.order_by("pk")
    rows = offer_rows(offers, columns_of(offers), "csv")
    gc.collect()
    gc.disable()
    try:
        assert len(list(rows)) == 3
        assert not [obj for obj in gc.get_objects() if type(obj) is Place]
    finally:
        gc.enable()
