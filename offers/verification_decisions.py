"""What staff decide on a proposal, field by field."""

import re
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from languages.diff import word_diff
from languages.fields import is_rich

from .models import Outcome
from .verification_facts import in_words
from .verification_forms import apply, current, label, model_field

LINK = re.compile(r'<a [^>]*?href="([^"]*)"[^>]*>(.*?)</a>')


@dataclass(frozen=True)
class Change:
    name: str
    label: str
    old: str  # what was stored when the organisation answered, as `storable`
    now: object  # what is stored today, as `storable`
    new: object  # what is proposed
    diff: str
    shown_old: str
    shown_now: str

    @property
    def is_conflict(self):
        """Whether somebody has changed the entry since the answer, to something else."""
        return self.now not in (self.old, self.new)


def open_changes(row):
    """Return what is proposed and not decided yet."""
    return [change_of(row.entry, name, *pair) for name, pair in row.proposal.items()]


def change_of(entry, name, old, new):
    now = current(entry, name)
    values = (old, now, new)
    if is_rich(model_field(entry, name)):
        values = map(with_links, values)
    shown = [in_words(entry, name, value) for value in values]
    diff = word_diff(shown[1], shown[2])
    return Change(name, label(entry, name), old, now, new, diff, shown[0], shown[1])


def with_links(html):
    """Return rich text with the address of each link beside it: a lost one is seen, too."""
    return LINK.sub(r"\2 (\1)", html)


def accept(row, entry, name, user):
    """Save one proposed field, or all that nobody has changed meanwhile; return it in words."""
    found = open_changes(row)
    wanted = [c for c in found if c.name == name or (name == "all" and not c.is_conflict)]
    if not wanted and found:
        raise ValidationError(_("Bitte entscheiden Sie über jedes dieser Felder einzeln."))
    apply(entry, {change.name: change.new for change in wanted}, row.reason)
    done = {change.name for change in wanted}
    row.proposal = {key: pair for key, pair in row.proposal.items() if key not in done}
    if row.proposal:
        row.save()
    else:
        row.confirm(entry, row.sent_to, Outcome.ACCEPTED, user)
    text = ngettext(
        "%(count)s Feld ist übernommen.", "%(count)s Felder sind übernommen.", len(done)
    )
    return text % {"count": len(done)}
