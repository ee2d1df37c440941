"""A form that knows what its fields held when it was opened."""

import hashlib
import json

from django import forms
from django.db.models import Model
from django.forms.fields import FileField
from django.utils.translation import gettext as _


def canonical(value):
    """Return one text for a value, whether it comes from the database or from a form."""
    if value is None:
        return ""
    if isinstance(value, Model):
        return str(value.pk)
    if isinstance(value, list | tuple | set) or hasattr(value, "iterator"):
        return ",".join(sorted(canonical(item) for item in value))
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

    @property
    def opened(self):
        """The hidden value that goes with the form."""
        return json.dumps({name: digest(self.initial.get(name)) for name in self._guarded()})

    def clean(self):
        cleaned = super().clean() or self.cleaned_data
        for name, opened in self._opened_digests().items():
            stored = self.initial.get(name)
            if name not in cleaned or digest(stored) == opened:
                continue
            if digest(cleaned[name]) == opened:
                cleaned[name] = self.fields[name].clean(self.fields[name].prepare_value(stored))
            elif digest(cleaned[name]) != digest(stored):
                self.add_error(name, self._conflict(stored))
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

    @staticmethod
    def _conflict(stored):
        return _(
            "Jemand anderes hat dieses Feld inzwischen geändert. "
            "Gespeichert ist jetzt: „%(stored)s“. "
            "Ihr Text steht im Feld. Wenn Sie noch einmal speichern, gilt Ihr Text."
        ) % {"stored": canonical(stored)}
