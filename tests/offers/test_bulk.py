"""Rows written without objects: what a text may hold arrives as it was, on both databases."""

import pytest
from django.db import IntegrityError, transaction

from offers.bulk import insert_rows
from offers.models import SearchWord

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

NAMES = ("language", "word")
WORDS = {"a\tb", "a\nb", "\\N", "\\.", "a\\nb", "{a,b}", "NULL", "", "'a'", '"', "سلام", "%s"}


def written():
    return set(SearchWord.objects.values_list("word", flat=True))


@pytest.mark.parametrize("keep_known", [False, True])
def test_a_text_arrives_as_it_was(keep_known):
    insert_rows(SearchWord, NAMES, [("de", word) for word in WORDS], keep_known=keep_known)
    assert written() == WORDS


def test_of_many_rows_each_arrives():
    words = {f"wort{number}" for number in range(10_000)}
    insert_rows(SearchWord, NAMES, (("de", word) for word in words))
    insert_rows(SearchWord, NAMES, (("de", word) for word in words | {"neu"}), keep_known=True)
    assert written() == words | {"neu"}


def test_what_yields_the_rows_may_ask_the_database_meanwhile():
    insert_rows(SearchWord, NAMES, (("de", f"{n}{SearchWord.objects.count()}") for n in range(3)))
    assert written() == {"00", "10", "20"}


def test_what_is_there_already_is_an_error_of_django_and_nothing_is_written():
    insert_rows(SearchWord, NAMES, [("de", "da")])
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows(SearchWord, NAMES, [("de", "neu"), ("de", "da")])
    assert written() == {"da"}


def test_no_rows_are_no_error():
    insert_rows(SearchWord, NAMES, [])
    insert_rows(SearchWord, NAMES, [], keep_known=True)
    assert written() == set()
