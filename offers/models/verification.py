"""One round of asking whether an entry is still right, from the question to the decision."""

import uuid

from django.core import signing
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contacts.models import ContactPerson, OutgoingMail, Source

from .offer import Offer

#: Binds a link to this one purpose: no other signature of this site opens it.
SIGNER = signing.Signer(salt="offers.verification", sep=".")


class Answer(models.TextChoices):
    RIGHT = "right", _("stimmt noch")
    CHANGED = "changed", _("etwas hat sich geändert")
    GONE = "gone", _("gibt es nicht mehr")
    NOT_OURS = "not_ours", _("gehört nicht zu uns")


class Outcome(models.TextChoices):
    CONFIRMED = "confirmed", _("von der Organisation bestätigt")
    ACCEPTED = "accepted", _("Antwort übernommen")
    REJECTED = "rejected", _("Antwort abgelehnt")
    EDITORS = "editors", _("von der Redaktion geprüft")
    ENDED = "ended", _("hat sich erledigt")
    SILENT = "silent", _("keine Antwort")


class VerificationQuerySet(models.QuerySet):
    def open(self):
        return self.filter(closed_at=None)

    def waiting(self):
        """Those that nobody has answered."""
        return self.open().filter(answer="")

    def to_decide(self):
        """Those whose answer staff have not decided on."""
        return self.open().exclude(answer="")

    def by_phone(self):
        """Those that no e-mail can settle."""
        return self.waiting().filter(models.Q(asked_at=None) | models.Q(bounced=True))

    def by_mail(self):
        return self.waiting().filter(asked_at__isnull=False, bounced=False)

    def soon_hidden(self):
        """Those that the public loses within days unless somebody answers."""
        return self.by_mail().filter(warned_at__isnull=False, hidden_at=None)

    def hidden(self):
        return self.waiting().filter(hidden_at__isnull=False)

    def of_token(self, token):
        """Return what a link is for; None where it is none of ours."""
        try:
            key = uuid.UUID(SIGNER.unsign(token))
        except (signing.BadSignature, ValueError):
            return None
        return self.filter(key=key).first()


