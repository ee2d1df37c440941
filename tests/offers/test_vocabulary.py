"""Which words and phrases of a language's texts have what somebody typed."""

import pytest

from offers.vocabulary import MOST_ENDS, Vocabulary

WORDS = Vocabulary("kurse sprachkurs sprachkurse frauen jungfrauen frauentreff kurskurs")


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("kurs", "kurse sprachkurs sprachkurse kurskurs"),
        (" kurs", "kurse kurskurs"),
        ("kurs ", "sprachkurs kurskurs"),
        ("frauen ", "frauen jungfrauen"),
        (" frauen ", "frauen"),
        ("chor", ""),
    ],
)
def test_a_space_is_the_edge_of_a_word(part, expected):
    assert list(WORDS.having(part)) == expected.split()


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("sprachkurs", "sprachkurs, sprachkurse"),
        (" b1 ", "b1"),
        (" fra", "fra, frauen, frauentreff"),
        ("kurse frauent", "kurse frauentreff, sprachkurse frauentreff"),
        (" kurse frauent", "kurse frauentreff"),
        ("sprachkurse fur frauen ", "sprachkurse fur frauen"),
        (" kurse an der frauen ", "kurse an der frauen"),
        ("kurs chor frauen", ""),
        ("chor", ""),
    ],
)
def test_forms_are_whole_words_of_the_texts(pattern, expected):
    assert ", ".join(sorted(WORDS.forms(pattern))) == expected


def test_a_phrase_has_a_bounded_number_of_forms():
    many = " ".join(f"{'x' * number}kurs frauen{'x' * number}" for number in range(1, 50))
    forms = Vocabulary(f"kurs {many}").forms("kurs fur frauen")
    assert len(forms) == MOST_ENDS**2
    assert "kurs fur frauenx" in forms
