"""The rows below a form, which two people may edit at once."""

import json

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models
from django.forms.formsets import INITIAL_FORM_COUNT, TOTAL_FORM_COUNT
from django.utils.translation import gettext_lazy as _

from languages.forms import MergingForm, digest

from .times import TimeOfDayField

DELETED = _(
    "Jemand anderes hat inzwischen eine Zeile gelöscht, die Sie geändert haben. "
    "Ihre Zeile steht jetzt unten als neue. Wenn Sie noch einmal speichern, wird sie neu angelegt."
)
#: Each row takes time to check and to show; nobody types that many at once.
MOST_NEW = 100
TOO_MANY = _(
    "Das sind zu viele Zeilen auf einmal. Unten stehen die ersten %(num)d. Speichern Sie diese "
    "zuerst, dann können Sie weitere hinzufügen."
)


class OpenedField(forms.CharField):
    """Carries what a row held when the form was opened."""

    widget = forms.HiddenInput

    def has_changed(self, initial, data):
        return False

    def prepare_value(self, value):
        return self.form.opened if self.form.instance.pk else ""


class RowForm(MergingForm):
    """A row below a form: what nobody touched in it keeps what others saved meanwhile."""

    opened_row = OpenedField(required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.OPENED = self.add_prefix("opened_row")
        self.fields["opened_row"].form = self

    def _guarded(self):
        return [name for name in self.base_fields if name != "opened_row"]

    def is_as_opened(self):
        """Tell whether the row that was sent is the one that was opened."""
        try:
            opened = json.loads(self.data.get(self.OPENED, ""))
        except ValueError:
            return False
        if not isinstance(opened, dict) or not self.is_valid():
            return False
        return opened == {name: digest(self.cleaned_data[name]) for name in self._guarded()}


class Rows(forms.BaseInlineFormSet):
    """Rows of which others may have deleted some since the form was opened."""

    default_error_messages = {"too_many_forms": TOO_MANY}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.were_deleted = False
        if self.is_bound:
            self._renumber()

    def initial_form_count(self):
        """Return how many of the rows were stored, as far as so many were sent: each takes time."""
        found = super().initial_form_count()
        return min(found, self.total_form_count()) if self.is_bound else found

    def get_queryset(self):
        """Return the rows in the order in which they were sent, as the admin pairs them."""
        rows = super().get_queryset()
        if not self.is_bound:
            return rows
        sent = [self._sent(number, "id") for number in range(self.initial_form_count())]
        return sorted(rows, key=lambda row: sent.index(str(row.pk)) if str(row.pk) in sent else 1e9)

    def clean(self):
        super().clean()
        if self.were_deleted:
            raise ValidationError(DELETED)

    def _sent(self, number, name):
        return self.data.get(f"{self.add_prefix(number)}-{name}")

    def _renumber(self):
        """Make new rows of those that are gone and were edited; leave out the other gone ones."""
        known = {str(row.pk) for row in super().get_queryset()}
        initial, total = self.initial_form_count(), self.total_form_count()
        stored = [number for number in range(initial) if self._sent(number, "id") in known]
        gone = [number for number in range(initial) if self._sent(number, "id") not in known]
        if not gone:
            return
        edited = [number for number in gone if self._is_edited(number)]
        self.were_deleted = bool(edited)
        order = [*stored, *edited, *range(initial, total)]
        self.data = self._data_in(order, edited)
        self.data[self.management_form.add_prefix(TOTAL_FORM_COUNT)] = str(len(order))
        self.data[self.management_form.add_prefix(INITIAL_FORM_COUNT)] = str(len(stored))
        del self.management_form  # cached, with the old numbers

    def _is_edited(self, number):
        if self._sent(number, "DELETE"):
            return False
        return not self.form(self.data, prefix=self.add_prefix(number)).is_as_opened()

    def _data_in(self, order, edited):
        """Return the data with its rows in a new order; those that were edited lose their key."""
        data = self.data.copy()
        for number in range(self.total_form_count()):
            for name in [key for key in data if key.startswith(f"{self.add_prefix(number)}-")]:
                del data[name]
        for new, old in enumerate(order):
            prefix = f"{self.add_prefix(old)}-"
            for key in [key for key in self.data if key.startswith(prefix)]:
                name = key.removeprefix(prefix)
                if old not in edited or name not in ("id", "opened_row"):
                    data.setlist(f"{self.add_prefix(new)}-{name}", self.data.getlist(key))
        return data


class MomentField(forms.DateTimeField):
    """A day and a time in one input."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class RowsInline(admin.StackedInline):
    """One line or two for each row: unlike Django's tables, each input has its own label.

    `fk_name` names the field that leads to what the rows belong to.
    """

    form = RowForm
    formset = Rows
    extra = 1
    formfield_overrides = {
        models.DateTimeField: {"form_class": MomentField, "widget": None},
        models.TimeField: {"form_class": TimeOfDayField, "widget": None},
    }

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and db_field.is_relation:
            field.widget.can_delete_related = False  # it would delete it for all others as well
        return field

    def get_formset(self, request, obj=None, **kwargs):
        if request.method == "POST":
            stored = self.model.objects.filter(**{self.fk_name: obj}).count() if obj else 0
            kwargs |= {"max_num": stored + MOST_NEW, "absolute_max": stored + MOST_NEW}
        return super().get_formset(request, obj, **kwargs)

    def get_fields(self, request, obj=None):
        """Add what only the form needs, unless the rows are only read."""
        may_edit = self.has_change_permission(request, obj) or self.has_add_permission(request, obj)
        return [*self.fields, *(["opened_row"] if may_edit else [])]