class Verification(models.Model):
    offer = models.ForeignKey(
        Offer, models.CASCADE, null=True, related_name="verifications", verbose_name=_("Angebot")
    )
    person = models.ForeignKey(
        ContactPerson,
        models.CASCADE,
        null=True,
        related_name="verifications",
        verbose_name=_("Kontaktperson"),
    )
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    due_on = models.DateField(_("fällig seit"))
    opened_at = models.DateTimeField(_("begonnen"))
    sent_to = models.EmailField(_("gefragt"), blank=True)
    mail = models.ForeignKey(OutgoingMail, models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField(_("gefragt am"), null=True)
    reminded_at = models.DateTimeField(_("erinnert am"), null=True)
    expires_at = models.DateTimeField(_("Link gilt bis"), null=True)
    bounced = models.BooleanField(_("unzustellbar"), default=False)
    unconfirmed_at = models.DateTimeField(_("gekennzeichnet am"), null=True)
    told_at = models.DateTimeField(_("Redaktion benachrichtigt am"), null=True)
    warned_at = models.DateTimeField(_("Redaktion gewarnt am"), null=True)
    hidden_at = models.DateTimeField(_("verborgen am"), null=True)

    answer = models.CharField(_("Antwort"), max_length=10, choices=Answer.choices, blank=True)
    answered_at = models.DateTimeField(_("beantwortet am"), null=True)
    proposal = models.JSONField(_("Vorschlag"), default=dict)
    comment = models.TextField(_("Nachricht"), max_length=2000, blank=True)

    outcome = models.CharField(_("Ergebnis"), max_length=10, choices=Outcome.choices, blank=True)
    closed_at = models.DateTimeField(_("erledigt am"), null=True)
    decided_by = models.ForeignKey(
        "auth.User", models.SET_NULL, null=True, verbose_name=_("entschieden von")
    )

    is_content = False

    objects = VerificationQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(offer=None) ^ models.Q(person=None),
                name="verification_of_one_entry",
            ),
            *(
                models.UniqueConstraint(
                    fields=[name],
                    condition=models.Q(closed_at=None),
                    name=f"one_open_verification_per_{name}",
                )
                for name in ("offer", "person")
            ),
        ]
        indexes = [models.Index(fields=["closed_at"], name="verification_closed")]
        verbose_name = _("Prüfung")
        verbose_name_plural = _("Prüfungen")

    def __str__(self):
        return str(self.entry)

    def link(self):
        """Return the address of the page that needs no account: whoever has it may answer.

        Not `get_absolute_url`: the admin leads everybody who is signed in to that.
        """
        return reverse("verify", args=[SIGNER.sign(self.key.hex)])

    @property
    def entry(self):
        return self.offer if self.offer_id else self.person

    @property
    def is_by_phone(self):
        return self.asked_at is None or self.bounced

    @property
    def is_expired(self):
        return self.expires_at is None or self.expires_at < timezone.now()

    @property
    def state(self):
        """Return where it stands, in the words of staff."""
        if self.closed_at:
            return self.get_outcome_display()
        if self.answer:
            return _("zu entscheiden: %(answer)s") % {"answer": self.get_answer_display()}
        if self.hidden_at:
            return _("verborgen, wartet auf Antwort")
        return _("bitte anrufen") if self.is_by_phone else _("wartet auf Antwort")

    @property
    def reason(self):
        """Name the source of a change in the history of the entry."""
        day = timezone.localdate(self.answered_at) if self.answered_at else self.due_on
        return f"Prüfung {self.pk}, Antwort der Organisation vom {day:%d.%m.%Y}"

    def locked_entry(self):
        """Return the entry as it is stored now; whoever saves it meanwhile waits."""
        model, pk = (Offer, self.offer_id) if self.offer_id else (ContactPerson, self.person_id)
        return model.objects.select_for_update(of=["self"]).get(pk=pk)

    def save_entry(self, entry, fields, reason):
        entry._change_reason = reason
        entry.save(update_fields=fields)

    def receive(self, answer, proposal=None, comment=""):
        """Take the answer of the organisation; what is still right needs nobody's decision."""
        self.answer, self.answered_at = answer, timezone.now()
        self.proposal, self.comment, self.told_at = proposal or {}, comment, None
        if answer == Answer.RIGHT:
            self.confirm(self.locked_entry(), self.sent_to, Outcome.CONFIRMED)
        else:
            self.save()

    def confirm(self, entry, by, outcome, user=None):
        """Note that the entry is right; one that was hidden for want of an answer comes back."""
        source = Source.EDITORS if outcome in BY_STAFF else Source.ORGANISATION
        fields = [*entry.confirm(by, source)]
        if self.hidden_at and not entry.published:
            entry.published = True
            fields.append("published")
        reason = f"Prüfung {self.pk}" if outcome in BY_STAFF else self.reason
        self.save_entry(entry, fields, reason)
        self.close(outcome, user)

    def withdraw(self, entry, user):
        """Take an entry off the site that its organisation says is gone."""
        fields = [*entry.confirm(self.sent_to, Source.ORGANISATION), "published"]
        entry.published = False
        self.save_entry(entry, fields, self.reason)
        self.close(Outcome.ACCEPTED, user)

    def hide(self, now):
        entry = self.locked_entry()
        entry.published = False
        reason = f"Prüfung {self.pk}: keine Antwort seit {self.due_on:%d.%m.%Y}"
        self.save_entry(entry, ["published"], reason)
        self.hidden_at = now
        self.save(update_fields=["hidden_at"])

    def ask_by_phone(self):
        """Go on without e-mail: the address is somebody else's."""
        self.answer, self.bounced, self.told_at = "", True, None
        self.save()

    def close(self, outcome, user=None):
        self.outcome, self.closed_at, self.decided_by = outcome, timezone.now(), user
        self.save()


BY_STAFF = {Outcome.EDITORS, Outcome.REJECTED}
