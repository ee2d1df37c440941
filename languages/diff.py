"""What changed between two texts, word by word."""

import re
from collections import Counter
from difflib import SequenceMatcher
from html import unescape
from itertools import takewhile

from django.core.exceptions import SuspiciousOperation
from django.utils.html import conditional_escape, format_html, strip_tags
from django.utils.safestring import mark_safe

WORDS = re.compile(r"\w+|\s+|[^\w\s]")
SIMILAR = 0.5
#: Equal words of two texts, each with each: more would take seconds, and some minutes.
MOST_PAIRS = 1_000_000
TAG = re.compile(r"<[^<>]*>")
BLOCK_END = re.compile(r"(?:</(?:p|li|ul|ol|h[1-6]|blockquote)>\s*)+")


def plain_text(html):
    """Return the words of rich text, each paragraph and list item on a line of its own."""
    return unescape(without_tags(BLOCK_END.sub("\n", html))).strip()


def without_tags(html):
    """Return the text between tags; Django's own function refuses what has many half ones."""
    try:
        return strip_tags(html)
    except SuspiciousOperation:
        return TAG.sub("", html)


def word_diff(old, new):
    """Return `new` as HTML with <del> for what went and <ins> for what came since `old`."""
    before, after = WORDS.findall(old), WORDS.findall(new)
    found = list(steps(before, after))
    same = sum(len(gone) for is_same, gone, _came in found if is_same)
    if 2 * same < SIMILAR * (len(before) + len(after)):
        return replaced(old, new)  # not an edited text: shreds would be unreadable
    parts = []
    for is_same, gone, came in found:
        if is_same:
            parts.append(conditional_escape("".join(came)))
            continue
        if gone:
            parts.append(f"<del>{conditional_escape(''.join(gone))}</del>")
        if came:
            parts.append(f"<ins>{conditional_escape(''.join(came))}</ins>")
    return mark_safe("".join(parts))  # noqa: S308  every part is escaped


def replaced(old, new):
    """Return one after the other, as HTML."""
    parts = [("<del>{}</del>", old), ("<ins>{}</ins>", new)]
    return mark_safe(" ".join(format_html(html, text) for html, text in parts if text))  # noqa: S308


def steps(before, after):
    """Yield what makes one list of words the other: (whether it stays, words before, after)."""
    start = shared(before, after)
    before, head, after = before[start:], before[:start], after[start:]
    end = shared(before[::-1], after[::-1])
    tail = before[len(before) - end :]
    before, after = before[: len(before) - end], after[: len(after) - end]
    yield True, head, head
    numbers = Counter(before)
    if sum(numbers[word] for word in after) > MOST_PAIRS:
        yield False, before, after
    else:
        matcher = SequenceMatcher(None, before, after, autojunk=False)
        for kind, a, b, c, d in matcher.get_opcodes():
            yield kind == "equal", before[a:b], after[c:d]
    yield True, tail, tail


def shared(one, other):
    """Return with how many of the same words both begin."""
    return sum(
        1 for _pair in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    )
