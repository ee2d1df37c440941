"""The programme, its areas, what they publish, and the legal and information pages."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import FileExtensionValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from PIL import Image

from languages.fields import RichTextField
from languages.registry import REGISTRY, SOURCE
from languages.translatable import Translatable, TranslatableQuerySet

from .addresses import (
    address_field,
    free_slug,
    german_slug,
    page_address,
    postal_code_field,
)
from .colours import validate_colour
from .phone import PhoneField
from .uploads import (
    MEGABYTE,
    LogoField,
    MaxFileSize,
    PdfField,
    logo_path,
    publication_path,
    validate_captions,
    validate_mp4,
    video_path,
)
from .version import ContentVersion

__all__ = ["Area", "ContentVersion", "Page", "Programme", "Publication"]


#: For columns that came later: while an update is under way, older software adds rows without.
LATER = {"default": "", "db_default": ""}


class Programme(Translatable):
    """The programme in this district, and who runs the site. There is one row."""

    site_name = models.CharField(
        _("Name der Website"), max_length=60, help_text=_("Steht als Wortmarke oben links.")
    )
    district = models.CharField(_("Landkreis"), max_length=100)
    name = models.CharField(_("Name des Programms"), max_length=100)
    title = models.CharField(_("Überschrift der Startseite"), max_length=120)
    summary = models.TextField(
        _("Kurz gesagt"),
        max_length=400,
        help_text=_("Ein bis drei Sätze. Sie stehen ganz oben und in Suchmaschinen."),
    )
    body = RichTextField(_("Über das Programm"), blank=True)
    overview = RichTextField(
        _("Angebote und Ansprechpersonen finden"),
        blank=True,
        help_text=_("Wozu der Überblick da ist und wen man fragen kann."),
    )

    operator = models.CharField(_("Betreiber"), max_length=200)
    representative = models.CharField(_("vertreten durch"), max_length=200, blank=True)
    street = models.CharField(_("Straße und Hausnummer"), max_length=200)
    postal_code = postal_code_field()
    city = models.CharField(_("Ort"), max_length=100)
    phone = PhoneField(_("Telefon des Betreibers"), blank=True)
    email = models.EmailField(_("E-Mail des Betreibers"), blank=True)
    vat_id = models.CharField(_("Umsatzsteuer-Identifikationsnummer"), max_length=20, blank=True)
    editor = models.CharField(
        _("verantwortlich für den Inhalt"),
        max_length=200,
        blank=True,
        help_text=_("Name und Anschrift der Person nach § 18 Absatz 2 MStV."),
    )

    colour = models.CharField(
        _("Farbe"),
        max_length=7,
        blank=True,
        **LATER,
        validators=[validate_colour],
        help_text=_("Für Links und Knöpfe, zum Beispiel #2044aa. Leer lassen: Blau."),
    )
    logo = LogoField(
        _("Logo"),
        upload_to=logo_path,
        blank=True,
        **LATER,
        help_text=_("JPEG, PNG oder WebP bis 5 MB. Steht links neben dem Namen der Website."),
    )

    label_columns = ("site_name",)
    visibility = 0
    main_fields = ("summary",)

    class Meta:
        verbose_name = _("Programm und Betreiber")
        verbose_name_plural = _("Programm und Betreiber")

    def __str__(self):
        return self.site_name

    def clean(self):
        if self._state.adding and Programme.objects.exists():
            raise ValidationError(_("Es gibt das Programm schon. Bitte bearbeiten Sie es dort."))

    def get_absolute_url(self):
        return reverse("home")

    @property
    def has_own_look(self):
        return bool(self.colour or self.logo)

    @cached_property
    def logo_width(self):
        """CSS pixels at a height of 40; None when there is no file, which must not break pages."""
        try:
            with self.logo.open() as file, Image.open(file, formats=["PNG"]) as picture:
                return round(picture.width * 40 / picture.height)
        except (OSError, ValueError):
            return None

    @property
    def missing_details(self):
        """Return the labels of the operator's legal details that are still empty."""
        needed = ["representative", "phone", "email", "editor"]
        return [
            self._meta.get_field(name).verbose_name for name in needed if not getattr(self, name)
        ]


class Area(Translatable):
    title = models.CharField(_("Name"), max_length=100)
    slug = address_field()
    audience = models.TextField(_("Für wen?"), max_length=500)
    task = models.TextField(_("Aufgabe"), max_length=500)
    body = RichTextField(_("Mehr dazu"), blank=True)
    position = models.PositiveSmallIntegerField(_("Reihenfolge"), default=0)
    published = models.BooleanField(_("veröffentlicht"), default=False)

    visibility = 1
    main_fields = ("task",)

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("Bereich")
        verbose_name_plural = _("Bereiche")

    def __str__(self):
        return self.text("title", SOURCE) or self.slug

    def clean(self):
        self.slug = self.slug or free_slug(self, self.text("title", SOURCE))

    def get_absolute_url(self):
        return page_address("area", self.slug)


