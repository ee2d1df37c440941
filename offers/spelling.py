"""What a word that no text has may have meant: another spelling, another form, a compound."""

from .searchtext import FILLERS, SHORTEST_WORD, distance_within, same_letters

MOST_CORRECTIONS = 8
#: In a word of so many letters, two typing errors are not yet another word.
LONG_WORD = 9
#: A longer one is no word: some languages put no spaces between them.
LONGEST_COMPARED = 60
#: Of the words that a typing error may have meant, those nearest in length are compared.
MOST_COMPARED = 400


def meant_by(typed, vocabularies, others):
    """Return (the known words that may have been meant, else the parts of a compound)."""
    pieces = pieces_of(typed, errors_in(typed) + 1)
    ends, starts = ends_of(typed), starts_of(typed)
    known = having(pieces, vocabularies)
    known |= {w for w in (*ends, *starts) if any(w in words for words in vocabularies)}
    words = corrections(typed, known | {w for w in others if any(piece in w for piece in pieces)})
    if not words and (end := next((end for end in ends if end in known | others), None)):
        return [], parts_of(end, typed.removesuffix(end))
    if others.issuperset(words):  # no text has one of them
        words += relatives(typed, vocabularies)
    if not words and (start := next((start for start in starts if start in known | others), None)):
        return [], parts_of(start, typed.removeprefix(start))
    return words, []


def having(pieces, vocabularies):
    """Return the known words that have one of these pieces."""
    found = {w for words in vocabularies for piece in pieces for w in words.having(piece)}
    return {word for word in found if len(word) <= LONGEST_COMPARED}


def errors_in(typed):
    return 2 if len(typed) >= LONG_WORD else 1


def corrections(typed, words):
    """Return those of the words that are a typing error or two away, or a part of which is.

    Errors leave a piece of the word as it is, and so `words` are those with such a piece.
    """
    most = errors_in(typed)
    nearest = sorted(words, key=lambda word: (abs(len(word) - len(typed)), word))
    # A short word is like a part of nearly any longer one: spaces keep its ends in place.
    edges = " {} " if len(typed) < LONG_WORD else "{}"
    found = [
        (distance_within(edges.format(typed), edges.format(word)), word)
        for word in nearest[:MOST_COMPARED]
    ]
    fewest = min(found, default=(most + 1, ""))[0]
    return [word for errors, word in found if errors == fewest <= most][:MOST_CORRECTIONS]


def pieces_of(typed, number):
    size = len(typed) // number
    pieces = [typed[size * n : size * (n + 1)] for n in range(number - 1)]
    pieces.append(typed[size * (number - 1) :])
    if number == 2 and size >= SHORTEST_WORD:
        # Should just the two letters in the middle have changed places.
        pieces += [typed[: size - 1], typed[size + 1 :]]
    return pieces


def ends_of(typed):
    """Return what a compound may end with, the longest first: "arzt" of "zahnarzt"."""
    ends = [typed[at:] for at in range(1, len(typed) - SHORTEST_WORD + 1)]
    return [word for word in ends if word not in FILLERS]


def starts_of(typed):
    starts = [typed[:at] for at in range(len(typed) - 1, SHORTEST_WORD - 1, -1)]
    return [word for word in starts if word not in FILLERS]


def parts_of(known, rest):
    """Return the parts to look for; a rest may stand in a text, in a compound for its part."""
    return [known, rest] if len(rest) >= SHORTEST_WORD else [known]


def relatives(typed, vocabularies):
    """Return the known words that begin like `typed`: other forms, other compounds."""
    known = having([f" {typed[:SHORTEST_WORD]}"], vocabularies)
    shared = {word: same_letters(typed, word) for word in known}
    most = max(shared.values(), default=0)
    if most * 2 < len(typed):
        return []
    words = [word for word, length in shared.items() if length == most]
    return sorted(words, key=lambda word: (len(word), word))[:MOST_CORRECTIONS]
