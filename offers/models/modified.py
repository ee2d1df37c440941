from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ModifiedQuerySet(models.QuerySet):
    """Mixin: who changes many at once changes them now."""

    def update(self, **values):
        return super().update(**{"modified": timezone.now()} | values)


class Modified(models.Model):
    """Knows when it was stored last: open data says so, and is asked for what is new."""

    modified = models.DateTimeField(_("zuletzt geändert"), auto_now=True, editable=False)

    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        if columns := kwargs.get("update_fields"):
            kwargs["update_fields"] = {*columns, "modified"}
        super().save(*args, **kwargs)
