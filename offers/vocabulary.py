"""The words of a language's texts, to find those that a part stands in.

The databases' indexes know whole words only. What people type is often a part of one: "kurs" of
"Sprachkurse". So the parts are looked for here, in some ten thousand words, and the words there.
"""

from itertools import product

from .searchtext import SHORTEST_WORD

#: Of the words that a phrase may begin or end with, so many are looked for, the shortest ones.
MOST_ENDS = 16


class Vocabulary:
    def __init__(self, words):
        """Take the words as one text, with spaces between them."""
        self.text = f" {words} "

    def __contains__(self, word):
        return f" {word} " in self.text

    def having(self, part):
        """Yield the words with this part; a space in front or behind it is the edge of a word."""
        at = self.text.find(part)
        while at >= 0:
            start = self.text.rfind(" ", 0, at + 1) + 1
            end = self.text.find(" ", start)
            yield self.text[start:end]
            at = self.text.find(part, end)

    def forms(self, pattern):
        """Return the words or phrases that have what is looked for, as they may stand in a text."""
        first, *others = pattern.split()
        if others:
            return self.forms_of_phrase(first, others, pattern)
        found = list(self.having(pattern))
        # No list is kept of the short ones.
        return [*found, first] if len(first) < SHORTEST_WORD else found

    def forms_of_phrase(self, first, others, pattern):
        *between, last = others
        if not all(len(word) < SHORTEST_WORD or word in self for word in between):
            return []
        starts = self.forms(f" {first} " if pattern[0] == " " else f"{first} ")
        ends = self.forms(f" {last} " if pattern[-1] == " " else f" {last}")
        ways = product(*(sorted(words, key=len)[:MOST_ENDS] for words in (starts, ends)))
        return [" ".join([start, *between, end]) for start, end in ways]
