"""Rich text as lines that anybody can edit, and back: what was no word of a line stays."""

import re
from difflib import SequenceMatcher
from html import escape
from itertools import groupby
from typing import NamedTuple

from languages.diff import plain_text

from .exchange_values import BULLET, NUMBERED, as_html

TAG = re.compile(r"<(/?)(p|li|ul|ol|blockquote|h[1-6])\b[^>]*>")
MARKED = re.compile(r"<(a|strong)\b[^>]*>([^<]+)</\1>")
SIGN = {"ol": NUMBERED, "ul": BULLET}


class Line(NamedTuple):
    block: str  # what it stands in: a paragraph, a heading, a list
    html: str


def lines_of(html):
    """Return the lines of a sanitised text, as `plain_text` tells them apart."""
    found, inside = [], []
    parts = [*TAG.split(html), "", ""]
    for text, closing, name in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        if plain_text(text):
            blocks = (block for block in reversed(inside) if block not in ("p", "li"))
            found.append(Line(next(blocks, "p"), text.strip()))
        if closing:
            inside = inside[:-1]
        else:
            inside.append(name)
    return found


def as_text(html):
    return "\n".join(plain_text(line.html) for line in lines_of(html))


def with_lines(html, text):
    """Return rich text with these lines as its words, each in the block where it stood before."""
    old, new = lines_of(html), [line.strip() for line in text.split("\n") if line.strip()]
    before = [plain_text(line.html) for line in old]
    if before == new:
        return html
    if not (old and new):
        return as_html(text) if new else ""
    found = []
    steps = SequenceMatcher(None, before, new, autojunk=False).get_opcodes()
    for kind, a, b, c, d in steps:
        if kind == "equal":
            found += old[a:b]
        else:
            models = old[a:b] or [neighbour(old, a)]
            found += [
                reworded(models[min(number, len(models) - 1)], words)
                for number, words in enumerate(new[c:d])
            ]
    return "".join(blocks(found))


def neighbour(old, place):
    """Return the line that a new one in this place resembles; below a heading begins its text."""
    before, after = old[:place], old[place:]
    if before and not before[-1].block.startswith("h"):
        return before[-1]
    return after[0] if after else Line("p", "")


def reworded(line, words):
    """Return the line with other words; what was a link, or bold, and is still there stays so."""
    if sign := SIGN.get(line.block):
        words = sign.sub("", words, count=1)
    marked = {match[2]: match[0] for match in MARKED.finditer(line.html)}
    html = escape(words, quote=False)
    if marked:
        longest_first = sorted(map(re.escape, marked), key=len, reverse=True)
        pattern = rf"(?<!\w)({'|'.join(longest_first)})(?!\w)"
        html = re.sub(pattern, lambda match: marked[match[0]], html)
    return line._replace(html=html)


def blocks(lines):
    for name, group in groupby(lines, key=lambda line: line.block):
        texts = [line.html for line in group]
        if name in SIGN:
            yield f"<{name}>{''.join(f'<li><p>{text}</p></li>' for text in texts)}</{name}>"
        elif name == "blockquote":
            yield f"<{name}>{''.join(f'<p>{text}</p>' for text in texts)}</{name}>"
        else:
            yield from (f"<{name}>{text}</{name}>" for text in texts)
