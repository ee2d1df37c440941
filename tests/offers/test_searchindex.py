"""SQLite's index of the search texts, asked directly and after it has checked itself."""

import pytest
from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connection

from languages.registry import REGISTRY
from offers.models import Offer
from offers.searchindex import COLUMNS, create_indexes, older, table
from tests.factories import make_languages, make_offer, make_programme

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps its own indexes"),
]


@pytest.fixture(autouse=True)
def site(db):
    make_languages("de", "ar")
    make_programme()


def indexed(code, column="title"):
    """Return the numbers of the offers that have a word with "deutsch" in front in this column."""
    name = table(code, column)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {name}({name}, rank) VALUES ('integrity-check', 1)")
        cursor.execute(f"SELECT rowid FROM {name} WHERE {name} MATCH 'deutsch*'")
        return sorted(row[0] for row in cursor.fetchall())


def test_the_index_stays_in_step_with_the_texts():
    offers = [make_offer(slug=f"kurs-{number}") for number in range(3)]
    offers[0].title_ar, offers[1].summary_ar = "Deutsch", "Deutsch"
    for offer in offers[:2]:
        offer.save()
    pks = [offer.pk for offer in offers]
    assert indexed("de") == pks
    assert indexed("ar") == pks[:1]
    assert indexed("ar", "text") == pks[1:2]

    offers[1].title_de, offers[1].summary_ar = "Chor", ""
    offers[1].save()
    offers[0].title_ar = ""
    offers[0].save()
    assert indexed("de") == [pks[0], pks[2]]
    assert indexed("ar") == indexed("ar", "text") == []

    offers[0].delete()
    assert indexed("de") == pks[2:]

    Offer.objects.all().delete()
    assert not any(indexed(code, column) for code in REGISTRY for column in COLUMNS)


@pytest.mark.parametrize("columns", [("title", "text"), ("title",), ("text",)])
def test_an_index_of_an_older_version_is_made_anew(columns):
    """Of both columns, as the first versions made it, or one for each."""
    offer = make_offer()
    name = older("de") if len(columns) == 2 else older("de", *columns)
    with connection.cursor() as cursor:
        for column in COLUMNS:
            for event in ("insert", "delete"):
                cursor.execute(f"DROP TRIGGER {table('de', column)}_{event}")
            cursor.execute(f"DROP TABLE {table('de', column)}")
        cursor.execute(
            f"CREATE VIEW {name}_content AS SELECT offer_id, title, text FROM offers_searchtext"
        )
        cursor.execute(
            f"CREATE VIRTUAL TABLE {name} USING fts5({', '.join(columns)}, "
            f"content='{name}_content', content_rowid='offer_id', tokenize='trigram')"
        )
        for event in ("INSERT", "DELETE"):
            cursor.execute(
                f"CREATE TRIGGER {name}_{event.lower()} AFTER {event} ON offers_searchtext "
                f"BEGIN DELETE FROM {name}; END"
            )

    create_indexes(apps.get_app_config("offers"), DEFAULT_DB_ALIAS)
    create_indexes(apps.get_app_config("offers"), DEFAULT_DB_ALIAS)

    assert indexed("de") == [offer.pk]
    tables = connection.introspection.table_names(include_views=True)
    assert not {name, f"{name}_content"} & set(tables)
    offer.title_de = "Chor"
    offer.save()
    assert indexed("de") == []
