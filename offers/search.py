"""Search in the reader's language and in German at once, on the database's own index.

The database only answers which texts contain a pattern (SQLite: FTS5, PostgreSQL: pg_trgm; both by
trigrams, on folded text, so that they find the same). What is combined and how it is ordered is
decided here, on the masks of the overview.
"""

from dataclasses import dataclass, field
from functools import reduce
from itertools import islice
from operator import or_

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from languages.registry import REGISTRY, SOURCE

from .models import SearchTerm, SearchWord
from .searchtext import SHORTEST_WORD, fold, table

LONGEST_QUERY = 200  # characters; the rest of a longer one is not read
MOST_TERMS = 8
MOST_CORRECTIONS = 8
#: A synonym of fewer letters is found as a word, not as a part of one.
SHORTEST_PART = 6
#: Of the words that a typing error may have meant, those nearest in length are compared.
MOST_COMPARED = 400
#: More different terms without a result than this are an attack, not a need.
MOST_SEARCH_TERMS = 5000
MOST_DIGITS = 4


@dataclass
class Unit:
    """One thing that is looked for: a word as typed, or a phrase with its synonyms."""

    typed: str
    synonyms: list[str] = field(default_factory=list)
    in_word: int = 0  # the title has it as a word of its own
    in_title: int = 0
    anywhere: int = 0


@dataclass(frozen=True)
class Found:
    """What was found: masks in the order of display, the best ones first."""

    masks: tuple
    is_complete: bool = True  # every word was found

    @property
    def mask(self):
        return self.masks[0] | self.masks[1] | self.masks[2]


def search(query, code, overview):
    """Return what is found for `query` in the language `code` and in German."""
    units = units_of(fold(query[:LONGEST_QUERY]), overview.synonyms)
    if not units:
        return Found((0, 0, 0), is_complete=False)
    codes = list(dict.fromkeys([SOURCE, code]))
    look_up(units, codes, overview)
    missed = [unit for unit in units if not unit.anywhere and len(unit.typed) >= SHORTEST_WORD]
    if missed:
        for unit in missed:
            unit.synonyms = corrections(unit.typed, codes)
        look_up(missed, codes, overview)
    return combine(units, overview.everything)


def units_of(folded, synonyms):
    """Split a folded query; the longest phrase that has synonyms stays together."""
    rest, units = f" {folded} ", []
    for phrase in sorted(synonyms, key=len, reverse=True):
        if f" {phrase} " in rest:
            units.append(Unit(phrase, synonyms[phrase]))
            rest = rest.replace(f" {phrase} ", "  ")
    units += [Unit(word) for word in dict.fromkeys(rest.split())]
    return units[:MOST_TERMS]


def pattern(typed):
    """Return what to look for: very short words whole, short ones at the start of a word."""
    spaces = {1: " {} ", 2: " {} ", 3: " {}"}
    return spaces.get(len(typed), "{}").format(typed)


def whole(word):
    return f" {word} "


def patterns(unit):
    """Yield (how it counts, pattern). Nobody typed the synonyms: short ones are whole words."""
    yield "in_word", whole(unit.typed)
    yield "in_title", pattern(unit.typed)
    yield "anywhere", pattern(unit.typed)
    for synonym in unit.synonyms:
        for where in ("in_title", "anywhere"):
            yield where, whole(synonym) if len(synonym) < SHORTEST_PART else synonym


def look_up(units, codes, overview):
    """Set the masks of all units: one query for all of their patterns, in all languages."""
    wanted = [
        (number, where, text) for number, unit in enumerate(units) for where, text in patterns(unit)
    ]
    ids = {}
    for key, pk in matching(wanted, codes):
        ids.setdefault(key, []).append(pk)
    for number, unit in enumerate(units):
        for where in ("in_word", "in_title", "anywhere"):
            setattr(unit, where, overview.mask(ids.get((number, where), ())))
        unit.anywhere |= unit.in_title | labelled(unit, codes, overview)


def labelled(unit, codes, overview):
    """Return the mask of the offers whose topic, group or municipality is what is looked for."""
    mask = 0
    wanted = [pattern(unit.typed), *map(whole, unit.synonyms)]
    for code in codes:
        for key, label in overview.labels[code].items():
            if any(text in label for text in wanted):
                mask |= overview.masks.get(key, 0)
    return mask


