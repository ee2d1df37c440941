"""What an organisation says has changed: a form with today's values, and what becomes of it.

A proposal is {name of the field: [what was stored, what is proposed]}, as JSON. Nothing of it is
saved to the entry before staff accept it.
"""

from copy import copy
from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from contacts.models import ContactPerson
from languages.fields import is_rich

from .exchange_hours import Hours
from .models import Offer, OfferHours, Place, Verification
from .reach import NO_WAY, can_be_found
from .verification_texts import as_text, with_lines

OFFER_FIELDS = [
    *("title_de", "summary_de", "how_it_works_de", "what_to_bring_de"),
    *("contact_name", "contact_role_de", "phone", "email", "web"),
    *("by_appointment", "online", "by_phone", "outreach"),
    *("age_from", "age_to", "women_only", "german_level", "spoken_languages", "interpreter"),
    *("cost", "cost_note_de", "registration", "registration_note_de", "registration_link"),
    *("childcare", "step_free", "accessible_toilet", "induction_loop"),
    *("closed", "closed_until", "closed_reason_de"),
]
PERSON_FIELDS = [
    *("first_name", "last_name", "role_de", "duties_de", "phone", "email", "room"),
    "spoken_languages",
]
PLACE_FIELDS = ["name", "street", "postal_code", "city"]
HOURS = "hours"
LONGEST_TEXT = 5000
#: What people outside call what the admin calls otherwise.
LABELS = {
    "contact_name": _("Ansprechperson"),
    "contact_role_de": _("Funktion der Ansprechperson"),
    "age_from": _("Für Menschen ab … Jahren"),
    "age_to": _("Für Menschen bis … Jahre"),
    "closed_reason_de": _("Grund der Schließung"),
}
#: Times and places stand before what changes less often.
FIRST = ("title_de", "summary_de", "how_it_works_de", "what_to_bring_de", HOURS, "by_appointment")
LONGEST_MESSAGE = Verification._meta.get_field("comment").max_length


def formfield(field, **options):
    """Return a field of a form as the admin has it, but for people without its editor."""
    options["show_hidden_initial"] = True
    if original := getattr(field, "translated_field", None):
        options["required"] = not original.blank
    if is_rich(field):
        return forms.CharField(
            label=capfirst(field.verbose_name),
            **options,
            max_length=LONGEST_TEXT,
            widget=forms.Textarea,
            help_text=_("Jeder Schritt in einer neuen Zeile."),
        )
    if isinstance(field, models.ManyToManyField):
        options |= {"widget": forms.CheckboxSelectMultiple}
    if isinstance(field, models.DateField):
        options |= {"widget": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}
    if isinstance(field, models.URLField):
        options |= {"assume_scheme": "https"}
    return field.formfield(**options)


class AnswerForm(forms.ModelForm):
    """Base: the entry's own fields, and a message for what has no field."""

    comment = forms.CharField(
        label=_("Was wir sonst wissen sollen"),
        required=False,
        max_length=LONGEST_MESSAGE,
        widget=forms.Textarea,
    )
    use_required_attribute = False

    def __init__(self, *args, instance):
        self.stored = instance
        super().__init__(*args, instance=copy(instance))  # validating a form writes into its own
        for name, field in self.fields.items():
            field.label = LABELS.get(name, field.label)
            if isinstance(field.widget, forms.Textarea):
                field.widget.attrs = {"rows": 4, "maxlength": field.max_length}
            if is_rich(model_field(self.instance, name)):
                self.initial[name] = as_text(getattr(self.instance, name) or "")

    def clean(self):
        cleaned = super().clean() or self.cleaned_data
        for name, value in cleaned.items():
            if is_rich(model_field(self.instance, name)):
                cleaned[name] = with_lines(getattr(self.stored, name) or "", storable(value))
        if not self.errors and not self.proposal() and not cleaned.get("comment"):
            raise ValidationError(
                _("Bitte ändern Sie etwas, oder schreiben Sie uns, was nicht stimmt.")
            )
        return cleaned

    def proposal(self):
        """Return what differs from what is stored, unless it was another when the form opened."""
        names = [name for name in self.changed_data if name != "comment"]
        pairs = {
            name: [current(self.stored, name), storable(self.cleaned_data.get(name))]
            for name in names
        }
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


