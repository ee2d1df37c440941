"""What residents write to staff: errors in an entry, feedback, barriers."""

from datetime import timedelta
from hashlib import sha256

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, models, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from languages.registry import REGISTRY, SOURCE
from programme.models import Programme

from .outbox import OutgoingMail

#: After that, who reported a barrier may turn to the enforcement body (§ 6 HVBIT).
ANSWER = timedelta(weeks=6)
#: How long a message stays when it is done, and at most. The data protection page tells both.
KEPT_DONE, KEPT = timedelta(days=180), timedelta(days=2 * 365)
LONGEST = 4000  # characters


class MessageQuerySet(models.QuerySet):
    def unfinished(self):
        return self.exclude(state=Message.State.DONE)

    def overdue(self):
        return self.unfinished().filter(due_on__lt=timezone.localdate())

    def too_old(self, now):
        return self.filter(
            models.Q(done_at__lt=now - KEPT_DONE) | models.Q(received_at__lt=now - KEPT)
        )


class Message(models.Model):
    """It has no history, which would keep what a person wrote after it was deleted.

    Nor does its name tell anything of that person: the admin's log keeps it for longer.
    """

    class Kind(models.TextChoices):
        ERROR = "error", _("Fehler")
        BARRIER = "barrier", _("Barriere")
        FEEDBACK = "feedback", _("Rückmeldung")

    class Problem(models.TextChoices):
        WRONG = "wrong", _("Etwas stimmt nicht")
        CLOSED = "closed", _("Das gibt es nicht mehr")
        MISSING = "missing", _("Etwas fehlt")
        OTHER = "other", _("Etwas anderes")

    class State(models.TextChoices):
        NEW = "new", _("neu")
        IN_PROGRESS = "in_progress", _("in Arbeit")
        DONE = "done", _("erledigt")

    #: From the form: what is sent twice arrives once. It also names the e-mails.
    token = models.CharField(max_length=40, unique=True, editable=False)
    kind = models.CharField(_("Art"), max_length=10, choices=Kind.choices)
    problem = models.CharField(
        _("Was ist falsch?"), max_length=10, choices=Problem.choices, blank=True
    )
    entry_type = models.ForeignKey(ContentType, models.SET_NULL, null=True, editable=False)
    entry_id = models.PositiveBigIntegerField(null=True, editable=False)
    entry = GenericForeignKey("entry_type", "entry_id")
    entry_name = models.CharField(_("Eintrag"), max_length=250, blank=True)
    page = models.CharField(_("Auf welcher Seite?"), max_length=300, blank=True)
    text = models.TextField(_("Nachricht"), max_length=LONGEST, blank=True)
    email = models.EmailField(_("E-Mail-Adresse"), blank=True)
    language = models.CharField(_("Sprache"), max_length=20)
    received_at = models.DateTimeField(_("eingegangen"), default=timezone.now)
    due_on = models.DateField(_("zu beantworten bis"), null=True, blank=True)
    state = models.CharField(
        _("Stand"), max_length=20, choices=State.choices, default=State.NEW, db_index=True
    )
    done_at = models.DateTimeField(_("erledigt am"), null=True, blank=True, editable=False)
    assigned_to = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, verbose_name=_("zuständig")
    )
    note = models.TextField(
        _("Notiz"), max_length=LONGEST, blank=True, help_text=_("Nur für die Redaktion.")
    )

    is_content = False

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at", "-pk"]
        verbose_name = _("Nachricht")
        verbose_name_plural = _("Nachrichten")

    def __str__(self):
        name = f"{self.get_kind_display()} {self.pk}"
        return f"{name}: {self.entry_name}" if self.entry_name else name

    def save(self, *args, **kwargs):
        """Save, and note since when it is done: from then on it is kept for a while only."""
        if self.state == self.State.DONE:
            self.done_at = self.done_at or timezone.now()
        else:
            self.done_at = None
        super().save(*args, **kwargs)

    @property
    def is_overdue(self):
        is_late = self.due_on is not None and self.due_on < timezone.localdate()
        return is_late and self.state != self.State.DONE

    @property
    def language_name(self):
        return REGISTRY[self.language].name if self.language in REGISTRY else self.language

    @property
    def replies(self):
        return self.mails.filter(key__startswith="reply-")

    def receive(self):
        """Keep a new message, and tell staff of it in the same transaction."""
        if self.kind == self.Kind.BARRIER:
            self.due_on = timezone.localdate() + ANSWER
        with transaction.atomic():
            try:
                with transaction.atomic():
                    self.save(force_insert=True)
            except IntegrityError:  # the same form was sent twice at the same moment
                return
            for number, address in enumerate(addresses_of_staff()):
                self.tell(f"message-{self.token}-{number}", address, _("Neue Nachricht"))

    def tell(self, key, address, occasion):
        """Write to staff that there is work; what the person wrote stays in the admin."""
        if not settings.HAS_MAIL:  # nobody wants to hear of it months later
            return
        with override(SOURCE):
            facts = {
                _("Art"): self.get_kind_display(),
                _("Eintrag"): self.entry_name,
                _("Sprache"): self.language_name,
                _("Bitte antworten bis"): self.due_on and date_format(self.due_on, "j. F Y"),
            }
            lines = [f"{name}: {value}" for name, value in facts.items() if value]
            path = reverse("admin:contacts_message_change", args=[self.pk])
            body = "\n".join([*lines, "", settings.SITE_URL + path, ""])
            subject = f"{occasion}: {self.get_kind_display()}"
        OutgoingMail.objects.put(key, address, subject, body, about=self)

    def assign(self, user, by):
        """Make somebody responsible, and tell them unless they did it themselves."""
        self.assigned_to = user
        self.save()
        if user and user != by and user.email:
            occasion = _("Ihnen wurde eine Nachricht zugewiesen")
            self.tell(f"assigned-{self.token}-{user.pk}", user.email, occasion)

    def reply(self, text, reply_to=""):
        """Write to the person, in the own words of staff; the same words go out once."""
        site_name = Programme.objects.values_list("site_name", flat=True).first() or ""
        with override(self.language if self.language in REGISTRY else SOURCE):
            subject = _("Ihre Nachricht an %s") % site_name
        key = f"reply-{self.token}-{sha256(text.encode()).hexdigest()[:16]}"
        OutgoingMail.objects.put(key, self.email, subject, text, reply_to, about=self)


def staff():
    """Return who may work on messages."""
    return User.objects.with_perm("contacts.change_message").filter(is_staff=True)


def addresses_of_staff():
    """Return where a new message is told: at the operator's, else at each one's who may answer."""
    if operator := Programme.objects.values_list("email", flat=True).first():
        return [operator]
    return sorted(set(staff().exclude(email="").values_list("email", flat=True)))