def matching(wanted, codes):
    """Yield ((number, where), offer's id) for each text that has a pattern."""
    statement = {"postgresql": like_statement}.get(connection.vendor, match_statement)
    parts, parameters, keys = [], [], []
    for number, where, text in wanted:
        for code in codes:
            sql, values = statement(len(keys), code, text, title_only=where != "anywhere")
            parts.append(sql)
            parameters += values
        keys.append((number, where))
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), parameters)
        for key, pk in cursor.fetchall():
            yield keys[key], pk


def match_statement(key, code, text, *, title_only):
    """Look up one pattern in SQLite's index; the text has no quotes, `fold` took them out."""
    name = table(code)
    match = f'title : "{text}"' if title_only else f'"{text}"'
    return f"SELECT {key}, rowid FROM {name} WHERE {name} MATCH %s", [match]


def like_statement(key, code, text, *, title_only):
    """Look up one pattern in PostgreSQL's index, which LIKE uses."""
    like = f"%{text}%"
    where, values = (
        ("title LIKE %s", [like])
        if title_only
        else (
            "(title LIKE %s OR text LIKE %s)",
            [like, like],
        )
    )
    # Not a parameter: the index of a language holds only where its condition stands in the query.
    language = f"language = '{REGISTRY[code].code}'"
    return f"SELECT {key}, offer_id FROM offers_searchtext WHERE {language} AND {where}", values


def combine(units, everything):
    """Return the offers that have the most units, those with all of them in the title first."""
    with_at_least = [everything] + [0] * len(units)
    for unit in units:
        for number in range(len(units), 0, -1):
            with_at_least[number] |= with_at_least[number - 1] & unit.anywhere
    most = max(number for number, mask in enumerate(with_at_least) if mask or number == 0)
    mask = with_at_least[most] if most else 0
    word = title = mask
    for unit in units:
        if unit.anywhere or most == len(units):
            word &= unit.in_word
            title &= unit.in_title
    return Found((word, title & ~word, mask & ~title & ~word), is_complete=most == len(units))


def corrections(typed, codes):
    """Return the known words that `typed` may have meant: one typing error away, or part of one.

    One error leaves one half of the word as it is. The database finds the words with that half.
    """
    middle = len(typed) // 2
    parts = [typed[:middle], typed[middle:]]
    if middle >= SHORTEST_WORD:
        # Should just the two letters in the middle have changed places.
        parts += [typed[: middle - 1], typed[middle + 1 :]]
    halves = reduce(or_, (Q(word__contains=part) for part in parts))
    words = SearchWord.objects.filter(halves, language__in=codes).values_list("word", flat=True)
    nearest = sorted(set(words), key=lambda word: (abs(len(word) - len(typed)), word))
    found = (word for word in nearest[:MOST_COMPARED] if distance_within(typed, word) <= 1)
    return list(islice(found, MOST_CORRECTIONS))


def distance_within(typed, word):
    """Return how many typing errors turn `typed` into the best fitting part of `word`.

    Damerau's errors: a letter missing, added, another one, or two that changed places. What of
    `word` stands before and after the part costs nothing (Sellers 1980).
    """
    before, previous = [0] * (len(word) + 1), []
    for row, letter in enumerate(typed, start=1):
        current = [row]
        for column, other in enumerate(word, start=1):
            best = min(before[column] + 1, current[column - 1] + 1)
            best = min(best, before[column - 1] + (letter != other))
            swapped = row > 1 and column > 1 and typed[row - 2] == other
            if swapped and word[column - 2] == letter:
                best = min(best, previous[column - 2] + 1)
            current.append(best)
        before, previous = current, before
    return min(before)


def count_without_result(query, code):
    """Note a term that found nothing; never what may be somebody's number or address."""
    term = " ".join(query.replace("\0", "").split())[:100].lower()
    if not fold(term) or "@" in term or sum(map(str.isdigit, term)) > MOST_DIGITS:
        return
    if SearchTerm.objects.count() >= MOST_SEARCH_TERMS:
        return
    row, is_new = SearchTerm.objects.get_or_create(term=term, language=code)
    if not is_new:
        row.number += 1
        row.last_day = timezone.localdate()
        row.save()
