"""The cells of a workbook, read with less time and memory than openpyxl takes by itself."""

from dataclasses import dataclass
from functools import partial
from itertools import chain

from django.utils.translation import gettext as _
from openpyxl.reader import excel
from openpyxl.utils import get_column_letter
from openpyxl.worksheet import _read_only, _reader
from openpyxl.xml.constants import SHEET_MAIN_NS
from openpyxl.xml.functions import iterparse

from languages.po_checks import Refused

#: More than 20,000 rows have in all their columns, in eleven languages, when no two are equal.
MOST_TEXTS = 3_000_000
MOST_MARKS = 4 * MOST_TEXTS  # <si><t>…</t></si>
MOST_PARTS = 500_000  # of one text, each with a look of its own
MB = 2**20

SHARED = f"{{{SHEET_MAIN_NS}}}si"
PLAIN = f"{{{SHEET_MAIN_NS}}}t"
FORMATTED = f"{{{SHEET_MAIN_NS}}}r/{PLAIN}"


@dataclass
class CellText:
    """The text that stands in a cell itself; openpyxl's own class takes a tenth of an import."""

    content: str

    @classmethod
    def from_tree(cls, node):
        if len(node) == 1 and node[0].tag == PLAIN:  # most of them
            return cls(node[0].text or "")
        parts = chain(node.iterfind(PLAIN), node.iterfind(FORMATTED))
        return cls("".join(part.text or "" for part in parts))


@dataclass(frozen=True)
class NoResult:
    """Stands for the value of a formula that no spreadsheet has calculated yet."""

    cell: str


class Parser(_reader.WorkSheetParser):
    """Tells a formula without a result from a blank cell."""

    def parse_cell(self, element):
        cell = super().parse_cell(element)
        if cell["value"] is None and element.find(_reader.FORMULA_TAG) is not None:
            # Excel writes a result that is a blank text as a blank value of this type.
            is_blank = element.get("t") == "str" and element.find(_reader.VALUE_TAG) is not None
            if not is_blank:
                cell["value"] = NoResult(f"{get_column_letter(cell['column'])}{cell['row']}")
        return cell


def shared_texts(source):
    """Return the texts that cells name by number; openpyxl keeps a node of each, without limit."""
    if sum(chunk.count(b"<") for chunk in iter(partial(source.read, MB), b"")) > MOST_MARKS:
        raise too_large()
    source.seek(0)
    texts, parts = [], 0
    nodes = iterparse(source, ("start", "end"))
    _event, root = next(nodes)
    for event, node in nodes:
        if len(texts) > MOST_TEXTS or parts > MOST_PARTS:
            raise too_large()
        if event == "start":
            parts += 1
        elif node.tag == SHARED:
            texts.append(CellText.from_tree(node).content.replace("x005F_", ""))
            root.clear()
            parts = 0
    return texts


def too_large():
    return Refused(_("Die Datei wird beim Öffnen zu groß."))


_reader.Text = CellText
_read_only.WorkSheetParser = Parser
excel.read_string_table = shared_texts
