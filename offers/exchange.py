"""Offers as rows of a table: what one row does to one offer."""

import uuid
from collections import Counter
from functools import partial

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from import_export.resources import Resource

from languages.registry import SOURCE
from programme.addresses import german_slug

from .exchange_columns import CLEAR, HEADINGS, RELATED, PlaceColumn, all_columns, pending
from .exchange_values import RichText
from .models import Offer
from .reach import NO_WAY, can_be_found


def plain(heading):
    return " ".join(str(heading or "").casefold().rstrip("?* ").split())


def same(old, new):
    """Tell whether two values are the same; a blank text is no text, but 0 is a number."""
    old, new = "" if old is None else old, "" if new is None else new
    if isinstance(old, str) and isinstance(new, str):
        return as_stored(old) == as_stored(new)
    return old == new


def as_stored(text):
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.strip()


def blank_offer(columns):
    offer = Offer()
    return [getattr(offer, name) for name in columns]


class Row(dict):
    """The cells of a row by the headings of our columns, and its number in the spreadsheet."""

    def __init__(self, line, cells):
        super().__init__(cells)
        self.line = line


def uuid_of(row):
    try:
        return uuid.UUID(str(row["id"]).strip())
    except (KeyError, ValueError):
        return None


class OfferResource(Resource):
    class Meta:
        model = Offer
        skip_diff = True  # it would copy every offer; `changes` says what changes
        store_instance = True

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.fields = all_columns()
        self.by_name = {plain(name): field for name, field in self.fields.items()}
        self.by_name |= {plain(field.column_name): field for field in self.fields.values()}
        self.by_name |= {f"{n}_{SOURCE}": self.fields[n] for n in Offer.translated_fields()}
        self.by_heading = {field.column_name: field for field in self.fields.values()}
        self.by_attribute = {
            field.attribute: field.column_name
            for field in self.fields.values()
            if not isinstance(field, PlaceColumn)
        }
        columns = [field.attname for field in Offer._meta.concrete_fields]
        self.blank, self.uuid_at = blank_offer(columns), columns.index("uuid")
        self.of_blank = {}
        rich = {name for name, field in self.fields.items() if isinstance(field.widget, RichText)}
        self.sure = {"area", "contact", "organisation", "uuid"} | rich
        self.slugs = dict(Offer.objects.values_list("slug", "uuid"))
        self.lines, self.stored, self.numbers = {}, {}, Counter()

    def knows(self, heading):
        return plain(heading) in self.by_name

    def load(self, rows):
        """Read the offers that these rows name, with all that belongs to them."""
        keys = {uuid_of(row) for _line, row in rows} - {None}
        offers = Offer.objects.filter(uuid__in=keys).select_related(
            "organisation", "area", "contact"
        )
        offers = offers.prefetch_related(*RELATED, "hours", "places__municipality")
        self.stored = {offer.uuid: offer for offer in offers}

    def get_or_init_instance(self, instance_loader, row):
        key = uuid_of(row)
        if key is None:
            if "id" in row:
                raise ValidationError(
                    {"id": _("Das ist keine id. Für neue Angebote bitte leer lassen.")}
                )
            return self.new(uuid.uuid4()), True
        if key in self.lines:
            first = _("Diese id steht schon in Zeile %(line)s.") % {"line": self.lines[key]}
            raise ValidationError({"id": first})
        self.lines[key] = row.line
        offer = self.stored.get(key)
        return (offer, False) if offer else (self.new(key), True)

    def new(self, key):
        """Return a blank offer, made by position: by name, it took a tenth of the whole time."""
        values = list(self.blank)
        values[self.uuid_at] = key
        return Offer(*values)

    def import_instance(self, instance, row, **kwargs):
        """Put the cells of a row into an offer, and note what is other than before."""
        errors, changes = {}, {}
        for heading, value in row.items():
            field = self.by_heading[heading]
            if heading == "id":
                continue
            try:
                old, shown = self.before(field, instance)
                if isinstance(value, str) and value and same(shown, value):
                    continue  # as it was exported: whatever it is, it stays
                new = self.value_of(field, instance, row, heading)
            except ValidationError as error:
                errors[field.column_name] = error.messages
                continue
            if not same(old, new):
                field.put(instance, new)
                changes[field.column_name] = (field, shown, old, new)
        pending(instance)["changes"] = changes
        if errors:
            raise ValidationError(errors)

    def before(self, field, offer):
        """Return value and text of a column as they are; new offers are all blank alike."""
        if not offer._state.adding:
            return field.get_value(offer), field.export(offer)
        if field not in self.of_blank:
            self.of_blank[field] = (field.get_value(offer), field.export(offer))
        return self.of_blank[field]

    def value_of(self, field, instance, row, heading):
        value = row[heading]
        if str(value).strip().casefold() == CLEAR:
            return field.cleared(instance)
        return field.widget.clean(value)

    def skip_row(self, instance, original, row, import_validation_errors=None):
        is_known = not instance._state.adding
        return is_known and not pending(instance)["changes"] and not import_validation_errors

    def validate_instance(self, instance, import_validation_errors=None, validate_unique=True):
        errors = dict(import_validation_errors or {})
        collect = partial(self.collect, errors)
        collect("", self.check_slug, instance)
        # What the lookups found exists, and a column cleans rich text as the model would. To ask
        # for each once more would double the time of a file.
        collect("", instance.full_clean, self.sure, False, False)
        if not instance.organisation_id:
            errors.setdefault(HEADINGS["organisation"], [_("Dieses Feld darf nicht leer sein.")])
        if pending(instance).get("place_changed"):
            collect("place_", pending(instance)["place"].clean_fields, {"offer", "municipality"})
        for name in RELATED:
            field = self.fields[name]
            is_touched = instance._state.adding or name in pending(instance)
            is_needed = is_touched and not Offer._meta.get_field(name).blank
            if is_needed and not field.get_value(instance):
                errors.setdefault(field.column_name, [_("Dieses Feld darf nicht leer sein.")])
        if instance.published and not self.has_way(instance):
            errors.setdefault(HEADINGS["published"], [NO_WAY])
        if errors:
            raise ValidationError(errors)

    def has_way(self, offer):
        """Tell whether people find the offer once this row is stored."""
        others = offer.places.all()[1:] if offer.pk else []  # the table has only the first one
        return can_be_found(offer, [self.fields["place_name"].place(offer), *others])

    def collect(self, errors, prefix, check, *args):
        """Run a check; name its errors by their columns, each column once."""
        try:
            check(*args)
        except ValidationError as error:
            for name, messages in error.message_dict.items():
                field = self.fields.get(f"{prefix}{name}")
                heading = field.column_name if field else self.by_attribute.get(name, "")
                errors.setdefault(heading, messages)

    def check_slug(self, offer):
        """Find an address that is free in the database and in the file."""
        if not offer.slug:
            base = german_slug(offer.text("title", SOURCE)) or Offer._meta.model_name
            while not offer.slug or offer.slug in self.slugs:
                self.numbers[base] += 1  # goes on where the last row of this title stopped
                number = self.numbers[base]
                offer.slug = base if number == 1 else f"{base}-{number}"
        if self.slugs.setdefault(offer.slug, offer.uuid) != offer.uuid:
            raise ValidationError({"slug": _("Diese Adresse hat schon ein anderes Angebot.")})

    def save_instance(self, instance, is_create, row, **kwargs):
        """Nothing yet: all rows are checked first, and then stored together."""

    def save_m2m(self, instance, row, **kwargs):
        """Nothing yet, see `save_instance`."""
