"""A district's own colour: its contrast (WCAG 2.2, 1.4.3 AA), and what is derived from it."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

#: What links stand on, as site.css has it: --page, --hued, --note.
LIGHT = ("#ffffff", "#eff3fa", "#ddf8ff")
DARK = ("#131525", "#1d2034", "#002533")
ENOUGH, PLENTY = 4.5, 7
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
WEIGHTS = (0.2126, 0.7152, 0.0722)  # of red, green and blue


def parts(colour):
    return [int(colour[place : place + 2], 16) for place in (1, 3, 5)]


def luminance(colour):
    shares = [part / 255 for part in parts(colour)]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return sum(weight * share for weight, share in zip(WEIGHTS, linear, strict=True))


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def worst_contrast(colour, grounds):
    return min(contrast(colour, ground) for ground in grounds)


def mixed(colour, other, percent):
    both = zip(parts(colour), parts(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * percent / 100):02x}" for a, b in both)


def validate_colour(colour):
    if not COLOUR.fullmatch(colour):
        raise ValidationError(_("Eine Farbe steht hier so: # und sechs Zeichen, wie #2044aa."))
    found = worst_contrast(colour, LIGHT)
    if found < ENOUGH:
        raise ValidationError(
            _("Diese Farbe ist zu hell: Kontrast %(found)s zu 1, nötig sind 4,5 zu 1."),
            params={"found": f"{int(found * 10) / 10}".replace(".", ",")},
        )


def for_dark_mode(colour):
    """Return the first tint that is easy to read on every dark ground."""
    tints = (mixed(colour, "#ffffff", percent) for percent in range(0, 101, 5))
    return next(tint for tint in tints if worst_contrast(tint, DARK) >= PLENTY)


def variables(colour):
    """Return the declarations that stand over those of site.css, for light and for dark mode."""
    if not COLOUR.fullmatch(colour):  # none, or written past the form: not a word into the CSS
        return ["", ""]
    dark = for_dark_mode(colour)
    found = (colour, mixed(colour, "#000000", 30)), (dark, mixed(dark, "#ffffff", 50))
    return [f"--action:{action};--action-strong:{strong}" for action, strong in found]
