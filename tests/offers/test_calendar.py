from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation
from icalendar import Calendar

from offers.calendar import calendar_of, has_calendar
from offers.models import Offer
from tests.clock import clock  # noqa: F401  fixture
from tests.factories import make_offer

BERLIN = ZoneInfo("Europe/Berlin")
PAGE = "http://testserver/de/angebote/deutschkurs/"
TODAY = timezone.localdate()
DAY = timedelta(days=1)
#: The Monday after this week, and a last day a few weeks later.
MONDAY = TODAY - TODAY.weekday() * DAY + 7 * DAY
LAST = MONDAY + 27 * DAY


@pytest.fixture(autouse=True)
def today(clock):
    """Stay on the day of `TODAY`, even when the tests are begun just before midnight."""
    clock.set(TODAY, hour=12)


def stored(offer):
    return Offer.objects.prefetch_related("dates", "hours", "exceptions", "places").get(pk=offer.pk)


def events_of(offer):
    """Return the events of the file as a phone reads it."""
    return Calendar.from_ical(calendar_of(stored(offer), PAGE)).walk("VEVENT")


def make_weekly_offer(**overrides):
    hours = [{"weekday": 0, "opens": time(9), "closes": time(12)}]
    values = {"hours": hours, "valid_from": MONDAY, "valid_to": LAST, "on_holidays": "yes"}
    return make_offer(**values | overrides)


def make_date(offer, starts, hours=2):
    return offer.dates.create(starts=starts, ends=starts + timedelta(hours=hours))


def days_left_out(event):
    exdate = event.get("exdate")
    return [] if exdate is None else [moment.dt.date() for moment in exdate.dts]


def test_an_offer_without_dates_has_no_calendar(db):
    offer = make_offer()
    assert not has_calendar(stored(offer))
    assert not has_calendar(stored(make_weekly_offer(valid_to=None, slug="ohne-ende")))


def test_every_date_is_an_event_the_past_ones_too(db):
    offer = make_offer()
    past = make_date(offer, datetime(2020, 1, 15, 8, tzinfo=UTC))
    future = make_date(offer, datetime(2040, 7, 15, 8, tzinfo=UTC))
    events = events_of(offer)
    assert [event.start for event in events] == [past.starts, future.starts]
    assert [event.end for event in events] == [past.ends, future.ends]
    assert {event["url"] for event in events} == {PAGE}
    assert all("dtstamp" in event and "valarm" not in str(event).lower() for event in events)
    assert has_calendar(stored(offer))


@pytest.mark.parametrize(
    "starts",
    [
        datetime(2026, 3, 29, 0, 30, tzinfo=UTC),
        datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    ],
)
def test_dates_keep_their_moment_when_the_clocks_change(db, starts):
    offer = make_offer()
    make_date(offer, starts)
    [event] = events_of(offer)
    assert (event.start, event.end - event.start) == (starts, timedelta(hours=2))


def test_an_event_keeps_its_name_so_that_phones_update_it(db):
    offer = make_offer()
    row = make_date(offer, timezone.now())
    assert [event["uid"] for event in events_of(offer)] == [f"{offer.uuid}-{row.pk}@testserver"]
    row.starts += DAY
    row.ends += DAY
    row.save()
    assert [event["uid"] for event in events_of(offer)] == [f"{offer.uuid}-{row.pk}@testserver"]


def test_texts_are_in_the_readers_language_or_german(db):
    offer = make_offer(title_ar="دورة, لغة; ألمانية", places=[{"street": "Weg 1", "city": "Ort"}])
    make_date(offer, timezone.now())
    with translation.override("ar"):
        [event] = events_of(offer)
    assert event["summary"] == "دورة, لغة; ألمانية"
    assert event["description"] == "Deutsch lernen."
    assert event["location"] == "Weg 1, Ort"


def test_a_secret_address_is_in_no_calendar(db):
    offer = make_offer(confidential_address=True, places=[{"street": "Geheimweg 1"}])
    make_date(offer, timezone.now())
    assert b"Geheimweg" not in calendar_of(stored(offer), PAGE)


