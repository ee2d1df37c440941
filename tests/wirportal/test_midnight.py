"""At midnight the stored pages turn: who helps today may be somebody else than yesterday."""

import pytest

from tests.contacts.test_absences import DAY, FIRST, LAST, site_with_an_absence
from tests.wsgi import ask


@pytest.mark.django_db(transaction=True)
def test_stored_pages_turn_at_midnight_of_the_first_day_and_after_the_last(
    make_store, full_site, clock
):
    clock(FIRST - DAY, 23, 59)
    pages, store = site_with_an_absence(), make_store()
    contacts = {f"/de/{path}?" for path in pages if "angebote" not in path}  # those turn for more

    def shown():
        return {b'<div class="away">' in ask(store, f"/de/{path}").content for path in pages}

    for day, hour, minute, is_away, is_new in (
        (FIRST - DAY, 23, 59, False, True),
        (FIRST, 0, 0, True, True),
        (FIRST, 18, 0, True, False),
        (LAST, 23, 59, True, True),
        (LAST, 23, 59, True, False),
        (LAST + DAY, 0, 0, False, True),
    ):
        clock(day, hour, minute)
        store.application.asked.clear()
        assert shown() == {is_away}, (day, hour)
        assert contacts & set(store.application.asked) == (contacts if is_new else set())
