"""The rows below the form of an offer."""

from django.core.exceptions import ValidationError

from contacts.rows import Rows, RowsInline

from ..models import OfferDate, OfferException, OfferHours, Place
from ..reach import NO_WAY, can_be_found


class PlaceRows(Rows):
    def clean(self):
        super().clean()
        offer = self.instance
        filled = [form for form in self.forms if form.has_changed() or form.instance.pk]
        kept = [form.instance for form in filled if not self._should_delete_form(form)]
        if offer.published and not can_be_found(offer, kept):
            raise ValidationError(NO_WAY)


class OfferInline(RowsInline):
    fk_name = "offer"


class PlaceInline(OfferInline):
    model = Place
    formset = PlaceRows
    fields = [("name", "street"), ("postal_code", "city", "municipality")]


class HoursInline(OfferInline):
    model = OfferHours
    fields = [("weekday", "opens", "closes")]


class ExceptionInline(OfferInline):
    model = OfferException
    fields = [("first_day", "last_day"), ("opens", "closes", "reason")]


class DateInline(OfferInline):
    model = OfferDate
    fields = [("starts", "ends")]
