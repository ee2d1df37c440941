"""What the tests of the files for translators share."""

from languages.models import Translation
from languages.po_export import export_po
from languages.po_import import read_po
from languages.status import translatable_models


def everything():
    """Return all that an import may change in the database."""
    content = {
        model: list(model.objects.order_by("pk").values()) for model in translatable_models()
    }
    return content, list(Translation.objects.order_by("pk").values())


def key(obj, field):
    return f"{obj._meta.label_lower}:{obj.uuid}:{field}"


def entry_of(po, obj, field):
    return next(entry for entry in po if entry.msgctxt == key(obj, field))


def translated(code="en", **texts):
    """Return an export in which "title" and so on of the only area are translated."""
    po = export_po(code)
    for entry in po:
        name = (entry.msgctxt or "").rpartition(":")[2]
        if (entry.msgctxt or "").startswith("programme.area:") and name in texts:
            entry.msgstr, entry.fuzzy = texts[name], False
    return po


def read(po, code=None):
    return read_po(str(po).encode(), code)


def kinds(preview):
    return {(change.kind, change.after) for change in preview.changes}


def reasons(preview):
    assert all(rejected.line > 0 for rejected in preview.rejected)
    return " ".join(rejected.reason for rejected in preview.rejected)


def interface_text(po, msgid):
    return next(entry for entry in po if entry.msgid == msgid and not entry.msgctxt)
