"""Sheets: what a page says on one piece of paper, beside German, for people who get paper.

`?blatt=a4` or `?blatt=a5` asks for the sheet of a page. Its template writes rows with the tags of
templatetags/sheets.py; each takes lines from the room that the paper has.
"""

import re
import unicodedata
from html import unescape
from itertools import zip_longest

from django.utils.html import strip_tags
from django.utils.text import Truncator
from django.utils.translation import get_language

from languages.registry import REGISTRY, SOURCE

PAPERS = ("a4", "a5")
#: Lines under the name of the site and above the foot, and the width of the paper in em. There are
#: 53.5 and 41 lines: rows that are too much for the letters of a reader, sheet.css leaves out.
ROOM = {"a4": (57, 51), "a5": (43, 41)}
#: What _notices.html may say above a text that is not German, and the space between two rows.
NOTICES, GAP = 1, 0.4
LONGEST_BLOCK = 700  # characters
LINE_END = re.compile(r"</(p|[uod]l|li|h\d|tr|dd|div|caption|address|blockquote|table)>|<br>")
#: On paper, links to calendars and maps and what holds today are hidden.
HIDDEN = re.compile(r'<p class="(?:view|today)">.*?</p>', re.S)
#: On paper, all that describes a term stands in its line.
SAME_LINE = re.compile(r"</dd>\s*(?=<dd)")
BLOCK_TAG = re.compile(r"<(/?)(?:p|h\d|ul|ol|li|blockquote)\b[^>]*>")
HEADING_END = re.compile(r"</h")
#: The size of the type of headings, and how much wider bold letters are.
HEADINGS, BOLD = {"h1": 1.7, "h2": 1.1, "h3": 1}, 1.07
#: How much higher a line with a number to call is, and how wide the room for it beside a row.
NUMBER, BESIDE = 0.45, 10
#: Lines after what ends with such a tag; em before an item of a list.
SPACES = dict.fromkeys(("p", "ul", "ol", "dl", "address", "blockquote", "table"), 0.23)
SPACES["h2"], INDENT = 0.08, 1.2
#: In em: Ethiopic letters and all others that are square, Cyrillic, Latin, Arabic and slim ones.
WIDE, BROAD, LATIN, ARABIC, SLIM, SPACE = 0.9, 0.61, 0.58, 0.48, 0.34, 0.26
SLIM_ONES = frozenset("fijlrtIJíîıіїł.,:;!'’()[]|/-·")
#: Lines of Arabic letters are higher.
HIGHER = 1.45 / 1.3


class Sheet:
    """How many lines are left on the paper, and whether something did not fit."""

    def __init__(self, paper):
        self.paper, self.is_cut = paper, False
        self.is_bilingual = get_language() != SOURCE
        self.left, self.width = ROOM[paper]
        if self.is_bilingual:
            self.left, self.width = self.left - NOTICES, self.width / 2
        self.height = HIGHER if REGISTRY[get_language()].direction == "rtl" else 1

    def take(self, own, german="", aside="", size=1, share=1):
        """Tell whether a row of two texts fits, side by side, and give it its room.

        `size` is that of the type, `share` the part of the width. What needs no language stands
        under the row, or beside it in the rest of the width.
        """
        width = self.width * share / size
        needed = max(lines_of(own, width) * self.height, lines_of(german, width)) * size
        if share == 1:
            needed += lines_of(aside, ROOM[self.paper][1]) + NUMBER * aside.count('"number"')
        else:
            needed = max(needed, lines_of(aside, BESIDE) + NUMBER)
        needed += GAP
        if needed > self.left:
            self.is_cut = True
            return False
        self.left -= needed
        return True


def paper_of(request):
    """Return the paper that the address asks for, or nothing."""
    paper = request.GET.get("blatt", "")
    return paper if paper in PAPERS else ""


def page_or_sheet(request, template, *, most_pages=1):
    """Return the template of a page, or that of its sheet where the address asks for it."""
    if paper := paper_of(request):
        request.sheet = Sheet(paper)
        request.sheet.left *= most_pages
        return template.replace(".html", "_sheet.html")
    return template


def lines_of(html, width):
    """Return how many lines a text takes in a column of this width, about."""
    found = 0
    parts = LINE_END.split(SAME_LINE.sub(" · ", HIDDEN.sub("", html)))
    for part, tag in zip_longest(parts[::2], parts[1::2]):
        if words := unescape(strip_tags(part)).split():
            size = HEADINGS.get(tag, 1)
            room = width - INDENT if tag == "li" else width / size / (BOLD if size > 1 else 1)
            found += wrapped(words, room) * size
        found += SPACES.get(tag, 0)
    return found


def wrapped(words, width):
    """Return how many lines these words fill; one that is too long is broken."""
    lines, used = 1, 0
    for word in words:
        needed = sum(map(width_of, word))
        if used and used + SPACE + needed > width:
            lines, used = lines + 1, 0
        used += needed + (SPACE if used else 0)
        lines, used = lines + int(used // width), used % width
    return lines


def width_of(letter):
    if unicodedata.combining(letter):
        return 0
    if letter in SLIM_ONES:
        return SLIM
    if "\u1200" <= letter <= "\u139f" or unicodedata.east_asian_width(letter) in "WF":
        return WIDE
    if "\u0400" <= letter <= "\u052f":
        return BROAD
    return ARABIC if "\u0600" <= letter <= "\u06ff" else LATIN


def shortened(block):
    """Return a paragraph; one that would fill the paper alone ends with "…"."""
    return Truncator(block).chars(LONGEST_BLOCK, html=True)


def blocks_of(html):
    """Return the paragraphs and whole lists of a rich text, each with the heading above it."""
    found, depth, start = [], 0, 0
    for tag in BLOCK_TAG.finditer(html):
        depth += -1 if tag[1] else 1
        if depth == 0 and not HEADING_END.match(tag[0]):
            found.append(html[start : tag.end()])
            start = tag.end()
    return found