class OfferAnswer(AnswerForm):
    hours = forms.CharField(
        label=_("Öffnungszeiten in der Woche"),
        required=False,
        max_length=1000,
        show_hidden_initial=True,
        help_text=_("So: Mo 9:00-12:00; Di 14:00-16:30"),
    )

    class Meta:
        model = Offer
        fields = OFFER_FIELDS
        formfield_callback = formfield

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial[HOURS] = current(self.instance, HOURS)
        rows = [] if self.instance.confidential_address else self.instance.places.all()
        for number, place in enumerate(rows, start=1):
            for part in PLACE_FIELDS:
                name, field = place_field(place.pk, part), formfield(Place._meta.get_field(part))
                words = {"number": number, "field": field.label}
                field.label = _("Ort %(number)s: %(field)s") % words
                self.fields[name], self.initial[name] = field, getattr(place, part)
        places = [name for name in self.fields if name.startswith("place-")]
        rest = [name for name in self.fields if name != "comment"]
        self.order_fields([*FIRST, *places, *rest])

    def clean_hours(self):
        rows = Hours().clean(self.cleaned_data[HOURS])
        return Hours().render(rows)


class PersonAnswer(AnswerForm):
    class Meta:
        model = ContactPerson
        fields = PERSON_FIELDS
        formfield_callback = formfield


def answer_form(entry, *args):
    form = OfferAnswer if isinstance(entry, Offer) else PersonAnswer
    return form(*args, instance=entry)


def place_field(pk, part):
    return f"place-{pk}-{part}"


def place_of(entry, name):
    """Return the place that a field of the form belongs to, and the name of its own field."""
    _place, pk, part = name.split("-")
    return entry.places.filter(pk=pk).first(), part


def model_field(entry, name):
    """Return the entry's own field; None for what is stored elsewhere."""
    if name in (HOURS, "comment") or name.startswith("place-"):
        return None
    return entry._meta.get_field(name)


def label(entry, name):
    if name == HOURS:
        return OfferHours._meta.verbose_name_plural
    if name.startswith("place-"):
        place, part = place_of(entry, name)
        return f"{place or _('Ort (gelöscht)')}: {Place._meta.get_field(part).verbose_name}"
    return entry._meta.get_field(name).verbose_name


def storable(value):
    """Return a value of a form or an entry as JSON keeps it; each way of writing it once."""
    if isinstance(value, models.QuerySet | list):
        return sorted(obj.pk for obj in value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return "\n".join(value.splitlines()).strip()
    return "" if value is None else value


def current(entry, name):
    """Return what is stored now, as `storable`."""
    if name == HOURS:
        rows = entry.hours.order_by("weekday", "opens")
        return Hours().render(rows.values_list("weekday", "opens", "closes"))
    if name.startswith("place-"):
        place, part = place_of(entry, name)
        return storable(getattr(place, part, ""))
    if entry._meta.get_field(name).many_to_many:
        return storable(getattr(entry, name).all())
    return storable(getattr(entry, name))


def apply(entry, changes, reason):
    """Save these values, {name: value}, or none of them: raises ValidationError."""
    entry._change_reason = reason
    for name, value in changes.items():
        field = model_field(entry, name)
        if field is not None and not field.many_to_many:
            setattr(entry, name, field.to_python(None if value == "" and field.null else value))
    entry.full_clean()
    for name, value in changes.items():
        field = model_field(entry, name)
        if name == HOURS:
            set_hours(entry, value)
        elif field is None:
            set_place(entry, name, value)
        elif field.many_to_many:
            getattr(entry, name).set(field.related_model.objects.filter(pk__in=value))
    is_offer = isinstance(entry, Offer)
    if is_offer and entry.published and not can_be_found(entry, entry.places.all()):
        raise ValidationError(NO_WAY)
    entry.save()


def set_hours(offer, value):
    wanted = set(Hours().clean(value))
    for row in offer.hours.all():
        if (row.weekday, row.opens, row.closes) in wanted:
            wanted.remove((row.weekday, row.opens, row.closes))
        else:
            row.delete()
    for weekday, opens, closes in sorted(wanted):
        offer.hours.create(weekday=weekday, opens=opens, closes=closes)


def set_place(offer, name, value):
    place, part = place_of(offer, name)
    if place is None:
        raise ValidationError(_("Diesen Ort gibt es nicht mehr."))
    setattr(place, part, value)
    place.full_clean()
    place.save()
