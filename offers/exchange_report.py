"""What a table of offers would do or has done, for the person who sent it."""

from dataclasses import dataclass, field
from hashlib import sha256

from django.utils.translation import gettext as _

from .exchange_columns import PlaceColumn

MOST_PROBLEMS = 200
MOST_CHANGES = 100
LONGEST = 200  # characters of a value


@dataclass(frozen=True)
class Problem:
    line: int
    column: str
    message: str


@dataclass(frozen=True)
class Changed:
    line: int
    title: str
    is_new: bool
    cells: list  # (heading, old, new)


@dataclass
class Report:
    """What a file would do or has done."""

    filename: str
    total: int = 0
    new: int = 0
    public: int = 0  # of the new ones
    changed: int = 0
    unchanged: int = 0
    problem_count: int = 0
    problems: list[Problem] = field(default_factory=list)
    warning_count: int = 0
    warnings: list[Problem] = field(default_factory=list)
    rows: list[Changed] = field(default_factory=list)
    refused: str = ""
    stored: bool = False
    _hash: object = field(default_factory=sha256, repr=False)

    @property
    def is_clean(self):
        return not self.refused and not self.problem_count

    @property
    def can_be_stored(self):
        return self.is_clean and not self.stored and bool(self.new + self.changed)

    @property
    def digest(self):
        """What the file would do with all its rows; many of them are not shown."""
        return self._hash.hexdigest()

    def note(self, *what):
        self._hash.update(repr(what).encode())

    def add_problem(self, line, column, message):
        self.problem_count += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(line, column, message))

    def add_change(self, line, offer, is_new, changes):
        # What was there is blank in `shown` where an address is secret, and then only in `old`.
        told = [(name, shown or old, new) for name, (_c, shown, old, new) in changes.items()]
        self.note(line, is_new, told)
        if len(self.rows) < MOST_CHANGES:
            cells = [
                (heading, *as_told(offer, column, before, column.export(offer)))
                for heading, (column, before, *_values) in changes.items()
            ]
            self.rows.append(Changed(line, str(offer), is_new, cells))

    def add_warning(self, line, message):
        self.warning_count += 1
        self.note(line, message)
        if len(self.warnings) < MOST_PROBLEMS:
            self.warnings.append(Problem(line, "", message))


def as_told(offer, column, *texts):
    """Return old and new text for the report, but no secret address."""
    if isinstance(column, PlaceColumn) and offer.confidential_address:
        return "", _("(geheim)")
    return [text if len(text) <= LONGEST else text[: LONGEST - 1] + "…" for text in texts]
