"""The people who help, and the languages they speak."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext_lazy as _

from languages.registry import SOURCE, cldr_locale
from languages.translatable import Translatable, TranslatableQuerySet
from programme.addresses import address_field, free_slug, page_address
from programme.marks import key, mark
from programme.models import Area
from programme.phone import PhoneField, tel_uri
from programme.uploads import PhotoField, photo_path

from .review import Reviewed, overdue


def language_name(code, reader):
    """Return the name of the language `code` in the language `reader`, from CLDR.

    Falls back to the German name, then to the code: CLDR does not know every pair.
    """
    for wanted in (reader, SOURCE):
        names = cldr_locale(wanted).languages
        if name := names.get(to_locale(code)):
            return name
    return code


class SpokenLanguage(models.Model):
    """A language in which somebody gives advice; it need not be a language of the site."""

    code = models.CharField(
        _("Kürzel"),
        max_length=20,
        unique=True,
        help_text=_("Nach ISO 639, zum Beispiel „pl“ für Polnisch."),
    )

    class Meta:
        ordering = ["pk"]
        verbose_name = _("gesprochene Sprache")
        verbose_name_plural = _("gesprochene Sprachen")

    def __str__(self):
        return language_name(self.code, get_language() or SOURCE)

    def clean(self):
        self.code = self.code.strip().lower()
        if language_name(self.code, SOURCE) == self.code:
            raise ValidationError({"code": _("Dieses Sprachkürzel ist nicht bekannt.")})


class DatedQuerySet(TranslatableQuerySet):
    def published(self):
        """Those that are public today: switched on and within their dates."""
        today = timezone.localdate()
        return (
            super()
            .published()
            .filter(models.Q(valid_from=None) | models.Q(valid_from__lte=today))
            .filter(models.Q(valid_to=None) | models.Q(valid_to__gte=today))
        )

    def due(self):
        """Those that are public and that nobody has checked in time."""
        return self.published().filter(overdue(timezone.localdate()))


class ContactPersonQuerySet(DatedQuerySet):
    def guide(self, presence):
        """Return who helps to find an offer; the first contact where nobody is named.

        While that person is away, her deputy does, or the next one who is there.
        """
        found = self.published().prefetch_related("spoken_languages")
        ranked = found.order_by("-gives_guidance", *self.model._meta.ordering)
        first = ranked.exclude(pk__in=presence.missed()).first() or ranked.first()
        away = first and presence.away(first)
        return ranked.filter(pk=away.deputy.pk).first() if away and away.deputy else first


class ContactPerson(Reviewed, Translatable):
    class Salutation(models.TextChoices):
        FRAU = "frau", _("Frau")
        HERR = "herr", _("Herr")

    salutation = models.CharField(
        _("Anrede"), max_length=10, choices=Salutation.choices, blank=True
    )
    first_name = models.CharField(_("Vorname"), max_length=60, blank=True)
    last_name = models.CharField(_("Nachname"), max_length=60)
    slug = address_field()
    role = models.CharField(
        _("Funktion"),
        max_length=120,
        help_text=_("In der Form, die die Person benutzt, zum Beispiel „WIR-Koordinatorin“."),
    )
    duties = models.TextField(_("Wofür zuständig?"), max_length=500, blank=True)
    areas = models.ManyToManyField(
        Area, related_name="contacts", blank=True, verbose_name=_("Bereiche")
    )
    phone = PhoneField(
        _("Telefon"), blank=True, help_text=_("Mit Vorwahl, zum Beispiel 030/23125-0.")
    )
    email = models.EmailField(_("E-Mail"), blank=True)
    room = models.CharField(_("Raum"), max_length=60, blank=True)
    spoken_languages = models.ManyToManyField(
        SpokenLanguage,
        blank=True,
        verbose_name=_("Sprachen"),
        help_text=_("Leer heißt: nicht bekannt. Dann steht auf der Website nichts dazu."),
    )
    photo = PhotoField(
        _("Foto"),
        upload_to=photo_path,
        blank=True,
        help_text=_("JPEG, PNG oder WebP bis 5 MB. Wird quadratisch zugeschnitten."),
    )
    photo_text = models.CharField(
        _("Bildbeschreibung"),
        max_length=200,
        blank=True,
        help_text=_("Was auf dem Foto zu sehen ist, für Menschen, die es nicht sehen."),
    )
    gives_guidance = models.BooleanField(
        _("hilft, ein Angebot zu finden"),
        default=False,
        help_text=_("Steht bei Themen ohne eigene Beratung und wenn eine Suche nichts findet."),
    )
    by_appointment = models.BooleanField(_("Termine nach Vereinbarung"), default=False)
    position = models.PositiveSmallIntegerField(_("Reihenfolge"), default=0)
    published = models.BooleanField(_("veröffentlicht"), default=False)
    valid_from = models.DateField(_("sichtbar ab"), null=True, blank=True)
    valid_to = models.DateField(_("sichtbar bis"), null=True, blank=True)

    label_columns = ("first_name", "last_name")
    visibility = 2
    main_fields = ("role",)

    objects = ContactPersonQuerySet.as_manager()

    class Meta:
        ordering = ["position", "last_name", "first_name"]
        verbose_name = _("Kontaktperson")
        verbose_name_plural = _("Kontaktpersonen")

    def __str__(self):
        return self.name

    def clean(self):
        self.slug = self.slug or free_slug(self, self.name)
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise ValidationError({"valid_to": _("Das Ende liegt vor dem Anfang.")})
        if self.published and not (self.phone or self.email):
            raise ValidationError(
                _("Für die Veröffentlichung fehlt eine Telefonnummer oder eine E-Mail-Adresse.")
            )

    def get_absolute_url(self):
        return page_address("contact", self.slug)

    @property
    def name(self):
        return f"{self.first_name} {self.last_name}".strip()

    def is_shown(self, day):
        """As `published`, of one person and day."""
        begins, ends = self.valid_from or day, self.valid_to or day
        return self.published and begins <= day <= ends

    @property
    def tel_uri(self):
        return tel_uri(self.phone)

    @property
    def key(self):
        return key("k", self.pk)

    @property
    def mark(self):
        """Name the person, and what is known of them, on a shortlist."""
        role = self.text("role", SOURCE)
        return mark("k", self.pk, self.name, role, self.phone, self.email, self.room)
