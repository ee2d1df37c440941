"""What changed between two texts, word by word."""

import re
from difflib import SequenceMatcher
from html import unescape

from django.utils.html import conditional_escape, strip_tags
from django.utils.safestring import mark_safe

WORDS = re.compile(r"\w+|\s+|[^\w\s]")
SIMILAR = 0.5
BLOCK_END = re.compile(r"(\s*</(p|li|ul|ol|h[1-6]|blockquote)>)+\s*")


def plain_text(html):
    """Return the words of rich text, each paragraph and list item on a line of its own."""
    return unescape(strip_tags(BLOCK_END.sub("\n", html))).strip()


def word_diff(old, new):
    """Return `new` as HTML with <del> for what went and <ins> for what came since `old`."""
    before, after = WORDS.findall(old), WORDS.findall(new)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    steps = matcher.get_opcodes()
    if matcher.ratio() < SIMILAR:  # a new text, not an edited one: shreds would be unreadable
        steps = [("replace", 0, len(before), 0, len(after))]
    parts = []
    for kind, a, b, c, d in steps:
        gone, came = "".join(before[a:b]), "".join(after[c:d])
        if kind == "equal":
            parts.append(conditional_escape(came))
            continue
        if gone:
            parts.append(f"<del>{conditional_escape(gone)}</del>")
        if came:
            parts.append(f"<ins>{conditional_escape(came)}</ins>")
    return mark_safe("".join(parts))  # noqa: S308  every part is escaped
