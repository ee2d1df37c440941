from functools import cached_property

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contacts.models import CHECK, ContactPerson, DatedQuerySet, Reviewed, SpokenLanguage
from languages.fields import RichTextField
from languages.registry import SOURCE
from languages.translatable import Translatable
from programme.addresses import address_field, free_slug, page_address
from programme.marks import key, mark
from programme.models import Area
from programme.phone import PhoneField

from ..searchtext import index_offers
from .choices import Cost, GermanLevel, Interpreter, Known, Registration
from .modified import Modified, ModifiedQuerySet
from .organisation import Organisation
from .taxonomy import Municipality, TargetGroup, Topic


def known_field(label, choices=Known, **options):
    """Return a field that may be unknown; a function, or history could not copy it."""
    options = {"max_length": 15, "choices": choices.choices, "blank": True, "default": ""} | options
    return models.CharField(label, **options)


#: The search reads nothing of these.
UNSEARCHED = {*CHECK, "review_months", "published"}


def closed(today):
    """Match offers that are temporarily closed."""
    still = models.Q(closed_until=None) | models.Q(closed_until__gte=today)
    return models.Q(closed=True) & still


class OfferQuerySet(ModifiedQuerySet, DatedQuerySet):
    pass


class Offer(Modified, Reviewed, Translatable):
    title = models.CharField(_("Titel"), max_length=150)
    slug = address_field()
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="offers", verbose_name=_("Organisation")
    )
    area = models.ForeignKey(
        Area,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="offers",
        verbose_name=_("WIR-Bereich"),
        help_text=_("Zeigt dessen Kontaktpersonen: Sie werden nur dort geändert."),
    )
    summary = models.TextField(
        _("Kurz gesagt"), max_length=500, help_text=_("Was bekommt man hier? Ein bis drei Sätze.")
    )
    how_it_works = RichTextField(
        _("So geht es"), blank=True, help_text=_("Schritt für Schritt, als nummerierte Liste.")
    )
    what_to_bring = models.TextField(_("Was mitbringen?"), max_length=400, blank=True)

    topics = models.ManyToManyField(Topic, related_name="offers", verbose_name=_("Themen"))
    target_groups = models.ManyToManyField(
        TargetGroup, related_name="offers", blank=True, verbose_name=_("Zielgruppen")
    )
    age_from = models.PositiveSmallIntegerField(
        _("ab welchem Alter"), null=True, blank=True, validators=[MaxValueValidator(120)]
    )
    age_to = models.PositiveSmallIntegerField(
        _("bis zu welchem Alter"), null=True, blank=True, validators=[MaxValueValidator(120)]
    )
    women_only = models.BooleanField(_("nur für Frauen"), default=False)
    residence_independent = known_field(_("unabhängig vom Aufenthaltsstatus"))
    german_level = known_field(_("nötige Deutschkenntnisse"), GermanLevel)

    whole_district = models.BooleanField(_("für den ganzen Landkreis"), default=False)
    municipalities = models.ManyToManyField(
        Municipality,
        related_name="offers",
        blank=True,
        verbose_name=_("für diese Kommunen"),
        help_text=_("Nur, wenn das Angebot nicht für den ganzen Landkreis ist."),
    )
    confidential_address = models.BooleanField(
        _("Adresse ist geheim"),
        default=False,
        help_text=_("Zum Beispiel bei einem Frauenhaus: Orte werden nie gezeigt oder exportiert."),
    )
    online = models.BooleanField(_("online"), default=False)
    by_phone = models.BooleanField(_("am Telefon"), default=False)
    outreach = models.BooleanField(_("kommt zu Ihnen"), default=False)

    spoken_languages = models.ManyToManyField(
        SpokenLanguage,
        related_name="offers",
        blank=True,
        verbose_name=_("Sprachen"),
        help_text=_("Leer heißt: nicht bekannt. Dann steht auf der Website nichts dazu."),
    )
    interpreter = known_field(_("Dolmetschen"), Interpreter)
    cost = known_field(_("Kosten"), Cost)
    cost_note = models.CharField(_("mehr zu den Kosten"), max_length=200, blank=True)
    registration = known_field(_("Anmeldung"), Registration)
    registration_note = models.CharField(_("mehr zur Anmeldung"), max_length=200, blank=True)
    registration_link = models.URLField(_("Link zur Anmeldung"), blank=True)
    step_free = known_field(_("ohne Stufen erreichbar"))
    accessible_toilet = known_field(_("WC für Menschen mit Rollstuhl"))
    induction_loop = known_field(_("Hilfe beim Hören (Induktionsschleife)"))
    childcare = known_field(_("Kinderbetreuung"))

    by_appointment = models.BooleanField(_("Zeiten nach Vereinbarung"), default=False)
    on_holidays = known_field(
        _("an Feiertagen geöffnet"), help_text=_("Nicht bekannt: An Feiertagen steht ein Hinweis.")
    )
    valid_from = models.DateField(_("sichtbar ab"), null=True, blank=True)
    valid_to = models.DateField(_("sichtbar bis"), null=True, blank=True)
    closed = models.BooleanField(_("vorübergehend geschlossen"), default=False)
    closed_until = models.DateField(_("geschlossen bis"), null=True, blank=True)
    closed_reason = models.CharField(_("Grund"), max_length=200, blank=True)

    contact = models.ForeignKey(
        ContactPerson,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="offers",
        verbose_name=_("Kontaktperson"),
        help_text=_("Eine der Kontaktpersonen dieser Website."),
    )
    contact_name = models.CharField(_("oder Name"), max_length=120, blank=True)
    contact_role = models.CharField(
        _("oder Funktion"), max_length=120, blank=True, help_text=_("Zum Beispiel „Sekretariat“.")
    )
    phone = PhoneField(_("Telefon"), blank=True)
    email = models.EmailField(_("E-Mail"), blank=True)
    web = models.URLField(_("Website"), blank=True)

    source = models.CharField(
        _("Quelle"), max_length=200, blank=True, help_text=_("Woher die Angaben sind (intern).")
    )
    published = models.BooleanField(_("veröffentlicht"), default=False)

    visibility = 6
    main_fields = ("summary",)

    objects = OfferQuerySet.as_manager()

    class Meta:
        ordering = ["title_de", "pk"]
        indexes = [
            models.Index(fields=["phone"]),
            # All that open data asks about which offers: the wide rows themselves are not read.
            models.Index(
                fields=[
                    *("id", "published", "confidential_address", "valid_from", "valid_to"),
                    *("closed_until", "modified", "organisation"),
                ],
                name="offer_open_data",
            ),
        ]
        verbose_name = _("Angebot")
        verbose_name_plural = _("Angebote")

    def __str__(self):
        return self.text("title", SOURCE) or self.slug

    def clean(self):
        self.slug = self.slug or free_slug(self, self.text("title", SOURCE))
        ordered = {
            "age_to": ("age_from", _("Das Alter „bis“ ist kleiner als „von“.")),
            "valid_to": ("valid_from", _("Das Ende liegt vor dem Anfang.")),
        }
        wrong = {}
        for last, (first, message) in ordered.items():
            start, end = getattr(self, first), getattr(self, last)
            if start is not None and end is not None and end < start:
                wrong[last] = message
        if wrong:
            raise ValidationError(wrong)

    def save(self, *args, **kwargs):
        """Save, with what the search reads in the same transaction."""
        fields = kwargs.get("update_fields")
        with transaction.atomic(using=kwargs.get("using")):
            super().save(*args, **kwargs)
            if fields is None or not UNSEARCHED.issuperset(fields):
                index_offers([self])

    def get_absolute_url(self):
        return page_address("offer", self.slug)

    @property
    def ways(self):
        """Whether it is known how people and the offer come together, apart from its places."""
        return self.online or self.by_phone or self.outreach or self.whole_district

    @property
    def has_quick_exit(self):
        return self.topics.filter(quick_exit=True).exists()

    @property
    def has_conditions(self):
        """Whether anything is known of whom it is for, apart from its target groups."""
        ages = self.age_from is not None or self.age_to is not None
        return self.women_only or ages or self.residence_independent or self.german_level

    @property
    def has_details(self):
        """Whether anything is known of costs, registration, languages or access."""
        known = [
            *("cost", "registration", "registration_link", "interpreter", "childcare"),
            *("step_free", "accessible_toilet", "induction_loop"),
        ]
        notes = self.text("cost_note", SOURCE) or self.text("registration_note", SOURCE)
        return notes or any(getattr(self, n) for n in known) or self.spoken_languages.exists()

    @cached_property
    def names_of_towns(self):
        return [place.town for place in self.places.all()]

    @property
    def towns(self):
        """Return where it takes place, each town once; [] where that is secret."""
        if self.confidential_address:
            return []
        return list(dict.fromkeys(filter(None, self.names_of_towns)))

    @property
    def is_closed(self):
        """As `closed`, of one offer."""
        return self.closed and not (self.closed_until and self.closed_until < timezone.localdate())

    @property
    def key(self):
        return key("a", self.pk)

    @property
    def mark(self):
        """Name the offer, and what is known of it, on a shortlist; its people are attached."""
        places = [] if self.confidential_address else [str(place) for place in self.places.all()]
        hours = [[row.weekday, row.opens, row.closes] for row in self.hours.all()]
        facts = (self.text("title", SOURCE), self.phones, places, hours, self.by_appointment)
        return mark("a", self.pk, *facts, self.is_closed)
