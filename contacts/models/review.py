"""How old what we say may become: when an entry was checked, by whom, and when it is due again."""

from calendar import monthrange
from datetime import MAXYEAR

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

#: How often an entry is checked, where staff set nothing else.
MONTHS = 6
LONGEST = 60  # months


class Source(models.TextChoices):
    EDITORS = "editors", _("von der Redaktion")
    ORGANISATION = "organisation", _("von der Organisation")


def later(day, months):
    """Return the same day so many months later, or the last one of a month that is shorter."""
    years, month = divmod(day.month - 1 + months, 12)
    year = min(day.year + years, MAXYEAR)
    last = monthrange(year, month + 1)[1]
    return day.replace(year=year, month=month + 1, day=min(day.day, last))


def overdue(today):
    """Match entries that nobody has checked in time; never checked counts as overdue."""
    return models.Q(verified_on=None) | models.Q(review_due__lt=today)


class Reviewed(models.Model):
    """Base of what somebody has to check again and again."""

    verified_on = models.DateField(_("geprüft am"), null=True, blank=True)
    verified_by = models.CharField(_("geprüft von (intern)"), max_length=120, blank=True)
    verified_source = models.CharField(
        _("geprüft durch"),
        max_length=12,
        choices=Source.choices,
        blank=True,
        default=Source.EDITORS,
    )
    review_due = models.DateField(
        _("wieder prüfen am"),
        null=True,
        blank=True,
        help_text=_("Leer lassen: Der Tag wird aus dem Abstand berechnet."),
    )
    review_months = models.PositiveSmallIntegerField(
        _("prüfen alle … Monate"),
        blank=True,
        default=MONTHS,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST)],
    )
    unconfirmed_since = models.DateField(_("nicht bestätigt seit"), null=True, editable=False)

    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        self.review_months = self.review_months or MONTHS
        if not self.is_overdue:
            self.unconfirmed_since = None
        super().save(*args, **kwargs)

    @property
    def is_overdue(self):
        """As `overdue`, of one entry."""
        return self.verified_on is None or bool(
            self.review_due and self.review_due < timezone.localdate()
        )

    @property
    def is_unconfirmed(self):
        """Whether readers are told that nobody has answered for it."""
        return self.unconfirmed_since is not None and self.is_overdue

    def confirm(self, by, source=Source.EDITORS):
        """Note that it was checked today; return the names of what that sets."""
        self.verified_on = timezone.localdate()
        self.verified_by, self.verified_source = by[:120], source
        self.review_due, self.unconfirmed_since = later(self.verified_on, self.review_months), None
        return CHECK

    def plan(self, changed):
        """Complete what staff typed into a form about a check of their own."""
        if "verified_on" in changed and "verified_source" not in changed:
            self.verified_source = Source.EDITORS
        if "verified_on" in changed and "review_due" not in changed:
            self.review_due = None
        if self.verified_on and self.review_due is None:
            self.review_due = later(self.verified_on, self.review_months or MONTHS)


#: The columns that `confirm` sets.
CHECK = ("verified_on", "verified_by", "verified_source", "review_due", "unconfirmed_since")
