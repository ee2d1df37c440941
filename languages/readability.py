"""How easy a German text is to read, by two published formulas."""

import re

from django.utils.translation import gettext as _

WORD = re.compile(r"[A-Za-zÄÖÜäöüß]+(?:-[A-Za-zÄÖÜäöüß]+)*")
SENTENCE_END = re.compile(r"(?<![.!?:;])[.!?:;]+(?=\s|$)|\n+")
VOWELS = re.compile(r"[aeiouyäöü]+", re.IGNORECASE)
SHORTEST = 20  # words; below that, the formulas say nothing


def count(text):
    """Return the numbers of words, sentences, syllables and words of more than six letters."""
    words = WORD.findall(text)
    sentences = [part for part in SENTENCE_END.split(text) if WORD.search(part)]
    syllables = sum(max(1, len(VOWELS.findall(word))) for word in words)
    return len(words), len(sentences), syllables, sum(len(word) > 6 for word in words)


def lix(text):
    """Return the LIX of Björnsson (1968): below 40 is easy, above 60 very hard."""
    words, sentences, _syllables, long = count(text)
    return words / sentences + 100 * long / words


def amstad(text):
    """Return Flesch's reading ease for German by Amstad (1978): above 60 is easy, below 30 hard."""
    words, sentences, syllables, _long = count(text)
    return 180 - words / sentences - 58.5 * syllables / words


def reading_ease(text):
    """Return the verdict in plain words, or "" for a text that is too short to judge."""
    if count(text)[0] < SHORTEST:
        return ""
    value, ease = round(lix(text)), round(amstad(text))
    if value < 40 or ease >= 60:
        words = _("leicht zu lesen")
    elif value < 50 or ease >= 40:
        words = _("mittel; kürzere Sätze und Wörter helfen")
    else:
        words = _("schwer zu lesen; bitte kürzere Sätze und einfachere Wörter")
    return _("%(words)s (LIX %(lix)s, Amstad %(amstad)s)") % {
        "words": words,
        "lix": value,
        "amstad": ease,
    }
