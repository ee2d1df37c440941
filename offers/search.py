"""Search in the reader's language and in German at once, on the database's own index.

The database only answers which texts have a word or a phrase, in folded text (SQLite: FTS5,
PostgreSQL: GIN), so that both find the same. Which words have what was typed, what is combined and
how it is ordered is decided here, on the vocabularies and the masks of the overview.
"""

from dataclasses import dataclass, field
from functools import reduce
from itertools import chain
from operator import or_
from typing import NamedTuple

from django.db import connection

from languages.registry import SOURCE

from .overview import listed
from .searchindex import lookups
from .searchtext import FILLERS, SHORTEST_WORD, fold
from .spelling import meant_by

LONGEST_QUERY = 200  # characters; the rest of a longer one is not read
MOST_TERMS = 8
MOST_STATEMENTS = 100  # in one; SQLite takes 500
#: A synonym of fewer letters is found as a word, not as a part of one.
SHORTEST_PART = 6
#: Words that differ in their last two letters at most are forms of one word.
LONGEST_ENDING = 2
SHORTEST_STEM = 5


@dataclass
class Unit:
    """One thing that is looked for: a word as typed, or a phrase with its synonyms."""

    typed: str
    synonyms: list[str] = field(default_factory=list)
    meant: list[str] = field(default_factory=list)  # where the typed word is not found
    in_word: int = 0  # the title has it as a word of its own
    in_title: int = 0
    in_name: int = 0  # the title has it, or the name of its topic, group or municipality
    anywhere: int = 0


@dataclass(frozen=True)
class Found:
    """What was found: masks in the order of display, the best ones first."""

    masks: tuple
    is_complete: bool = True  # every word was found

    @property
    def mask(self):
        return reduce(or_, self.masks)


def search(query, code, overview):
    """Return what is found for `query` in the language `code` and in German."""
    units = units_of(fold(query[:LONGEST_QUERY])[:LONGEST_QUERY], overview.synonyms)
    if not units:
        return Found((0,), is_complete=False)
    codes = list(dict.fromkeys([SOURCE, code]))
    look_up(units, codes, overview)
    if not all(unit.anywhere for unit in units):
        units = [new for unit in units for new in instead_of(unit, codes, overview)]
        look_up([unit for unit in units if not unit.anywhere], codes, overview)
    return combine(units, overview.everything)


def instead_of(unit, codes, overview):
    """Return what to look for where no text has a word: what it may have meant, or its parts."""
    if unit.anywhere or len(unit.typed) < SHORTEST_WORD:
        return [unit]
    synonyms, labels = overview.synonyms, [overview.named(code).values() for code in codes]
    others = {phrase for phrase in synonyms if " " not in phrase}
    others.update(*map(str.split, chain.from_iterable(labels)))
    vocabularies = [overview.vocabulary(code) for code in codes]
    unit.meant, parts = meant_by(unit.typed, vocabularies, others - {unit.typed})
    if parts:
        return [unit for part in parts for unit in units_of(part, synonyms)]
    unit.synonyms += sorted({word for meant in unit.meant for word in synonyms.get(meant, ())})
    return [unit]


def units_of(folded, synonyms):
    """Split a folded query; the longest phrase that has synonyms stays together."""
    rest, units = f" {folded} ", []
    for phrase in synonyms:
        if phrase in rest and f" {phrase} " in rest:  # hardly one is: no need for its spaces
            units.append(Unit(phrase, list(synonyms[phrase])))
            rest = rest.replace(f" {phrase} ", "  ")
    words = list(dict.fromkeys(rest.split()))
    telling = [word for word in words if len(word) > 1 and word not in FILLERS]
    if not units and not telling:
        telling = words
    units += [Unit(word, synonyms_of_forms(word, synonyms)) for word in telling]
    return units[:MOST_TERMS]


def synonyms_of_forms(word, synonyms):
    """Return the synonyms of a word that differs from one with synonyms by its ending only."""
    stem = word[:SHORTEST_STEM]
    forms = [other for other in synonyms if other.startswith(stem) and is_form(word, other)]
    return sorted({*forms, *chain.from_iterable(synonyms[form] for form in forms)})


def is_form(word, other):
    same = max(len(word), len(other)) - LONGEST_ENDING
    return same >= SHORTEST_STEM and word[:same] == other[:same]


def forms_of(word, vocabulary):
    """Yield the words of the texts that differ from one by their ending only."""
    stem = word[:-LONGEST_ENDING]
    if " " in word or len(stem) < SHORTEST_STEM:
        return
    yield from (other for other in vocabulary.having(f" {stem}") if is_form(word, other))


def pattern(typed):
    """Return what to look for: very short words whole, short ones at the start of a word."""
    spaces = {1: " {} ", 2: " {} ", 3: " {}"}
    return spaces.get(len(typed), "{}").format(typed)


