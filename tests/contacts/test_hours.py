from datetime import UTC, date, datetime, time, timedelta

import polib
import pytest
from django.template.loader import render_to_string
from django.utils import timezone, translation
from hypothesis import given, settings
from hypothesis import strategies as st

from contacts.timetable import Timetable, public_holidays, timetable_context
from languages.registry import REGISTRY
from offers.models import OfferException, OfferHours

MONDAY = date(2026, 9, 28)
SATURDAY = UNITY_DAY = date(2026, 10, 3)
GOOD_FRIDAY = date(2026, 4, 3)
CORPUS_CHRISTI = date(2026, 6, 4)  # a Thursday; a holiday in Hesse, not in Berlin
HOLIDAYS = {
    UNITY_DAY: "Tag der Deutschen Einheit",
    GOOD_FRIDAY: "Karfreitag",
    CORPUS_CHRISTI: "Fronleichnam",
}


def clock_time(hour):
    return time(hour) if isinstance(hour, int) else hour


def hours(weekday, opens=9, closes=12):
    return OfferHours(weekday=weekday, opens=clock_time(opens), closes=clock_time(closes))


def exception(first_day, last_day=None, opens=None, closes=None, reason=""):
    values = {"opens": clock_time(opens), "closes": clock_time(closes), "reason": reason}
    return OfferException(first_day=first_day, last_day=last_day, **values)


def timetable(*weekly, exceptions=(), on_holidays=""):
    return Timetable(weekly, tuple(exceptions), on_holidays)


def at(day, hour, minute=0):
    return timezone.make_aware(datetime.combine(day, time(hour, minute)))


def show(*weekly, exceptions=(), on_holidays="", by_appointment=False, now, language="de"):
    """Return the partial as HTML without line breaks."""
    with translation.override(language):
        times = timetable_context(
            weekly, exceptions, on_holidays=on_holidays, by_appointment=by_appointment, now=now
        )
        return " ".join(render_to_string("contacts/_hours.html", {"times": times}).split())


def clock(text):
    return f'<bdi dir="ltr" class="nb">{text}</bdi>'


def test_unknown_hours_are_never_closed():
    for day in (MONDAY, SATURDAY, GOOD_FRIDAY):
        for on_holidays in ("", "yes", "no"):
            assert timetable(on_holidays=on_holidays).day(day).state == "unknown"


def test_unknown_hours_show_nothing():
    assert show(now=at(MONDAY, 10)) == ""
    assert show(now=at(MONDAY, 10), by_appointment=True) == "<p>Termine nach Vereinbarung</p>"


def test_a_weekday_without_hours_is_closed_and_one_with_hours_is_open():
    times = timetable(hours(0, 14, 16), hours(0), hours(3))
    assert [day.state for day in times.week(MONDAY)] == [
        *("open", "closed", "closed", "open", "closed", "closed", "closed")
    ]
    assert times.day(MONDAY).slots == ((time(9), time(12)), (time(14), time(16)))


def test_an_exception_without_hours_closes_all_its_days():
    times = timetable(hours(0), exceptions=[exception(MONDAY, date(2026, 10, 5), reason="event")])
    assert [times.day(MONDAY + timedelta(days=days)).state for days in (0, 7, 14)] == [
        *("closed", "closed", "open")
    ]
    assert times.day(MONDAY).reason == "event"


def test_exceptions_with_hours_replace_those_of_the_week():
    twice = [exception(MONDAY, opens=15, closes=17), exception(MONDAY, opens=10, closes=11)]
    day = timetable(hours(0), exceptions=twice).day(MONDAY)
    assert day.slots == ((time(10), time(11)), (time(15), time(17)))


def test_a_single_day_counts_more_than_the_weeks_around_it():
    holidays, day = exception(MONDAY, date(2026, 10, 30)), exception(MONDAY, opens=9, closes=10)
    assert timetable(exceptions=[holidays, day]).day(MONDAY).state == "open"
    assert timetable(exceptions=[day, holidays]).day(date(2026, 9, 29)).state == "closed"


def test_an_exception_is_known_even_where_the_week_is_not():
    times = timetable(exceptions=[exception(MONDAY)])
    assert times.day(MONDAY).state == "closed"
    assert times.day(date(2026, 9, 29)).state == "unknown"


@pytest.mark.parametrize(("day", "name"), HOLIDAYS.items())
@pytest.mark.parametrize(
    ("on_holidays", "state", "slots"), [("", "ask", 0), ("no", "closed", 0), ("yes", "open", 1)]
)
def test_on_holidays_the_regular_hours_are_doubtful(day, name, on_holidays, state, slots):
    found = timetable(hours(day.weekday()), on_holidays=on_holidays).day(day)
    assert (found.state, len(found.slots), found.holiday) == (state, slots, name)


