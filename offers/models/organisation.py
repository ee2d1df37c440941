from django.db import models
from django.utils.translation import gettext_lazy as _

from languages.translatable import Translatable, TranslatableQuerySet
from programme.addresses import address_field, free_slug, page_address, postal_code_field
from programme.phone import PhoneField

from .choices import Kind
from .modified import Modified, ModifiedQuerySet
from .taxonomy import Municipality


class OrganisationQuerySet(ModifiedQuerySet, TranslatableQuerySet):
    pass


class Organisation(Modified, Translatable):
    """Whoever offers something; its name is the same in all languages."""

    name = models.CharField(_("Name"), max_length=150)
    slug = address_field()
    kind = models.CharField(_("Art"), max_length=20, choices=Kind.choices, default=Kind.OTHER)
    about = models.TextField(_("Über die Stelle"), max_length=600, blank=True)
    municipality = models.ForeignKey(
        Municipality, models.PROTECT, null=True, blank=True, verbose_name=_("Kommune")
    )
    street = models.CharField(_("Straße und Hausnummer"), max_length=200, blank=True)
    postal_code = postal_code_field(blank=True)
    city = models.CharField(_("Ort"), max_length=100, blank=True)
    phone = PhoneField(_("Telefon"), blank=True)
    email = models.EmailField(_("E-Mail"), blank=True)
    web = models.URLField(_("Website"), blank=True)
    published = models.BooleanField(_("veröffentlicht"), default=False)

    label_columns = ("name",)
    visibility = 7
    main_fields = ("about",)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        verbose_name = _("Organisation")
        verbose_name_plural = _("Organisationen")

    def __str__(self):
        return self.name

    def clean(self):
        self.slug = self.slug or free_slug(self, self.name)

    def get_absolute_url(self):
        return page_address("organisation", self.slug)
