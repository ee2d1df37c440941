"""The masks of the overview say what the rows say; the filters of the list combine them."""

import random
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.utils import timezone

from contacts.timetable import Timetable
from offers.filters import FACETS, Filters
from offers.models import Offer, Topic
from offers.overview import Overview, overview
from tests.factories import make_languages, make_municipality, make_offer, make_topic

pytestmark = pytest.mark.both_databases
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def sample(starter, capsys):
    call_command("sampledata", 150, languages=["de"])
    return list(
        Offer.objects.published().prefetch_related(
            "topics", "target_groups", "municipalities", "spoken_languages", "places", "hours"
        )
    )


def has(offer, name, value):
    """Say from the rows whether an offer has a property."""
    if name == "ort":
        places = [] if offer.confidential_address else offer.places.all()
        towns = {place.municipality.slug for place in places if place.municipality}
        towns |= {town.slug for town in offer.municipalities.all()}
        return offer.whole_district or value in towns
    return {
        "thema": lambda: value in {topic.slug for topic in offer.topics.all()},
        "gruppe": lambda: value in {group.slug for group in offer.target_groups.all()},
        "gruppe oder alle": lambda: {value, "alle"} & {g.slug for g in offer.target_groups.all()},
        "sprache": lambda: value in {spoken.code for spoken in offer.spoken_languages.all()},
        "kostenlos": lambda: offer.cost == "free",
        "frauen": lambda: offer.women_only,
        "kinderbetreuung": lambda: offer.childcare == "yes",
        "stufenlos": lambda: offer.step_free == "yes",
    }[name]()


def fits(offer, chosen):
    """Say whether an offer has all that is chosen; one for everyone suits every group."""
    names = {"gruppe": "gruppe oder alle"}
    return all(has(offer, names.get(name, name), value) for name, value in chosen.items())


def test_every_count_equals_a_count_of_the_rows(sample):
    current = overview()
    assert len(current.ids) == len(sample)
    assert {key[0] for key in current.masks} >= {*FACETS, "kostenlos", "frauen"}
    for (name, value), mask in current.masks.items():
        wanted = {offer.pk for offer in sample if has(offer, name, value)}
        assert set(current.ids_of([mask], 0, None)) == wanted, (name, value)


def test_combined_filters_equal_a_count_of_the_rows(sample):
    current, dice = overview(), random.Random(1)
    keys = sorted(current.masks)
    for _ in range(60):
        chosen = dict(dice.sample(keys, 3))
        filters = Filters(chosen, current)
        wanted = {o.pk for o in sample if fits(o, chosen)}
        assert set(current.ids_of(filters.ordered, 0, None)) == wanted, chosen
        for name, _label, options in filters.facets(list(Topic.objects.all()), []):
            others = {key: value for key, value in chosen.items() if key != name}
            for option in options:
                both = {**others, name: option.value}
                assert option.count == sum(fits(o, both) for o in sample)


def test_what_is_open_now_equals_the_timetable_of_each_offer(sample):
    for day in (date(2026, 11, 23), date(2026, 12, 25), date(2027, 1, 2)):
        current = Overview(day)
        for hour in (8, 10, 13, 16, 19):
            now = datetime.combine(day, time(hour, 15), tzinfo=BERLIN)
            mask = current.open_at(now.time())
            shown = set(current.ids_of([mask], 0, None))
            for offer in sample:
                if offer.pk in current.ids:
                    rows = (tuple(offer.hours.all()), tuple(offer.exceptions.all()))
                    closed = offer.closed and not (offer.closed_until and offer.closed_until < day)
                    is_open = Timetable(*rows, offer.on_holidays).is_open(now)
                    assert (offer.pk in shown) == (is_open and not closed), (offer, now)


def test_checked_offers_come_before_overdue_ones_and_then_by_title(db):
    make_languages()
    today = timezone.localdate()
    make_offer(title_de="A nie geprüft", slug="a")
    make_offer(title_de="c geprüft", slug="c", verified_on=today)
    make_offer(title_de="B geprüft", slug="b", verified_on=today)
    late = today - timedelta(days=1)
    make_offer(title_de="0 überfällig", slug="0", verified_on=late, review_due=late)
    slugs = Offer.objects.in_bulk(overview().ids)
    assert [slugs[pk].slug for pk in overview().ids] == ["b", "c", "0", "a"]


def test_every_change_is_seen_at_once_however_it_is_made(db):
    make_languages()
    offer = make_offer(topics=[make_topic()])
    assert list(overview().ids) == [offer.pk]
    Offer.objects.update(published=False)
    assert list(overview().ids) == []
    Offer.objects.update(published=True)
    assert overview().masks["thema", "sprache"] == 1
    offer.topics.clear()
    assert "thema" not in {name for name, _value in overview().masks}
    offer.places.create(municipality=make_municipality())
    assert overview().masks["ort", "musterstadt"] == 1
    offer.delete()
    assert list(overview().ids) == []


def test_the_overview_is_kept_as_long_as_nothing_changes(db, django_assert_num_queries):
    make_languages()
    make_offer()
    overview()
    with django_assert_num_queries(1):
        overview()


def test_offers_come_and_go_with_their_days(db, monkeypatch):
    make_languages()
    today = timezone.localdate()
    make_offer(title_de="bald", slug="bald", valid_from=today + timedelta(days=1))
    make_offer(title_de="vorbei", slug="vorbei", valid_to=today - timedelta(days=1))
    heute = make_offer(title_de="heute", slug="heute", valid_from=today, valid_to=today)
    assert list(overview().ids) == [heute.pk]
