"""A time of day as people type it: "9", "16.30", "14 Uhr"."""

import re
from datetime import time

from django import forms
from django.contrib.admin.widgets import AdminTimeWidget
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

TYPED = re.compile(r"(\d{1,2})(?:[:.](\d{2})(?::\d{2})?)?\s*(?:uhr|h)?", re.ASCII | re.IGNORECASE)


class TimeOfDayField(forms.TimeField):
    widget = AdminTimeWidget(format="%H:%M")
    default_error_messages = {"invalid": _("Bitte so schreiben: 9:00 oder 16:30.")}

    def to_python(self, value):
        if value in self.empty_values or isinstance(value, time):
            return value or None
        try:
            hours, minutes = TYPED.fullmatch(str(value).strip()).groups(default="0")
            return time(int(hours), int(minutes))
        except (AttributeError, ValueError):
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None
