"""Which languages are public, and where each translation comes from."""

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .records import Records
from .registry import REGISTRY, SOURCE


class LanguageManager(models.Manager):
    def published_entries(self):
        """Return the registry's entries that are public, in its order; German always is."""
        published = set(self.filter(published=True).values_list("code", flat=True)) | {SOURCE}
        return [entry for entry in REGISTRY.values() if entry.code in published]


class Language(models.Model):
    code = models.CharField(_("Kürzel"), max_length=20, unique=True, editable=False)
    published = models.BooleanField(
        _("veröffentlicht"),
        default=False,
        help_text=_("Nur veröffentlichte Sprachen stehen in der Sprachauswahl der Website."),
    )
    translators = models.ManyToManyField(
        "auth.User",
        related_name="languages",
        blank=True,
        verbose_name=_("Übersetzerinnen und Übersetzer"),
        help_text=_("Wer in der Gruppe „Übersetzung“ ist, bearbeitet nur diese Sprachen."),
    )

    objects = LanguageManager()

    class Meta:
        ordering = ["id"]
        verbose_name = _("Sprache")
        verbose_name_plural = _("Sprachen")

    def __str__(self):
        return REGISTRY[self.code].label if self.code in REGISTRY else self.code

    def clean(self):
        if self.code == SOURCE and not self.published:
            raise ValidationError(
                {"published": _("Deutsch ist die Ausgangssprache und bleibt veröffentlicht.")}
            )


class Origin(models.TextChoices):
    HUMAN = "human", _("von einem Menschen")
    MACHINE = "machine", _("von einer Maschine")
    IMPORT = "import", _("aus einer Datei")


class Translation(models.Model):
    """Where one translated field of one object came from.

    The text itself is in the object's column. A translation is outdated when `source`, the German
    text it was made from, is no longer the German of today: no clock is involved.
    """

    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE)
    object_id = models.PositiveBigIntegerField()
    content_object = GenericForeignKey()
    field = models.CharField(_("Feld"), max_length=60)
    language = models.CharField(_("Sprache"), max_length=20)
    source = models.TextField(_("deutscher Text, aus dem übersetzt wurde"), blank=True)
    origin = models.CharField(_("Herkunft"), max_length=10, choices=Origin.choices)
    reviewed_by = models.ForeignKey(
        "auth.User", models.SET_NULL, null=True, blank=True, verbose_name=_("geprüft von")
    )
    reviewed_at = models.DateTimeField(_("geprüft am"), null=True, blank=True)
    written_at = models.DateTimeField(_("geschrieben am"), default=timezone.now)

    history = Records()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["content_type", "object_id", "field", "language"],
                name="one_translation_per_field_and_language",
            )
        ]
        verbose_name = _("Übersetzung")
        verbose_name_plural = _("Übersetzungen")
        permissions = [("translate_every_language", "Darf in jede Sprache übersetzen")]

    def __str__(self):
        return f"{self.content_type.model} {self.object_id}: {self.field} ({self.language})"

    @property
    def is_unreviewed(self):
        """Whether the public must be told of it (AI Act, Article 50 (4))."""
        return self.origin == Origin.MACHINE and self.reviewed_at is None


class Import(models.Model):
    """A file of translations that was read in, with what is needed to undo it."""

    language = models.CharField(_("Sprache"), max_length=20)
    filename = models.CharField(_("Datei"), max_length=200)
    user = models.ForeignKey(
        "auth.User", models.SET_NULL, null=True, blank=True, verbose_name=_("von")
    )
    created_at = models.DateTimeField(_("am"), default=timezone.now)
    changes = models.JSONField(_("Änderungen"), default=list)
    undone_at = models.DateTimeField(_("zurückgenommen am"), null=True, blank=True)

    is_content = False

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("eingelesene Datei")
        verbose_name_plural = _("eingelesene Dateien")

    def __str__(self):
        return f"{self.filename} ({self.language})"
