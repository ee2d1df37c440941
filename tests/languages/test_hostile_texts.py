"""Texts that somebody may save to keep the server busy, or to lock others out."""

import signal
from contextlib import contextmanager

import pytest

from languages.diff import plain_text, word_diff
from languages.readability import reading_ease
from languages.templatetags.languages import mark_parts
from languages.translatable import PLACEHOLDER
from tests.factories import make_area

LONG = 100_000
#: Half a tag, more often than Django's own strip_tags takes.
HALF_TAGS = "<a" * 60


@contextmanager
def little_work():
    """Fail after 20 seconds of computing; a busy machine makes no difference."""

    def stop(*args):
        raise AssertionError("this would go on for minutes")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, 20)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


@pytest.mark.parametrize(
    "read",
    [
        lambda: PLACEHOLDER.findall("[[" * LONG),
        lambda: mark_parts("[[" * LONG, german_names=True),
        lambda: mark_parts("<" * LONG, german_names=True),
        lambda: reading_ease("." * LONG + "x"),
        lambda: word_diff("a b " * LONG, "b a " * LONG),
        lambda: plain_text("<a" * LONG),
    ],
)
def test_no_text_keeps_a_worker_busy(read):
    with little_work():
        read()


def test_a_change_in_a_long_text_is_still_shown_word_by_word():
    text = "Wort und " * 5000
    changed = word_diff(f"Alt {text}Ende", f"Neu {text}Ende")
    assert changed == f"<del>Alt</del><ins>Neu</ins> {text}Ende"


def test_an_entry_with_half_tags_can_still_be_mended(staff_client, db):
    area = make_area(title_de=HALF_TAGS)
    pages = [f"/verwaltung/programme/area/{area.pk}/{page}/" for page in ("change", "history")]
    pages += [f"/verwaltung/uebersetzen/ar/programme.area/{area.uuid}/title/"]
    pages += ["/verwaltung/uebersetzen/ar/", "/verwaltung/", "/de/"]
    for page in pages:
        assert staff_client.get(page).status_code == 200, page
