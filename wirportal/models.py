from datetime import timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Action(models.TextChoices):
    SIGNED_IN = "signed_in", _("Anmeldung")
    FAILED = "failed", _("Anmeldung fehlgeschlagen")
    LOCKED = "locked", _("Anmeldung gesperrt")
    SIGNED_OUT = "signed_out", _("Abmeldung")
    RIGHTS = "rights", _("Zugang oder Recht geändert")
    PUBLISHED = "published", _("veröffentlicht")
    UNPUBLISHED = "unpublished", _("nicht mehr öffentlich")
    RESTORED = "restored", _("Gelöschtes wiederhergestellt")
    IMPORT = "import", _("Datei eingelesen")
    EXPORT = "export", _("Datei heruntergeladen")


class AuditEntry(models.Model):
    """Who did what that others may have to answer for; no address of any device is in it."""

    at = models.DateTimeField(_("wann"), default=timezone.now)
    user = models.ForeignKey("auth.User", models.SET_NULL, null=True, verbose_name=_("Zugang"))
    name = models.TextField(_("wer"), blank=True)  # stays when the account is deleted
    action = models.CharField(_("was"), max_length=20, choices=Action.choices)
    label = models.TextField(_("woran"), blank=True)
    detail = models.TextField(_("genauer"), blank=True)

    is_content = False

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["at"], name="audit_at"),
            models.Index(fields=["name", "at"], name="audit_name"),
            models.Index(fields=["action", "at"], name="audit_action"),
        ]
        default_permissions = ()  # audit/views.py tells who may read; nobody changes anything
        verbose_name = _("Eintrag im Protokoll")
        verbose_name_plural = _("Protokoll")

    def __str__(self):
        return f"{self.at:%Y-%m-%d %H:%M} {self.name} {self.action} {self.label}"


class PageCount(models.Model):
    """How often a page was read on a day. `page` is its address after the language."""

    day = models.DateField()
    language = models.CharField(max_length=20)
    page = models.CharField(max_length=200)
    number = models.PositiveBigIntegerField(default=0)

    is_content = False

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["day", "language", "page"], name="count_once")
        ]
        default_permissions = ()
        verbose_name = _("Aufrufe einer Seite")
        verbose_name_plural = _("Aufrufe von Seiten")

    def __str__(self):
        return f"{self.day} {self.language}/{self.page} {self.number}"


#: A job that was killed is begun anew after this long.
KILLED_AFTER = timedelta(hours=1)
#: Without a run in so long, staff are warned.
LATE_AFTER = timedelta(days=2)


class JobRunQuerySet(models.QuerySet):
    def begin(self, name, now):
        """Note that a job has begun."""
        self.update_or_create(name=name, defaults={"started_at": now})

    def finish(self, name, now, failed=""):
        self.filter(name=name).update(finished_at=now, failed=failed)

    def claim_day(self, name, now):
        """Tell one of several processes to do what is done once a day; another day, another one."""
        today = timezone.localdate(now)
        self.get_or_create(name=name, defaults={"started_at": now - 2 * LATE_AFTER})
        unfinished = models.Q(finished_at=None) | models.Q(finished_at__lt=models.F("started_at"))
        killed = unfinished & models.Q(started_at__lt=now - KILLED_AFTER)
        due = models.Q(started_at__date__lt=today) | killed
        return bool(self.filter(due, name=name).update(started_at=now))

    def is_late(self, name, now=None):
        """Whether a job has not come to its end for days, or never has."""
        limit = (now or timezone.now()) - LATE_AFTER
        return not self.filter(name=name, finished_at__gte=limit).exists()


class JobRun(models.Model):
    """When a job has begun and ended the last time; one row for each job."""

    name = models.CharField(max_length=40, unique=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    failed = models.TextField(blank=True)

    is_content = False

    objects = JobRunQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self):
        return self.name