def test_a_holiday_on_a_day_that_is_closed_anyway_stays_closed():
    assert timetable(hours(0)).day(UNITY_DAY).state == "closed"


def test_an_exception_counts_on_a_holiday_too():
    event = exception(UNITY_DAY, opens=10, closes=18)
    assert timetable(hours(5), exceptions=[event], on_holidays="no").day(UNITY_DAY).state == "open"


def test_the_holidays_are_those_of_the_land(settings):
    settings.HOLIDAY_SUBDIVISION = "BE"
    assert timetable(hours(3)).day(CORPUS_CHRISTI).state == "open"
    assert public_holidays(2026, "BE")[date(2026, 3, 8)] == "Frauentag"


def test_it_is_open_from_the_first_minute_to_before_the_last():
    times = timetable(hours(0))
    moments = [at(MONDAY, 8, 59), at(MONDAY, 9), at(MONDAY, 11, 59), at(MONDAY, 12)]
    assert [times.is_open(now) for now in moments] == [False, True, True, False]
    assert times.next_change(moments[0]) == at(MONDAY, 9)
    assert times.next_change(moments[1]) == at(MONDAY, 12)
    assert times.next_change(moments[3]) == at(date(2026, 9, 29), 0)


def test_hours_that_touch_are_one_opening():
    times = timetable(hours(0, 9, 12), hours(0, 12, 15))
    assert times.next_change(at(MONDAY, 10)) == at(MONDAY, 15)


@pytest.mark.parametrize(
    ("day", "length"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (MONDAY, 24)]
)
def test_days_on_which_the_clocks_change_end_at_their_midnight(day, length):
    change = timetable().next_change(at(day, 0))
    assert change - at(day, 0) == timedelta(hours=length)
    assert timezone.localtime(change).time() == time(0)


@pytest.mark.parametrize(("day", "utc"), [(date(2026, 3, 29), 7), (date(2026, 10, 25), 8)])
def test_hours_follow_the_clock_on_the_wall_when_it_changes(day, utc):
    times = timetable(hours(6))
    opens = datetime.combine(day, time(utc), tzinfo=UTC)
    assert times.next_change(at(day, 1)) == opens
    assert times.is_open(opens)
    assert not times.is_open(opens - timedelta(seconds=1))


quarters = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
spans = st.tuples(quarters, quarters).filter(lambda span: span[0] < span[1])
weekdays = st.integers(0, 6)
#: Around both changes of the clock, holidays, and days without anything.
days = st.sampled_from([date(2026, 3, 28), date(2026, 10, 24), GOOD_FRIDAY, date(2026, 12, 30)])
near = st.builds(lambda day, days: day + timedelta(days=days), days, st.integers(0, 3))
weeks = st.lists(st.builds(lambda weekday, span: hours(weekday, *span), weekdays, spans))
exception_lists = st.lists(
    st.builds(
        lambda first, length, span: exception(first, first + timedelta(days=length), *span),
        near,
        st.integers(0, 3),
        st.just((None, None)) | spans,
    ),
    max_size=4,
)
known = st.sampled_from(["", "yes", "no"])
timetables = st.builds(Timetable, weeks.map(tuple), exception_lists.map(tuple), known)
moments = st.builds(
    lambda day, seconds: at(day, 0).astimezone(UTC) + timedelta(seconds=seconds),
    near,
    st.integers(0, 26 * 3600),
)


@settings(deadline=None)
@given(timetables, moments, st.data())
def test_nothing_changes_before_the_next_change(times, now, data):
    change = times.next_change(now)
    assert now < change <= now + timedelta(hours=25)
    seconds = data.draw(st.integers(0, int((change - now).total_seconds()) - 1))
    for between in (now + timedelta(seconds=seconds), change - timedelta(seconds=1)):
        assert times.is_open(between) == times.is_open(now)
        assert timezone.localdate(between) == timezone.localdate(now)
    assert times.is_open(change) != times.is_open(now) or (
        timezone.localdate(change) > timezone.localdate(now)
    )


@settings(deadline=None)
@given(timetables, near)
def test_only_what_is_known_is_said(times, day):
    found = times.day(day)
    assert bool(found.slots) == (found.state == "open")
    covered = any(row.covers(day) for row in times.exceptions)
    assert (found.state == "unknown") == (not times.weekly and not covered)


def test_today_comes_first_and_in_words():
    html = show(hours(0), hours(0, 14, 17), hours(3, 8, 10), now=at(MONDAY, 7))
    morning = f"von {clock('9:00')} bis {clock('12:00')} Uhr"
    afternoon = f"von {clock('14:00')} bis {clock('17:00')} Uhr"
    assert html.startswith(
        f'<p class="today"><strong>Heute (Montag): {morning} und {afternoon}</strong></p>'
    )
    assert f'<th scope="row">Montag</th> <td>{morning} und {afternoon}</td>' in html
    assert html.count("<tr>") == 2