def whole(word):
    return f" {word} "


class Sought(NamedTuple):
    """What the texts of one language are asked for."""

    code: str
    typed: str
    meant: tuple
    synonyms: tuple

    def forms(self, vocabulary):
        """Return the words and phrases of the texts that have it, or that mean the same.

        Nobody typed the synonyms: short ones are whole words, and most are of other languages.
        """
        wanted = [*map(pattern, (self.typed, *self.meant))]
        # Turkish "iş" (work) becomes "is", and that is in every English text.
        for synonym in sorted(set(self.synonyms) - FILLERS):
            wanted.append(whole(synonym) if len(synonym) < SHORTEST_PART else synonym)
        known = {one: forms for one in wanted if (forms := vocabulary.forms(one))}
        for word in (self.typed, *self.meant):
            if inflected := list(forms_of(word, vocabulary)):
                known[word] = [*known.get(word, ()), *inflected]
        # "wohnung finden" is nowhere where "wohnung" is not.
        longer = {one for one in known for other in known if other in one and other != one}
        found = chain.from_iterable(known[one] for one in known if one not in longer)
        return tuple(dict.fromkeys(found))


def look_up(units, codes, overview):
    """Set the masks of all units: one query for what nobody has looked for since the last edit."""
    wanted = [
        (unit, Sought(code, unit.typed, tuple(unit.meant), tuple(unit.synonyms)))
        for unit in units
        for code in codes
    ]
    found = {key: overview.found.get(key) for _unit, key in wanted}
    if new := [key for key, masks in found.items() if masks is None]:
        found |= matching(new, overview)
        overview.keep(found)
    for unit in units:
        unit.in_word = unit.in_title = unit.anywhere = 0
    for unit, key in wanted:
        in_word, in_title, anywhere = found[key]
        unit.in_word |= in_word
        unit.in_title |= in_word | in_title
        unit.anywhere |= in_word | in_title | anywhere
    for unit in units:
        unit.in_name = unit.in_title | labelled(unit, codes, overview)
        unit.anywhere |= unit.in_name


def labelled(unit, codes, overview):
    """Return the mask of the offers whose topic, group or municipality is what is looked for."""
    mask = 0
    wanted = [*map(pattern, (unit.typed, *unit.meant)), *map(whole, unit.synonyms)]
    for code in codes:
        for key, label in overview.named(code).items():
            if any(text in label for text in wanted):
                mask |= overview.masks.get(key, 0)
    return mask


def matching(keys, overview):
    """Return {key: the masks of what has it as typed in the title, else there, in the text}."""
    statements = []
    for number, key in enumerate(keys):
        forms = key.forms(overview.vocabulary(key.code))
        others = tuple(form for form in forms if form != key.typed)
        # No text has a word that is no form; a phrase may be left out there for a part of it.
        typed = (key.typed,) if key.typed in forms or " " in key.typed else ()
        asked = (("title", typed), ("title", others), ("text", forms)) if forms else ()
        for place, (column, wanted) in enumerate(asked):
            for sql, values in lookups(connection, key.code, column, wanted):
                statements.append((f"SELECT {number}, {place}, ({sql})", values))
    masks = {key: [0, 0, 0] for key in keys}
    for start in range(0, len(statements), MOST_STATEMENTS):
        parts, values = zip(*statements[start : start + MOST_STATEMENTS], strict=True)
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(parts), list(chain.from_iterable(values)))
            for number, place, ids in cursor.fetchall():
                masks[keys[number]][place] |= overview.mask(listed(ids))
    return masks


def combine(units, everything):
    """Return the offers that have the most units, those with all of them in the title first."""
    with_at_least = [everything] + [0] * len(units)
    for unit in units:
        for number in range(len(units), 0, -1):
            with_at_least[number] |= with_at_least[number - 1] & unit.anywhere
    most = max(number for number, mask in enumerate(with_at_least) if mask or number == 0)
    mask = with_at_least[most] if most else 0
    if most < len(units):
        return Found(masks=by_rarest(units, mask), is_complete=False)
    word = title = name = mask
    for unit in units:
        word &= unit.in_word
        title &= unit.in_title
        name &= unit.in_name
    return Found((word, title & ~word, name & ~title, mask & ~name))


def by_rarest(units, mask):
    """Return the masks where something is missing: the rarest word says most of what is meant."""
    found = [unit for unit in units if unit.anywhere]
    if not found:
        return (0,)
    rarest = min(found, key=lambda unit: unit.anywhere.bit_count())
    title, name, text = (mask & m for m in (rarest.in_title, rarest.in_name, rarest.anywhere))
    return (title, name & ~title, text & ~name, mask & ~text)