def test_lines_are_short_and_end_as_the_standard_says(db):
    offer = make_offer(summary_de="Ä" * 300)
    make_date(offer, timezone.now())
    file = calendar_of(stored(offer), PAGE)
    assert file.startswith(b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")
    assert all(len(line) <= 75 and b"\n" not in line for line in file.split(b"\r\n"))


def test_weekly_hours_repeat_until_the_last_day(db):
    offer = make_weekly_offer()
    calendar = Calendar.from_ical(calendar_of(stored(offer), PAGE))
    [event] = calendar.walk("VEVENT")
    assert event.start == datetime.combine(MONDAY, time(9), tzinfo=BERLIN)
    assert event.end == datetime.combine(MONDAY, time(12), tzinfo=BERLIN)
    assert event["dtstart"].params["TZID"] == "Europe/Berlin"
    assert [zone.tz_name for zone in calendar.timezones] == ["Europe/Berlin"]
    assert event["rrule"]["freq"] == ["WEEKLY"]
    [until] = event["rrule"]["until"]
    assert until.astimezone(BERLIN).date() == LAST
    assert days_left_out(event) == []


def test_weekly_hours_start_this_week_at_the_earliest(db):
    [event] = events_of(make_weekly_offer(valid_from=None))
    assert event.start.date() == MONDAY - 7 * DAY


def test_a_last_day_far_away_does_not_fill_the_calendar(db):
    [event] = events_of(make_weekly_offer(valid_to=date(9999, 12, 31), on_holidays="no"))
    assert event["rrule"]["until"][0].year <= TODAY.year + 3
    assert len(calendar_of(stored(Offer.objects.get()), PAGE)) < 10_000


def test_closed_days_are_left_out(db):
    offer = make_weekly_offer()
    offer.exceptions.create(first_day=MONDAY + 6 * DAY, last_day=MONDAY + 8 * DAY)
    [event] = events_of(offer)
    assert days_left_out(event) == [MONDAY + 7 * DAY]


def test_other_hours_are_events_of_their_own(db):
    offer = make_weekly_offer()
    offer.exceptions.create(first_day=MONDAY, opens=time(14), closes=time(15))
    weekly, single = events_of(offer)
    assert days_left_out(weekly) == [MONDAY]
    assert single.start == datetime.combine(MONDAY, time(14), tzinfo=BERLIN)
    assert "rrule" not in single
    assert len({weekly["uid"], single["uid"]}) == 2
    offer.exceptions.create(first_day=MONDAY, opens=time(9), closes=time(12))
    weekly, single = events_of(offer)
    assert days_left_out(weekly) == []


def next_first_of_may():
    year = TODAY.year + (date(TODAY.year, 4, 20) <= TODAY)
    return date(year, 5, 1)


@pytest.mark.parametrize(("on_holidays", "left_out"), [("", 1), ("no", 1), ("yes", 0)])
def test_holidays_are_left_out_unless_it_is_surely_open(db, on_holidays, left_out):
    may = next_first_of_may()
    offer = make_weekly_offer(
        valid_from=may - 7 * DAY,
        valid_to=may + 7 * DAY,
        on_holidays=on_holidays,
        hours=[{"weekday": may.weekday(), "opens": time(9), "closes": time(12)}],
    )
    [event] = events_of(offer)
    assert days_left_out(event) == [may] * left_out


def test_without_a_single_open_day_there_is_no_calendar(db):
    offer = make_weekly_offer()
    offer.exceptions.create(first_day=MONDAY, last_day=LAST)
    assert not has_calendar(stored(offer))


def test_while_an_offer_is_closed_its_dates_are_called_off(db):
    offer = make_weekly_offer(closed=True, closed_until=MONDAY + 7 * DAY)
    make_date(offer, datetime(2020, 1, 15, 8, tzinfo=UTC))
    make_date(offer, datetime.combine(MONDAY, time(9), tzinfo=BERLIN))
    make_date(offer, datetime.combine(MONDAY + 14 * DAY, time(9), tzinfo=BERLIN))
    *dates, weekly = events_of(offer)
    assert [event.get("status") for event in dates] == [None, "CANCELLED", None]
    assert days_left_out(weekly) == [MONDAY, MONDAY + 7 * DAY]


def test_an_offer_that_is_closed_without_end_has_no_weekly_hours(db):
    assert not has_calendar(stored(make_weekly_offer(closed=True)))


def test_the_weekly_hours_keep_their_time_on_the_wall_in_summer_and_winter(db):
    offer = make_weekly_offer(valid_to=TODAY + 365 * DAY)
    calendar = Calendar.from_ical(calendar_of(stored(offer), PAGE))
    [zone] = calendar.timezones
    clocks = zone.to_tz()
    for day in (date(TODAY.year + 1, 1, 15), date(TODAY.year + 1, 7, 15)):
        noon = datetime.combine(day, time(12))
        assert noon.replace(tzinfo=clocks).utcoffset() == noon.replace(tzinfo=BERLIN).utcoffset()


def test_making_the_calendar_reads_each_table_once(db, django_assert_num_queries):
    offer = make_weekly_offer(places=[{"street": "Weg 1", "city": "Ort"}])
    make_date(offer, timezone.now())
    offer = stored(offer)
    with django_assert_num_queries(0):
        assert calendar_of(offer, PAGE)
