"""A translators' file on its way back: checked completely, shown, written at once, undone at once.

`read_po` writes nothing. `apply` writes all of it or nothing. `undo` takes back one import, but
not what somebody changed after it.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import polib
from django.contrib.auth import get_user_model
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import interface
from . import po_export as export
from .forms import digest
from .models import Import, Origin
from .po_checks import Refused, check_forms, checked, decode, language, parse
from .status import Status, translatable_models

STAND = re.compile(r"^stand: (\w+)$", re.MULTILINE)


class Kind(models.TextChoices):
    NEW = "new", gettext_lazy("neu")
    CHANGED = "changed", gettext_lazy("geändert")
    CONFIRMED = "confirmed", gettext_lazy("gilt auch für das neue Deutsch")
    OUTDATED = "outdated", gettext_lazy("aus älterem Deutsch")
    CONFLICT = "conflict", gettext_lazy("Konflikt")
    INTERFACE = "interface", gettext_lazy("Oberfläche")


@dataclass(frozen=True)
class Change:
    """One text that the file would change; `entry` is set for a text of the interface."""

    line: int
    kind: Kind
    key: str
    title: str
    label: str
    before: str
    after: str
    source: str = ""
    entry: polib.POEntry | None = None


@dataclass(frozen=True)
class Rejected:
    line: int
    key: str
    reason: str


@dataclass
class Preview:
    """What a file would do."""

    code: str
    filename: str = ""
    changes: list[Change] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    unchanged: int = 0
    fuzzy: int = 0
    empty: int = 0
    accept_conflicts: bool = False

    @property
    def fingerprint(self):
        """Tells two previews apart: what was looked at has to be what is written."""
        return digest([(c.key, c.before, c.after, c.kind) for c in self.changes])

    @property
    def conflicts(self):
        return [change for change in self.changes if change.kind == Kind.CONFLICT]

    @property
    def to_write(self):
        return [c for c in self.changes if self.accept_conflicts or c.kind != Kind.CONFLICT]


def read_po(source: bytes | Path, code=None, filename="") -> Preview:
    """Check a file and return what it would do; without `code`, its header names the language."""
    po = parse(decode(source))
    preview = Preview(language(po, code), filename or getattr(source, "name", ""))
    items = {item.key: item for item in export.content(preview.code)}
    texts = {interface.identity(entry): entry for entry in interface.catalogue_of(preview.code)}
    seen = {}
    for entry in po:
        if entry.obsolete:
            continue
        if entry.fuzzy:
            preview.fuzzy += 1
            continue
        if not any(export.fold(text) for text in interface.forms(entry)):
            preview.empty += 1
            continue
        is_content = (entry.msgctxt or "").count(":") == 2
        key = entry.msgctxt if is_content else entry.msgid
        try:
            unique = key if is_content else interface.identity(entry)
            if unique in seen:
                raise Refused(_("Der Text steht schon in Zeile %(line)s.") % {"line": seen[unique]})
            seen[unique] = entry.linenum
            known = items if is_content else texts
            change = (content_change if is_content else interface_change)(entry, known)
        except Refused as reason:
            preview.rejected.append(Rejected(entry.linenum, key, str(reason)))
        else:
            preview.changes += [change] if change else []
            preview.unchanged += not change
    return preview


def touched(entry, before, after):
    """Tell whether the translator changed the text, and whether somebody else did.

    Without the comment of the export, whatever differs is the translator's.
    """
    exported = STAND.search(entry.comment)
    if not exported:
        return after != before, False
    is_new = after != before and exported[0] != export.stamp(*after)
    return is_new, exported[0] != export.stamp(*before)


def content_change(entry, items):
    """Return what an entry changes in the content; None for nothing."""
    item = items.get(entry.msgctxt)
    if item is None:
        raise Refused(unknown(entry.msgctxt, items))
    if entry.msgid_plural:
        raise Refused(_("Texte der Seiten haben keine Mehrzahlformen."))
    is_current = export.fold(entry.msgid) == export.fold(item.german)
    before, after = export.fold(item.text), export.fold(entry.msgstr)
    changed, changed_elsewhere = touched(entry, [before], [after])
    if changed:
        after = checked(entry, item)
        kind = Kind.CHANGED if before else Kind.NEW
        kind = kind if is_current else Kind.OUTDATED
        kind = Kind.CONFLICT if changed_elsewhere else kind
    elif after == before and is_current and item.status == Status.OUTDATED:
        kind, after = Kind.CONFIRMED, item.text  # no longer fuzzy: it fits the new German as well
    else:
        return None
    if not after or (after == before and kind != Kind.CONFIRMED):
        return None  # an empty text never empties a field
    return Change(
        line=entry.linenum,
        kind=kind,
        key=item.key,
        title=item.title,
        label=str(item.model_field.verbose_name),
        before=item.text,
        after=after,
        source=item.german if is_current else export.fold(entry.msgid),
    )


def unknown(key, items):
    label, _uuid, name = key.split(":")
    if label not in {model._meta.label_lower for model in translatable_models()}:
        return _("Inhalte der Art „%(label)s“ gibt es hier nicht.") % {"label": label}
    if not any(known.rpartition(":")[0] == key.rpartition(":")[0] for known in items):
        return _("Diesen Inhalt gibt es hier nicht oder nicht mehr.")
    return _("„%(field)s“ ist kein Feld mit einem deutschen Text.") % {"field": name}


def interface_change(entry, texts):
    """Return what an entry changes in the interface; None for nothing."""
    stored = texts.get(interface.identity(entry))
    if stored is None:
        raise Refused(_("Diesen Text gibt es in der Oberfläche nicht oder nicht mehr."))
    old, new = interface.forms(stored), interface.forms(entry)
    changed, changed_elsewhere = touched(entry, old, new)
    if not changed:
        return None
    check_forms(entry, stored)
    return Change(
        line=entry.linenum,
        kind=Kind.CONFLICT if changed_elsewhere else Kind.INTERFACE,
        key=entry.msgid,
        title=_("Oberfläche"),
        label="",
        before="\n".join(old),
        after="\n".join(new),
        entry=entry,
    )


def apply(preview, user=None) -> Import:
    """Write all of a preview or, after any error, nothing; the conflicts only if accepted."""
    code = preview.code
    with transaction.atomic():
        done = [write(change, code) for change in preview.to_write if not change.entry]
        texts = [change for change in preview.to_write if change.entry]
        done += overlay(code, texts)
        return Import.objects.create(
            language=code, filename=preview.filename[:200], user=user, changes=done
        )


def find(key):
    """Return the object, locked, and the field that a key names; None for what is gone."""
    label, uuid, name = key.split(":")
    model = {model._meta.label_lower: model for model in translatable_models()}.get(label)
    if model is None or name not in model.translated_fields():
        return None, name
    return model.objects.select_for_update().filter(uuid=uuid).first(), name


def changed_meanwhile(change):
    return Refused(
        _("„%(text)s“ hat inzwischen jemand geändert. Bitte die Datei noch einmal einlesen.")
        % {"text": f"{change.title} {change.label}".strip()}
    )


def write(change, code):
    """Store one translation; return what `undo` has to know."""
    obj, name = find(change.key)
    if obj is None or obj.text(name, code) != change.before:
        raise changed_meanwhile(change)
    row = obj.translations.filter(field=name, language=code).first()
    before = row and {
        "text": change.before,
        "source": row.source,
        "origin": row.origin,
        "reviewed_by": row.reviewed_by_id,
        "reviewed_at": row.reviewed_at and row.reviewed_at.isoformat(),
        "written_at": row.written_at.isoformat(),
    }
    obj.translate(name, code, change.after, origin=Origin.IMPORT, source=change.source)
    return {"key": change.key, "before": before, "after": obj.text(name, code)}


def overlay(code, changes):
    """Change texts of the interface; return what `undo` has to know."""
    stored = {interface.identity(entry): entry for entry in interface.catalogue_of(code)}
    own, done = interface.own_forms(code), []
    for change in changes:
        name, texts = interface.identity(change.entry), interface.forms(change.entry)
        if name not in stored or "\n".join(interface.forms(stored[name])) != change.before:
            raise changed_meanwhile(change)
        done.append({"interface": name, "key": change.key, "before": own.get(name), "after": texts})
        own[name] = texts
    if changes:
        interface.save_own_forms(code, own)
    return done


def undo(imp) -> list[str]:
    """Take back one import; return the keys of what was changed or deleted after it."""
    with transaction.atomic():
        imp = Import.objects.select_for_update().get(pk=imp.pk)
        if imp.undone_at:
            raise Refused(_("Dieser Import ist schon zurückgenommen."))
        own, skipped = interface.own_forms(imp.language), []
        for change in imp.changes:
            if "interface" in change:
                is_undone = take_back_interface(change, own)
            else:
                is_undone = take_back(change, imp)
            if not is_undone:
                skipped.append(change["key"])
        if any("interface" in change for change in imp.changes):
            interface.save_own_forms(imp.language, own)
        imp.undone_at = timezone.now()
        imp.save(update_fields=["undone_at"])
    return skipped


def take_back(change, imp):
    obj, name = find(change["key"])
    code, old = imp.language, change["before"]
    if obj is None or obj.text(name, code) != change["after"]:
        return False
    if obj.translations.filter(field=name, language=code, reviewed_at__gt=imp.created_at).exists():
        return False  # somebody has stood up for the imported text since
    if old is None:
        obj.translate(name, code, None)
        return True
    row = obj.translate(name, code, old["text"], source=old["source"])
    row.origin = old["origin"]
    row.reviewed_by = get_user_model().objects.filter(pk=old["reviewed_by"]).first()
    row.reviewed_at = old["reviewed_at"] and datetime.fromisoformat(old["reviewed_at"])
    row.written_at = datetime.fromisoformat(old["written_at"])
    row.save()
    return True


def take_back_interface(change, own):
    name = tuple(change["interface"])
    if own.get(name) != change["after"]:
        return False
    own.pop(name)
    if change["before"]:
        own[name] = change["before"]
    return True
