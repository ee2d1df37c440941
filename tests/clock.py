"""A clock that stands still until a test moves it."""

from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone


class Clock:
    def __init__(self):
        self.set(timezone.localdate())

    @property
    def today(self):
        return timezone.localdate(self.now)

    def set(self, day, hour=6):
        self.now = timezone.make_aware(datetime.combine(day, time(hour)))

    def pass_days(self, days):
        self.set(self.today + timedelta(days=days))


@pytest.fixture
def clock(monkeypatch):
    """Let all code that asks Django for the time get that of the test."""
    found = Clock()
    monkeypatch.setattr(timezone, "now", lambda: found.now)
    return found
