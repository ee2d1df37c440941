"""E-mails wait here, in the transaction that they belong to, until a mail server has taken them."""

import logging
import smtplib
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

logger = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=5), timedelta(hours=12)
#: Then it is given up: about four days after the first try.
MOST_ATTEMPTS = 14
#: Longer than a mail server may take; whoever was killed meanwhile did not finish it.
CLAIM = timedelta(minutes=15)
LONGEST_SUBJECT = 150


def pause(attempts):
    """Return how long to wait after so many failures."""
    return min(FIRST_PAUSE * 2 ** (attempts - 1), LONGEST_PAUSE)


class OutgoingMailQuerySet(models.QuerySet):
    def waiting(self):
        return self.filter(sent_at=None, given_up=False)

    def due(self, now=None):
        now = now or timezone.now()
        free = models.Q(claimed_at=None) | models.Q(claimed_at__lt=now - CLAIM)
        return self.waiting().filter(free, due_at__lte=now)

    def put(self, key, to, subject, body, reply_to="", about=None):
        """Add an e-mail, unless one with this key was there before: nothing is sent twice."""
        now = timezone.now()
        line = " ".join(subject.split())[:LONGEST_SUBJECT]  # a second one would be a header
        values = {"to": to, "subject": line, "body": body, "reply_to": reply_to}
        values |= {"created_at": now, "due_at": now, "about": about}
        return self.get_or_create(key=key, defaults=values)[0]

    def deliver(self, now=None):
        """Hand over what is due; return how many e-mails were taken."""
        if not settings.HAS_MAIL:
            return 0
        now = now or timezone.now()
        keys = list(self.due(now).order_by("due_at", "pk").values_list("pk", flat=True))
        return sum(self.deliver_one(key, now) for key in keys)

    def deliver_one(self, key, now):
        """Only one of several processes claims an e-mail, and only that one sends it."""
        if not self.due(now).filter(pk=key).update(claimed_at=now):
            return False
        return self.get(pk=key).hand_over(now)


class OutgoingMail(models.Model):
    key = models.CharField(max_length=120, unique=True, editable=False)
    #: What it is about, if anything: it goes together with that.
    about = models.ForeignKey(
        "Message", models.CASCADE, null=True, related_name="mails", editable=False
    )
    to = models.EmailField(_("an"))
    reply_to = models.EmailField(_("Antwort an"), blank=True)
    subject = models.CharField(_("Betreff"), max_length=200)
    body = models.TextField(_("Text"))
    created_at = models.DateTimeField(_("geschrieben"), default=timezone.now)
    due_at = models.DateTimeField(_("nächster Versuch"), default=timezone.now)
    claimed_at = models.DateTimeField(null=True, editable=False)
    attempts = models.PositiveSmallIntegerField(_("Versuche"), default=0)
    sent_at = models.DateTimeField(_("gesendet"), null=True, blank=True)
    given_up = models.BooleanField(_("aufgegeben"), default=False)
    error = models.TextField(_("letzter Fehler"), blank=True)

    is_content = False

    objects = OutgoingMailQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["sent_at", "due_at"], name="mail_due")]
        verbose_name = _("E-Mail")
        verbose_name_plural = _("Ausgehende E-Mails")

    def __str__(self):
        return f"{self.subject} → {self.to}"

    @property
    def state(self):
        if self.sent_at:
            return _("gesendet")
        if self.given_up:
            return _("aufgegeben")
        return _("wartet")

    def message(self):
        """Return it with an ID that stays: a server that gets it again can tell.

        What is about one message of a resident stands together in every mail program. What staff
        wrote does not say that a program did (RFC 3834): some hide that, or never answer it.
        """
        host = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip(">")
        headers = {"Message-ID": f"<{self.key}@{host}>"}
        if self.about:
            headers["References"] = f"<{self.about.token}@{host}>"
        if not self.key.startswith("reply-"):
            headers["Auto-Submitted"] = "auto-generated"
        reply_to = [self.reply_to] if self.reply_to else None
        return EmailMessage(
            self.subject, self.body, to=[self.to], reply_to=reply_to, headers=headers
        )

    def hand_over(self, now):
        """Send it, and note what came of it."""
        self.attempts += 1
        self.claimed_at = None
        try:
            self.message().send()
        except (OSError, ValueError, smtplib.SMTPException) as error:
            self.error = f"{type(error).__name__}: {error}"[:1000]
            self.given_up = is_final(error) or self.attempts >= MOST_ATTEMPTS
            self.due_at = now + pause(self.attempts)
            logger.warning("E-mail %s was not sent: %s", self.pk, type(error).__name__)
        else:
            self.sent_at, self.error = now, ""
        self.save()
        return self.sent_at is not None

    def again(self):
        """Try it once more from the start, as staff asked for."""
        self.given_up, self.attempts, self.claimed_at = False, 0, None
        self.due_at = timezone.now()
        self.save()


def is_final(error):
    """Tell whether the server said that this address will never work."""
    if isinstance(error, ValueError):  # a header that cannot be written
        return True
    refused = getattr(error, "recipients", None)
    codes = [code for code, _text in refused.values()] if refused else []
    return bool(codes) and all(500 <= code < 600 for code in codes)