def language_choices():
    """Return the site's languages; a callable, so that adding one needs no migration here."""
    return settings.LANGUAGES


class PublicationQuerySet(TranslatableQuerySet):
    def published(self):
        return super().published().filter(date__lte=timezone.localdate())


class Publication(Translatable):
    """A concept or strategy that an area worked out, as a PDF."""

    area = models.ForeignKey(
        Area, models.PROTECT, related_name="publications", verbose_name=_("Bereich")
    )
    title = models.CharField(_("Titel"), max_length=200)
    summary = models.TextField(_("Worum geht es?"), max_length=600, blank=True)
    date = models.DateField(_("Datum"), default=timezone.localdate)
    file = PdfField(_("PDF"), upload_to=publication_path)
    language = models.CharField(
        _("Sprache des PDF"), max_length=20, choices=language_choices, default=SOURCE
    )
    accessible = models.BooleanField(
        _("barrierefreies PDF"),
        default=False,
        help_text=_("Nur ankreuzen, wenn das PDF geprüft ist (PDF/UA)."),
    )
    published = models.BooleanField(_("veröffentlicht"), default=False)

    visibility = 4
    main_fields = ("title",)

    objects = PublicationQuerySet.as_manager()

    class Meta:
        ordering = ["-date", "pk"]
        verbose_name = _("Konzept oder Strategie")
        verbose_name_plural = _("Konzepte und Strategien")

    def __str__(self):
        return self.text("title", SOURCE)

    def get_absolute_url(self):
        return self.area.get_absolute_url()

    @property
    def size(self):
        """Bytes of the PDF; None when the file is gone, which must not break the page."""
        try:
            return self.file.size
        except OSError:
            return None

    @property
    def download_name(self):
        return f"{german_slug(self.text('title', SOURCE))}.pdf"

    @property
    def language_entry(self):
        return REGISTRY.get(self.language, REGISTRY[SOURCE])


#: First parts of addresses that belong to other pages.
RESERVED_SLUGS = {"angebote", "bereiche", "inhalt", "kontakte", "merkzettel", "partner"}
RESERVED_SLUGS |= {"offene-daten"}


class Page(Translatable):
    """A legal or information page, linked in the header or the footer of every page."""

    class Placement(models.TextChoices):
        HEADER = "header", _("oben auf jeder Seite")
        FOOTER = "footer", _("unten auf jeder Seite")
        NONE = "none", _("nirgends, nur über ihre Adresse")

    title = models.CharField(_("Titel"), max_length=100)
    slug = address_field()
    summary = models.TextField(
        _("Kurz gesagt"), max_length=400, blank=True, help_text=_("Steht auch in Suchmaschinen.")
    )
    body = RichTextField(
        _("Text"),
        blank=True,
        heading_levels=(2, 3),
        help_text=_("Was noch fehlt, in doppelte eckige Klammern setzen: [[Datum der Prüfung]]."),
    )
    operator_details = models.BooleanField(
        _("Angaben zum Betreiber zeigen"),
        default=False,
        help_text=_("Anschrift und Kontakt aus „Programm und Betreiber“."),
    )
    video = models.FileField(
        _("Video"),
        upload_to=video_path,
        blank=True,
        validators=[FileExtensionValidator(["mp4"]), MaxFileSize(200 * MEGABYTE), validate_mp4],
        help_text=_("MP4, zum Beispiel in Deutscher Gebärdensprache."),
    )
    captions = models.FileField(
        _("Untertitel"),
        upload_to=video_path,
        blank=True,
        validators=[FileExtensionValidator(["vtt"]), MaxFileSize(MEGABYTE), validate_captions],
        help_text=_("Deutsche Untertitel zum Video (WebVTT)."),
    )
    video_link = models.URLField(
        _("Link zum Video"), blank=True, help_text=_("Wenn das Video woanders liegt.")
    )
    placement = models.CharField(
        _("Link zur Seite"), max_length=10, choices=Placement.choices, default=Placement.FOOTER
    )
    position = models.PositiveSmallIntegerField(_("Reihenfolge"), default=0)
    published = models.BooleanField(_("veröffentlicht"), default=False)

    visibility = 3
    main_fields = ("body", "title")

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("Informationsseite")
        verbose_name_plural = _("Informationsseiten")

    def __str__(self):
        return self.text("title", SOURCE) or self.slug

    def clean(self):
        self.slug = self.slug or free_slug(self, self.text("title", SOURCE))
        if self.slug in RESERVED_SLUGS:
            raise ValidationError({"slug": _("Diese Adresse gehört schon zu einer anderen Seite.")})

    def get_absolute_url(self):
        return page_address("page", self.slug)
