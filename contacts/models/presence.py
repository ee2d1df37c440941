"""When a contact person is there, and who helps when she is not."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..hours import HoursException, WeeklyHours
from .person import ContactPerson


class ContactHours(WeeklyHours):
    person = models.ForeignKey(ContactPerson, models.CASCADE, related_name="hours")

    class Meta(WeeklyHours.Meta):
        verbose_name = _("Sprechzeit")
        verbose_name_plural = _("Sprechzeiten in der Woche")


class ContactException(HoursException):
    person = models.ForeignKey(ContactPerson, models.CASCADE, related_name="exceptions")
    reason = None  # of a person it would be about her health or her private life

    class Meta(HoursException.Meta):
        verbose_name = _("Sprechzeit an einzelnen Tagen")
        verbose_name_plural = _("Andere Sprechzeiten an einzelnen Tagen")


class AbsenceQuerySet(models.QuerySet):
    def not_over(self, today=None):
        today = today or timezone.localdate()
        return self.filter(models.Q(last_day=None) | models.Q(last_day__gte=today))


class Absence(models.Model):
    """Days on which somebody is not there. There is no field for why: it is nobody's business."""

    person = models.ForeignKey(ContactPerson, models.CASCADE, related_name="absences")
    first_day = models.DateField(_("erster Tag"))
    last_day = models.DateField(
        _("letzter Tag"), null=True, blank=True, help_text=_("Leer heißt: bis auf Weiteres.")
    )
    deputy = models.ForeignKey(
        ContactPerson,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Vertretung"),
        help_text=_("Steht mit Telefonnummer überall, wo die abwesende Person steht."),
    )

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        ordering = ["first_day", "pk"]
        verbose_name = _("Abwesenheit")
        verbose_name_plural = _("Abwesenheiten (Urlaub und anderes)")

    def __str__(self):
        last = f"{self.last_day:%d.%m.%Y}" if self.last_day else ""
        return f"{self.first_day:%d.%m.%Y} – {last}".strip()

    def clean(self):
        if self.first_day and self.last_day and self.last_day < self.first_day:
            raise ValidationError(
                {"last_day": _("Der letzte Tag liegt vor dem ersten. Bitte prüfen Sie beide Tage.")}
            )
        if self.deputy and self.deputy_id == self.person_id:
            raise ValidationError(
                {
                    "deputy": _(
                        "Niemand kann sich selbst vertreten. Bitte wählen Sie jemand anderen."
                    )
                }
            )
        if self.deputy and not self.is_over and not self.deputy.published:
            text = _("%(name)s steht nicht auf der Website und kann deshalb niemanden vertreten.")
            raise ValidationError({"deputy": text % {"name": self.deputy}})

    @property
    def is_over(self):
        return bool(self.last_day and self.last_day < timezone.localdate())

    def covers(self, day):
        return self.first_day <= day and not (self.last_day and self.last_day < day)

    def overlaps(self, other):
        return self.covers(other.first_day) or other.covers(self.first_day)
