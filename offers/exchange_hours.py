"""Opening hours in one cell."""

import re
from datetime import time

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from import_export.widgets import Widget

from .exchange_values import SEPARATOR, text_of
from .models import OfferHours

#: Not translated: a file is read the same in every installation.
WEEKDAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
EVERY_DAY = "täglich"
SPAN = re.compile(r"(\d{1,2})(?:[:.](\d\d))?\s*(?:-|–|bis)\s*(\d{1,2})(?:[:.](\d\d))?")


class Hours(Widget):
    """Weekly hours as people write them: "Mo-Fr 9-12; Di 14:00-16:30"."""

    def clean(self, value, row=None, **kwargs):
        parts = [part.strip() for part in SEPARATOR.split(text_of(value)) if part.strip()]
        return sorted({hours for part in parts for hours in self.one(part)})

    def one(self, part):
        match = re.fullmatch(r"([^\d]+?)[\s:]*(\d.*?)(?:\s*Uhr)?", part)
        days = match and days_of(match[1])
        spans = match and re.split(r"\s*(?:,|\+|\bund\b|\bu\.)\s*", match[2])
        if not days or not all(SPAN.fullmatch(span.removesuffix("Uhr").strip()) for span in spans):
            raise ValidationError(
                _("„%(value)s“ ist keine Öffnungszeit. Bitte so: Mo 9:00-12:00; Di 14:00-16:30.")
                % {"value": part[:50]}
            )
        for span in spans:
            first, last = span_of(SPAN.match(span).groups())
            OfferHours(weekday=days[0], opens=first, closes=last).clean()
            yield from ((day, first, last) for day in days)

    def render(self, value, **kwargs):
        shown = (
            f"{WEEKDAYS[day][:2]} {opens:%H:%M}-{closes:%H:%M}"
            for day, opens, closes in value or []
        )
        return "; ".join(shown)


def days_of(text):
    """Return the weekdays of "Mo", "Montag", "Mo-Fr", "Mo, Mi und Fr" or "täglich", else []."""
    text, found = text.strip().lower(), []
    if text == EVERY_DAY:
        return [*range(7)]
    for part in re.split(r"\s*(?:,|/|\bund\b|\bu\.)\s*", text):
        ends = [day_of(name) for name in re.split(r"\s*(?:-|–|\bbis\b)\s*", part)]
        if None in ends or len(ends) > 2 or ends[-1] < ends[0]:
            return []
        found += range(ends[0], ends[-1] + 1)
    return found


def day_of(name):
    name = name.strip(" .").removesuffix("s").capitalize()
    fits = (day for day, full in enumerate(WEEKDAYS) if name in (full, full[:2]))
    return next(fits, None)


def span_of(groups):
    hour, minute, end, end_minute = (int(number or 0) for number in groups)
    try:
        return time(hour, minute), time(end, end_minute)
    except ValueError:
        raise ValidationError(_("Diese Uhrzeit gibt es nicht.")) from None
