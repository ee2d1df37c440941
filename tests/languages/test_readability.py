import pytest

from languages.diff import plain_text, word_diff
from languages.readability import amstad, count, lix, reading_ease

EASY = (
    "Wir helfen gern. Rufen Sie uns an. Wir sind für Sie da. Das Team hilft. "
    "Sie fragen. Wir sagen Ihnen was geht."
)
HARD = (
    "Die Bewilligungsvoraussetzungen der Integrationsförderungsrichtlinie unterliegen "
    "verwaltungsinternen Zuständigkeitsregelungen, deren Rechtsfolgenabschätzung "
    "gegebenenfalls Einzelfallentscheidungen notwendigerweise und in der Regel auch ohne "
    "weitere Anhörung der Beteiligten voraussetzt, sofern entgegenstehende "
    "Ausschlusstatbestände unberücksichtigt bleiben."
)


def test_words_sentences_and_syllables_are_counted():
    assert count("Das Auto fährt. Wohin?") == (4, 2, 6, 0)


def test_the_formulas_give_the_published_values():
    # 4 words, 2 sentences, none longer than six letters: 4/2 + 0; 180 - 2 - 58.5 * 6/4
    assert lix("Das Auto fährt. Wohin?") == 2
    assert amstad("Das Auto fährt. Wohin?") == pytest.approx(90.25)


def test_the_verdict_is_plain_words():
    assert reading_ease(EASY).startswith("leicht")
    assert reading_ease(HARD).startswith("schwer")
    assert "LIX" in reading_ease(HARD)


def test_short_texts_are_not_judged():
    assert reading_ease("") == ""
    assert reading_ease("WIR-Koordination") == ""


def test_a_diff_marks_words_and_escapes_them():
    assert word_diff("drei <b> Aufgaben", "vier <b> Aufgaben") == (
        "<del>drei</del><ins>vier</ins> &lt;b&gt; Aufgaben"
    )
    assert word_diff("", "neu") == "<ins>neu</ins>"
    assert word_diff("Verein & Co", "Bücherei") == "<del>Verein &amp; Co</del> <ins>Bücherei</ins>"
    assert plain_text("<p>Eins</p><ul><li><p>Zwei &amp; drei</p></li></ul>") == "Eins\nZwei & drei"