def test_a_closed_day_says_so_with_its_reason():
    html = show(hours(1), now=at(MONDAY, 7))
    assert '<p class="today"><strong>Heute geschlossen</strong></p>' in html
    closed = [exception(MONDAY, reason="holidays")]
    html = show(hours(0), exceptions=closed, now=at(MONDAY, 7))
    assert "<strong>Heute geschlossen</strong> (Ferien)</p>" in html
    assert "An diesen Tagen" not in html


def test_that_somebody_is_ill_is_nobodys_business():
    closed = [exception(MONDAY, date(2026, 10, 2), reason="illness")]
    html = show(hours(0), exceptions=closed, now=at(MONDAY, 7))
    assert "Heute geschlossen" in html
    assert "Krankheit" not in html


def test_on_a_holiday_people_are_asked_to_call():
    html = show(hours(4), now=at(GOOD_FRIDAY, 9))
    name = '<bdi lang="de" dir="ltr">Karfreitag</bdi>'
    assert f"<strong>Heute ist ein Feiertag: {name}. Bitte vorher anrufen.</strong>" in html


def test_a_holiday_of_the_coming_week_is_announced():
    html = show(hours(0), hours(1), now=at(date(2026, 4, 2), 9))
    name = '<bdi lang="de" dir="ltr">Ostermontag</bdi>'
    assert f"<li>Montag, 6. April 2026: Bitte vorher anrufen. ({name})</li>" in html
    assert "Karfreitag" not in html  # closed on Fridays anyway
    for known in ({"on_holidays": "yes"}, {"exceptions": [exception(date(2026, 4, 6))]}):
        assert "Ostermontag" not in show(hours(0), now=at(date(2026, 4, 2), 9), **known)


def test_exceptions_of_the_next_sixty_days_are_shown_in_order():
    rows = [
        exception(MONDAY + timedelta(days=60), opens=14, closes=16),
        exception(MONDAY + timedelta(days=60), opens=9, closes=10),
        exception(MONDAY + timedelta(days=61)),
        exception(date(2026, 9, 1), date(2026, 9, 27)),
        exception(date(2026, 10, 5), date(2026, 10, 9), reason="holidays"),
    ]
    html = show(hours(0), exceptions=rows, now=at(MONDAY, 9))
    first, second = html.split("<li>")[1:]
    assert first.startswith("vom 5. Oktober 2026 bis zum 9. Oktober 2026: geschlossen (Ferien)")
    nine, two = f"von {clock('9:00')}", f"von {clock('14:00')}"
    assert second.startswith(f"Freitag, 27. November 2026: {nine} bis {clock('10:00')} Uhr und ")
    assert two in second


def test_a_view_learns_when_the_page_changes():
    known = {"on_holidays": "", "by_appointment": False, "now": at(MONDAY, 10)}
    times = timetable_context([hours(0)], [], **known)
    assert times["is_open"]
    assert times["next_change"] == at(MONDAY, 12)


@pytest.fixture
def arabic_phrases(settings, tmp_path):
    """The phrases as translators may write them, whatever the catalogue holds today."""
    folder = tmp_path / "ar" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    po = polib.POFile()
    po.metadata = {"Content-Type": "text/plain; charset=UTF-8"}
    german, arabic = "von %(opens)s bis %(closes)s Uhr", "من %(opens)s إلى %(closes)s"
    po.append(polib.POEntry(msgid=german, msgstr=arabic))
    po.save_as_mofile(folder / "django.mo")
    settings.LOCALE_PATHS = [tmp_path, *settings.LOCALE_PATHS]


def test_in_arabic_times_stay_in_order_and_digits_latin(arabic_phrases):
    rows = [exception(date(2026, 10, 5), opens=8, closes=9)]
    html = show(hours(0), hours(0, 14, 17), exceptions=rows, now=at(MONDAY, 9), language="ar")
    span = f"من {clock('9:00')} إلى {clock('12:00')}"
    assert f'<th scope="row">الاثنين</th> <td>{span} و' in html
    assert "الاثنين، 5 أكتوبر 2026" in html
    assert not set(html) & set("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹–")


@pytest.mark.parametrize("language", REGISTRY)
def test_every_language_has_its_own_weekdays_and_latin_digits(language):
    rows = [exception(date(2026, 10, 5), date(2026, 10, 6))]
    html = show(hours(0), exceptions=rows, now=at(MONDAY, 9), language=language)
    assert ("Montag" in html) == language.startswith("de")
    assert "2026" in html
    assert not set(html) & set("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹")
