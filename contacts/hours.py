"""When somebody can be reached: weekly hours, and the days on which they do not hold."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from .timetable import Reason


class Weekday(models.IntegerChoices):
    """As `date.weekday()` counts."""

    MONDAY = 0, _("Montag")
    TUESDAY = 1, _("Dienstag")
    WEDNESDAY = 2, _("Mittwoch")
    THURSDAY = 3, _("Donnerstag")
    FRIDAY = 4, _("Freitag")
    SATURDAY = 5, _("Samstag")
    SUNDAY = 6, _("Sonntag")


class WeeklyHours(models.Model):
    weekday = models.PositiveSmallIntegerField(_("Wochentag"), choices=Weekday.choices)
    opens = models.TimeField(_("von"))
    closes = models.TimeField(_("bis"))

    class Meta:
        abstract = True
        ordering = ["weekday", "opens"]
        verbose_name = _("Öffnungszeit")
        verbose_name_plural = _("Öffnungszeiten in der Woche")

    def __str__(self):
        return f"{self.get_weekday_display()} {self.opens:%H:%M}–{self.closes:%H:%M}"

    def clean(self):
        if self.opens and self.closes and self.closes <= self.opens:
            raise ValidationError({"closes": _("Das Ende liegt vor dem Anfang.")})


class HoursException(models.Model):
    """Days on which other hours hold; without hours it is closed on these days."""

    first_day = models.DateField(_("erster Tag"))
    last_day = models.DateField(
        _("letzter Tag"), null=True, blank=True, help_text=_("Leer heißt: nur dieser eine Tag.")
    )
    opens = models.TimeField(
        _("geöffnet von"), null=True, blank=True, help_text=_("Leer heißt: geschlossen.")
    )
    closes = models.TimeField(_("geöffnet bis"), null=True, blank=True)
    reason = models.CharField(
        _("Grund"), max_length=10, choices=Reason.choices, blank=True, default=Reason.OTHER
    )

    class Meta:
        abstract = True
        ordering = ["first_day", "opens"]
        verbose_name = _("Ausnahme")
        verbose_name_plural = _("Ausnahmen an einzelnen Tagen")

    def __str__(self):
        return f"{self.first_day:%d.%m.%Y}"

    def clean(self):
        if self.first_day and self.last_day and self.last_day < self.first_day:
            raise ValidationError({"last_day": _("Das Ende liegt vor dem Anfang.")})
        if bool(self.opens) != bool(self.closes):
            raise ValidationError({"closes": _("Bitte beide Uhrzeiten angeben oder keine.")})
        if self.opens and self.closes and self.closes <= self.opens:
            raise ValidationError({"closes": _("Das Ende liegt vor dem Anfang.")})

    def covers(self, day):
        return self.first_day <= day <= (self.last_day or self.first_day)
