"""What offers are sorted by, and the numbers for an emergency."""

from django.core.validators import RegexValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from contacts.models import ContactPerson
from languages.registry import SOURCE
from languages.translatable import Translatable
from programme.addresses import address_field, free_slug
from programme.phone import PhoneField


class Municipality(models.Model):
    """A town or municipality of the district; its name is the same in all languages."""

    name = models.CharField(_("Name"), max_length=100, unique=True)
    slug = address_field()
    ags = models.CharField(
        _("Amtlicher Gemeindeschlüssel"),
        max_length=8,
        unique=True,
        validators=[RegexValidator(r"^\d{8}$", _("Der Gemeindeschlüssel hat acht Ziffern."))],
    )

    class Meta:
        ordering = ["name"]
        verbose_name = _("Kommune")
        verbose_name_plural = _("Kommunen")

    def __str__(self):
        return self.name

    def clean(self):
        self.slug = self.slug or free_slug(self, self.name)


class Sorting(Translatable):
    """Base of what offers are sorted by: a name in each language, in an order that staff set."""

    name = models.CharField(_("Name"), max_length=100)
    slug = address_field()
    position = models.PositiveSmallIntegerField(_("Reihenfolge"), default=0)

    label_columns = ("name_de",)
    visibility = 5
    main_fields = ("name",)

    class Meta:
        abstract = True
        ordering = ["position", "pk"]

    def __str__(self):
        return self.text("name", SOURCE) or self.slug

    def clean(self):
        self.slug = self.slug or free_slug(self, self.text("name", SOURCE))


class Topic(Sorting):
    description = models.CharField(_("Worum geht es?"), max_length=200, blank=True)
    contact = models.ForeignKey(
        ContactPerson,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="topics",
        verbose_name=_("wer dazu berät"),
        help_text=_("Steht auf der Seite des Themas. Leer: das Fallmanagement."),
    )
    shows_help_numbers = models.BooleanField(
        _("Notrufnummern zeigen"),
        default=False,
        help_text=_("Auf der Seite des Themas und bei seinen Angeboten."),
    )
    quick_exit = models.BooleanField(
        _("Knopf „Seite schnell verlassen“"),
        default=False,
        help_text=_("Für Themen wie Gewalt: führt sofort zu einer unverfänglichen Seite."),
    )

    class Meta(Sorting.Meta):
        verbose_name = _("Thema")
        verbose_name_plural = _("Themen")

    def get_absolute_url(self):
        return f"{reverse('offer-list')}?thema={self.slug}"


class TargetGroup(Sorting):
    is_everyone = models.BooleanField(
        _("meint alle Menschen"),
        default=False,
        help_text=_("Diese Angebote stehen auch bei jeder anderen Zielgruppe."),
    )

    class Meta(Sorting.Meta):
        verbose_name = _("Zielgruppe")
        verbose_name_plural = _("Zielgruppen")


class HelpNumber(Sorting):
    """A nationwide number for an emergency."""

    number = PhoneField(_("Nummer"))
    note = models.CharField(_("Wann anrufen?"), max_length=150, blank=True)
    on_violence = models.BooleanField(
        _("bei Gewalt zeigen"),
        default=False,
        help_text=_("Auch bei Themen und Angeboten mit Notrufnummern."),
    )

    class Meta(Sorting.Meta):
        verbose_name = _("Notruf- oder Hilfenummer")
        verbose_name_plural = _("Notruf- und Hilfenummern")
