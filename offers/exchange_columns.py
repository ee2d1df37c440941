"""The columns of a table of offers: their headings, and what they mean for an offer."""

from django.db import models
from import_export.fields import Field
from modeltranslation.utils import build_localized_fieldname

from languages.fields import RichTextField
from languages.registry import REGISTRY, SOURCE
from programme.phone import PhoneField

from . import exchange_values as values
from .exchange_hours import Hours
from .models import Municipality, Offer, Place

CLEAR = "[leer]"
SHEET = "Angebote"

#: Not translated: a file from one installation can be read in every other one.
HEADINGS = {
    "id": "id",
    "title": "Titel",
    "slug": "Adresse",
    "organisation": "Organisation",
    "area": "WIR-Bereich",
    "summary": "Kurz gesagt",
    "how_it_works": "So geht es",
    "what_to_bring": "Was mitbringen",
    "topics": "Themen",
    "target_groups": "Zielgruppen",
    "age_from": "ab welchem Alter",
    "age_to": "bis zu welchem Alter",
    "women_only": "nur für Frauen",
    "residence_independent": "unabhängig vom Aufenthaltsstatus",
    "german_level": "nötige Deutschkenntnisse",
    "whole_district": "für den ganzen Landkreis",
    "municipalities": "Kommunen",
    "confidential_address": "Adresse ist geheim",
    "place_name": "Ort: Name",
    "place_street": "Ort: Straße",
    "place_postal_code": "Ort: PLZ",
    "place_city": "Ort: Stadt",
    "place_municipality": "Ort: Kommune",
    "online": "online",
    "by_phone": "am Telefon",
    "outreach": "kommt zu Ihnen",
    "spoken_languages": "Sprachen",
    "interpreter": "Dolmetschen",
    "cost": "Kosten",
    "cost_note": "mehr zu den Kosten",
    "registration": "Anmeldung",
    "registration_note": "mehr zur Anmeldung",
    "registration_link": "Link zur Anmeldung",
    "step_free": "ohne Stufen erreichbar",
    "accessible_toilet": "WC für Menschen mit Rollstuhl",
    "induction_loop": "Hilfe beim Hören (Induktionsschleife)",
    "childcare": "Kinderbetreuung",
    "hours": "Öffnungszeiten",
    "by_appointment": "Zeiten nach Vereinbarung",
    "on_holidays": "an Feiertagen geöffnet",
    "valid_from": "sichtbar ab",
    "valid_to": "sichtbar bis",
    "closed": "vorübergehend geschlossen",
    "closed_until": "geschlossen bis",
    "closed_reason": "Grund der Schließung",
    "contact": "Kontaktperson",
    "contact_name": "Kontakt: Name",
    "contact_role": "Kontakt: Funktion",
    "phone": "Telefon",
    "email": "E-Mail",
    "web": "Website",
    "source": "Quelle",
    "verified_on": "geprüft am",
    "verified_by": "geprüft von (intern)",
    "review_due": "wieder prüfen am",
    "published": "veröffentlicht",
}
REQUIRED = ("title", "summary", "organisation", "topics")
RELATED = ("topics", "target_groups", "municipalities", "spoken_languages")
KEYS = {Municipality: ("slug", "ags"), "contacts.SpokenLanguage": ("code",)}
WIDGETS = {
    RichTextField: values.RichText,
    PhoneField: lambda field: values.Phone(),
    models.TextField: values.LongText,
    models.URLField: lambda field: values.Link(),
    models.CharField: lambda field: values.Line(),
    models.BooleanField: lambda field: values.YesNo(),
    models.DateField: lambda field: values.Day(),
    models.PositiveSmallIntegerField: lambda field: values.Number(),
}


def pending(offer):
    """What a row gives an offer beside its own columns; stored together with them."""
    return offer.__dict__.setdefault("_pending", {})


class Column(Field):
    """One column of the table, for one attribute of the offer."""

    def get_value(self, offer):
        return getattr(offer, self.attribute, None)  # of a new offer: no organisation yet

    def put(self, offer, value):
        setattr(offer, self.attribute, value)

    def cleared(self, offer):
        """Return what stands for nothing in this column."""
        field = Offer._meta.get_field(self.attribute)
        if isinstance(field, models.BooleanField):
            return False
        return None if field.null or field.is_relation else ""


class Related(Column):
    def get_value(self, offer):
        if (chosen := pending(offer).get(self.attribute)) is not None or offer.pk is None:
            return chosen or []
        return sorted(getattr(offer, self.attribute).all(), key=lambda obj: obj.pk)

    def put(self, offer, value):
        pending(offer)[self.attribute] = value

    def cleared(self, offer):
        return []


class HoursColumn(Related):
    def get_value(self, offer):
        if (chosen := pending(offer).get("hours")) is not None or offer.pk is None:
            return chosen or []
        return sorted((row.weekday, row.opens, row.closes) for row in offer.hours.all())


class PlaceColumn(Column):
    """A column of the offer's first place."""

    def place(self, offer):
        if "place" not in pending(offer):
            known = list(offer.places.all()[:1]) if offer.pk else []
            pending(offer)["place"] = known[0] if known else Place(offer=offer)
        return pending(offer)["place"]

    def get_value(self, offer):
        return getattr(self.place(offer), self.attribute)

    def put(self, offer, value):
        setattr(self.place(offer), self.attribute, value)
        pending(offer)["place_changed"] = True

    def cleared(self, offer):
        return None if self.attribute == "municipality" else ""

    def export(self, offer, **kwargs):
        return "" if offer.confidential_address else super().export(offer, **kwargs)


def column(name, heading):
    """Return the column for a name in `HEADINGS`."""
    if name == "id":
        return Column("uuid", heading, values.Text())
    if name == "hours":
        return HoursColumn("hours", heading, Hours())
    if name.startswith("place_"):
        attribute = name.removeprefix("place_")
        return PlaceColumn(attribute, heading, widget(Place._meta.get_field(attribute)))
    field = Offer._meta.get_field(name)
    if name in Offer.translated_fields():
        return Column(build_localized_fieldname(name, SOURCE), heading, widget(field))
    return (Related if name in RELATED else Column)(name, heading, widget(field))


def widget(field):
    if field.name == "postal_code":
        return values.PostalCode()
    if field.is_relation:
        keys = KEYS.get(field.related_model) or KEYS.get(field.related_model._meta.label)
        kind = values.NamedList if field.many_to_many else values.Named
        return kind(field.related_model, *(keys or ("slug",)))
    if field.choices:
        return values.Choice(field.choices)
    return next(
        (make(field) for kind, make in WIDGETS.items() if isinstance(field, kind)), values.Text()
    )


def all_columns():
    columns = {name: column(name, heading) for name, heading in HEADINGS.items()}
    for code in REGISTRY:
        if code == SOURCE:
            continue
        for name in Offer.translated_fields():
            attribute = build_localized_fieldname(name, code)
            label = f"{HEADINGS[name]} ({code})"
            columns[attribute] = Column(attribute, label, columns[name].widget)
    return columns
