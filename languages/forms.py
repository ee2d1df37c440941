"""A form that knows what its fields held when it was opened."""

import hashlib
import json
from datetime import UTC, datetime

from django import forms
from django.db.models import Model
from django.forms.fields import FileField
from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .diff import without_tags

CONFLICT = gettext_lazy(
    "Jemand anderes hat dieses Feld inzwischen geändert. Gespeichert ist jetzt: „%(stored)s“. "
    "Ihr Text steht im Feld. Wenn Sie noch einmal speichern, gilt Ihr Text."
)


def canonical(value):
    """Return one text for a value, whether it comes from the database or from a form."""
    if value is None:
        return ""
    if isinstance(value, Model):
        return str(value.pk)
    if isinstance(value, list | tuple | set) or hasattr(value, "iterator"):
        return ",".join(sorted(canonical(item) for item in value))
    if isinstance(value, datetime) and value.tzinfo:
        value = value.astimezone(UTC)
    return str(value).replace("\r\n", "\n").strip()


def digest(value):
    return hashlib.sha256(canonical(value).encode()).hexdigest()[:16]


class MergingForm(forms.ModelForm):
    """Two people may edit one object: each saves only what they changed.

    The form carries a digest of every field as it was when the form was opened. A field that
    somebody else changed meanwhile keeps their text, if this editor did not touch it. If both
    did, nothing is saved and both texts are shown; saving again then decides.
    """

    OPENED = "_opened"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._conflicts = set()

    @property
    def opened(self):
        """The hidden value that goes with the form.

        A form that comes back with an error keeps the digests it came with: its fields still hold
        the old texts. Only a conflict that was shown counts as known.
        """
        now = {name: digest(self.initial.get(name)) for name in self._guarded()}
        sent = self._opened_digests().items()
        return json.dumps(now | {name: old for name, old in sent if name not in self._conflicts})

    def clean(self):
        cleaned = super().clean() or self.cleaned_data
        for name, value in cleaned.items():
            if isinstance(value, str):  # browsers send \r\n, which would count as a change
                cleaned[name] = value.replace("\r\n", "\n")
        for name, opened in self._opened_digests().items():
            stored = self.initial.get(name)
            if name not in cleaned or digest(stored) == opened:
                continue
            if digest(cleaned[name]) == opened:
                cleaned[name] = self.fields[name].clean(self.fields[name].prepare_value(stored))
            elif digest(cleaned[name]) != digest(stored):
                self._conflicts.add(name)
                self.add_error(name, self._conflict(name, stored))
        return cleaned

    def _guarded(self):
        return [name for name, field in self.fields.items() if not isinstance(field, FileField)]

    def _opened_digests(self):
        try:
            opened = json.loads(self.data.get(self.OPENED, "{}"))
        except ValueError:
            return {}
        if not isinstance(opened, dict) or not self.instance.pk:
            return {}
        return {name: opened[name] for name in self._guarded() if name in opened}

    def _conflict(self, name, stored):
        return CONFLICT % {"stored": self._readable(name, stored)}

    def _readable(self, name, value):
        """Return a stored value as the editor knows it from the form."""
        field = self.fields[name]
        if hasattr(field, "queryset"):
            chosen = value if isinstance(value, list | tuple) else [value]
            return ", ".join(str(item) for item in chosen)
        if hasattr(field, "choices"):
            return dict(field.choices).get(value, value)
        if isinstance(value, bool):
            return _("ja") if value else _("nein")
        return without_tags(str(localize(value)))


class MergingListForm(forms.ModelForm):
    """A row of an editable list: what nobody touched in it keeps what others saved meanwhile."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.show_hidden_initial = True

    def clean(self):
        cleaned = super().clean() or self.cleaned_data
        for name in set(cleaned) - set(self.changed_data) - {self._meta.model._meta.pk.name}:
            cleaned[name] = self.initial.get(name, cleaned[name])
        return cleaned
