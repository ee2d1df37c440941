"""Addresses: the last part of an internet address ("slug"), and postal codes."""

from functools import lru_cache

from django.core.validators import RegexValidator
from django.db import models
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

SLUG = "---"  # stands for one; no path of ours has it
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def german_slug(text):
    return slugify(text.lower().translate(UMLAUTS))[:45]


def page_address(name, slug):
    """Return the path of a page in the active language; a list asks for dozens of them."""
    return path_of(name, get_language()).replace(SLUG, slug)


@lru_cache(maxsize=256)
def path_of(name, code):
    return reverse(name, args=[SLUG])


def free_slug(obj, text):
    """Return an address made of `text` that no other object of this kind has."""
    wanted = german_slug(text) or type(obj)._meta.model_name
    taken = set(
        type(obj)
        .objects.filter(slug__startswith=wanted)
        .exclude(pk=obj.pk)
        .values_list("slug", flat=True)
    )
    numbered = (f"{wanted}-{number}" for number in range(2, len(taken) + 3))
    return wanted if wanted not in taken else next(slug for slug in numbered if slug not in taken)


def address_field():
    """Return a model field for the address; the model's `clean` fills it when left empty."""
    return models.SlugField(
        _("Adresse"),
        unique=True,
        blank=True,
        help_text=_(
            "Der letzte Teil der Internetadresse, in allen Sprachen gleich. "
            "Leer lassen: Er wird aus dem Namen gemacht."
        ),
    )


def postal_code_field(**options):
    return models.CharField(
        _("Postleitzahl"),
        max_length=5,
        validators=[RegexValidator(r"^\d{5}$", _("Eine Postleitzahl hat fünf Ziffern."))],
        **options,
    )
