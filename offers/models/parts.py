"""Where and when: what an offer has several of."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contacts.hours import HoursException, WeeklyHours
from programme.addresses import postal_code_field

from .offer import Offer
from .taxonomy import Municipality


class Place(models.Model):
    offer = models.ForeignKey(Offer, models.CASCADE, related_name="places")
    name = models.CharField(
        _("Name des Ortes"), max_length=120, blank=True, help_text=_("Zum Beispiel „Rathaus“.")
    )
    street = models.CharField(_("Straße und Hausnummer"), max_length=200, blank=True)
    postal_code = postal_code_field(blank=True)
    city = models.CharField(_("Ort"), max_length=100, blank=True)
    municipality = models.ForeignKey(
        Municipality, models.PROTECT, null=True, blank=True, verbose_name=_("Kommune")
    )

    class Meta:
        ordering = ["pk"]
        verbose_name = _("Ort")
        verbose_name_plural = _("Orte")

    def __str__(self):
        return self.address or self.name

    @property
    def town(self):
        return self.municipality.name if self.municipality else self.city

    @property
    def address(self):
        """Street and town in one line; "" when neither is known."""
        city = f"{self.postal_code} {self.city or self.municipality or ''}".strip()
        return ", ".join(filter(None, (self.street, city)))


class OfferHours(WeeklyHours):
    offer = models.ForeignKey(Offer, models.CASCADE, related_name="hours")


class OfferException(HoursException):
    offer = models.ForeignKey(Offer, models.CASCADE, related_name="exceptions")


class OfferDate(models.Model):
    """One appointment of an offer that takes place on certain days."""

    offer = models.ForeignKey(Offer, models.CASCADE, related_name="dates")
    starts = models.DateTimeField(_("Beginn"))
    ends = models.DateTimeField(_("Ende"))

    class Meta:
        ordering = ["starts"]
        verbose_name = _("Termin")
        verbose_name_plural = _("einzelne Termine")

    def __str__(self):
        return f"{timezone.localtime(self.starts):%d.%m.%Y %H:%M}"

    def clean(self):
        if self.starts and self.ends and self.ends <= self.starts:
            raise ValidationError({"ends": _("Das Ende liegt vor dem Anfang.")})
