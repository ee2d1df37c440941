"""Sheets: what a page says on one piece of paper, beside German, for people who get paper.

`?blatt=a4` or `?blatt=a5` asks for the sheet of a page. Its template writes rows with the tags of
templatetags/sheets.py; each takes lines from the room that the paper has.
"""

import re
import unicodedata
from html import unescape

from django.utils.html import strip_tags
from django.utils.text import Truncator
from django.utils.translation import get_language

from languages.registry import REGISTRY, SOURCE

PAPERS = ("a4", "a5")
#: Lines under the name of the site and above the foot, and the width of the paper in em.
ROOM = {"a4": (52, 51), "a5": (39, 41)}
#: What _notices.html may say above a text that is not German.
NOTICES = 2.5
GAP = 0.5  # lines between two rows
MARGIN = 0.15  # lines after a paragraph
LONGEST_BLOCK = 700  # characters
BLOCK_END = re.compile(r"</(?:p|li|h\d|tr|dd|div|caption|address|blockquote)>|<br>")
#: On paper, links to calendars and maps and what holds today are hidden.
HIDDEN = re.compile(r'<p class="(?:view|today)">.*?</p>', re.S)
BLOCK_TAG = re.compile(r"<(/?)(?:p|h\d|ul|ol|li|blockquote)\b[^>]*>")
HEADING_END = re.compile(r"</h")
#: In em. Latin and Arabic letters, Cyrillic ones, Ethiopic and all others that are square.
NARROW, BROAD, WIDE, SPACE = 0.54, 0.6, 0.9, 0.27
#: Lines of Arabic letters are higher.
HIGHER = 1.12


class Sheet:
    """How many lines are left on the paper, and whether something did not fit."""

    def __init__(self, paper):
        self.paper, self.is_cut = paper, False
        self.is_bilingual = get_language() != SOURCE
        self.left, self.width = ROOM[paper]
        if self.is_bilingual:
            self.left, self.width = self.left - NOTICES, self.width / 2
        if REGISTRY[get_language()].direction == "rtl":
            self.left /= HIGHER

    def take(self, *texts, below="", size=1, share=1):
        """Tell whether a row of texts fits, side by side, and give it its room.

        `size` is that of the type, `share` the part of the width; `below` stands under the row.
        """
        heights = [lines_of(html, self.width * share / size) * size for html in texts]
        needed = max(heights) + lines_of(below, self.width) * 1.45 + GAP
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
    """Return how many lines a text takes in a column of this width, rather too many."""
    found = 0
    for part in BLOCK_END.split(HIDDEN.sub("", html)):
        if words := unescape(strip_tags(part)).split():
            found += wrapped(words, width) + MARGIN
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


def width_of(character):
    if unicodedata.combining(character):
        return 0
    is_wide = "\u1200" <= character <= "\u139f" or unicodedata.east_asian_width(character) in "WF"
    is_broad = "\u0400" <= character <= "\u052f"
    return WIDE if is_wide else BROAD if is_broad else NARROW


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
