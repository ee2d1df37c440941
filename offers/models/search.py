"""What the search reads, and what it learns from people who found nothing."""

import re

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class SearchText(models.Model):
    """The texts of an offer in one language, folded to plain ASCII; made by the code."""

    offer = models.ForeignKey("offers.Offer", models.CASCADE, related_name="+")
    language = models.CharField(max_length=20)
    title = models.TextField()
    text = models.TextField()

    is_content = False

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["language", "offer"], name="one_search_text_per_offer_and_language"
            )
        ]

    def __str__(self):
        return f"{self.offer_id} ({self.language})"


class SearchWord(models.Model):
    """A folded word that occurs in the texts of a language; those of few letters are not kept.

    The search looks up the words that what was typed is a part of, or that it may have meant.
    """

    language = models.CharField(max_length=20)
    word = models.CharField(max_length=200)

    is_content = False

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["language", "word"], name="one_search_word_per_language"
            )
        ]

    def __str__(self):
        return self.word


class Synonym(models.Model):
    """Words that mean the same to people who search, in whatever language."""

    words = models.TextField(
        _("Wörter"),
        max_length=1000,
        help_text=_(
            "Mit Komma getrennt, in allen Sprachen: Wer eines sucht, findet auch die anderen. "
            "Zum Beispiel: Deutschkurs, Sprachkurs, German course."
        ),
    )

    class Meta:
        ordering = ["words"]
        verbose_name = _("Gruppe gleicher Suchwörter")
        verbose_name_plural = _("Gruppen gleicher Suchwörter")

    def __str__(self):
        return self.words

    def clean(self):
        if len(self.listed()) < 2:
            raise ValidationError({"words": _("Bitte mindestens zwei Wörter, mit Komma getrennt.")})

    def listed(self):
        """Return the words one by one; an Arabic comma separates them as well."""
        words = re.split(r"[,،\n]", self.words)
        return [word.strip() for word in words if word.strip()]


class SearchTerm(models.Model):
    """What people searched without finding anything: a word and a number, nobody's name."""

    term = models.CharField(_("Suchwort"), max_length=100)
    language = models.CharField(_("Sprache"), max_length=20)
    number = models.PositiveIntegerField(_("wie oft"), default=1)
    last_day = models.DateField(_("zuletzt am"), default=timezone.localdate)

    is_content = False

    class Meta:
        ordering = ["-number", "term"]
        constraints = [
            models.UniqueConstraint(fields=["term", "language"], name="one_row_per_search_term")
        ]
        verbose_name = _("Suche ohne Ergebnis")
        verbose_name_plural = _("Suchen ohne Ergebnis")

    def __str__(self):
        return self.term
