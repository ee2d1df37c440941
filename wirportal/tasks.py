"""What needs doing: told on the start page of the admin, to those who may do it."""

from datetime import timedelta
from typing import NamedTuple

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from contacts.models import ContactPerson, Message, OutgoingMail, overdue
from contacts.presence import kept_presence
from languages.rights import translatable_languages
from languages.status import summaries
from offers import coverage
from offers.models import Offer, SearchTerm, Verification
from programme.models import Area, Page, Programme
from programme.version import content_version

from .backup import report as backup_report
from .management.commands.dailyjob import NAME as DAILY_JOB
from .models import JobRun

SOON = timedelta(days=30)


class Task(NamedTuple):
    """So many of something wait; the address is a list of them. Some must not wait long."""

    text: str
    number: int
    url: str
    is_urgent: bool = False


def changelist(model, **query):
    meta = model._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist", query=query)


def change_url(obj):
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change", args=[obj.pk])


def may(user, action, model):
    return user.has_perm(f"{model._meta.app_label}.{action}_{model._meta.model_name}")


def tasks(user):
    """Return what the start page says, by its headings; what is empty is left out there."""
    return {
        "warnings": warnings(user),
        "messages": messages(user),
        "checks": checks(user),
        "wanted": wanted(user),
        "gaps": gaps(user),
        "languages": languages(user),
        "backup": backup_report.state() if user.has_perm("auth.view_user") else None,
    }


def warnings(user):
    """Return what stands still without anybody noticing."""
    found = []
    if may(user, "view", OutgoingMail):
        given_up = OutgoingMail.objects.filter(given_up=True, sent_at=None).count()
        url = changelist(OutgoingMail, given_up__exact=1)
        found.append(Task(_("E-Mails konnten nicht gesendet werden"), given_up, url, True))
    if may(user, "view", Verification) and JobRun.objects.is_late(DAILY_JOB):
        text = _("Der tägliche Auftrag (dailyjob) läuft nicht. Bitte dem Betrieb sagen.")
        found.append(Task(text, 1, "", True))
    return [task for task in found if task.number]


def messages(user):
    """Return the messages from residents that wait for an answer."""
    if not may(user, "change", Message):
        return []
    unfinished = Message.objects.unfinished()
    own = changelist(Message, assigned_to__id__exact=user.pk)
    late = changelist(Message, frist="overdue")
    found = [
        Task(_("offen"), unfinished.count(), changelist(Message)),
        Task(_("davon sind Sie zuständig"), unfinished.filter(assigned_to=user).count(), own),
        Task(_("überfällig"), Message.objects.overdue().count(), late, True),
    ]
    return [task for task in found if task.number]


def checks(user):
    """Return what has to be checked, or decided on, so that the entries stay true."""
    found, today = [], timezone.localdate()
    if may(user, "change", ContactPerson):
        away = kept_presence(content_version()).missed()
        listed = changelist(ContactPerson, id__in=",".join(map(str, away)))
        found.append(Task(_("abwesend ohne Vertretung"), len(away), listed, True))
    if may(user, "change", Verification):
        rounds = Verification.objects
        for text, standing, is_urgent in (
            (_("Antworten von Organisationen, über die Sie entscheiden"), "to_decide", False),
            (_("bald nicht mehr öffentlich, wenn niemand antwortet"), "soon_hidden", True),
            (_("ohne E-Mail: bitte anrufen"), "by_phone", False),
            (_("verborgen, weil niemand geantwortet hat"), "hidden", False),
        ):
            number = getattr(rounds, standing)().count()
            found.append(Task(text, number, changelist(Verification, stand=standing), is_urgent))
    if may(user, "change", Offer):
        public = Offer.objects.published()
        late = changelist(Offer, pruefung="overdue", published__exact=1)
        number = public.filter(overdue(today)).count()
        found.append(Task(_("öffentliche Angebote: Prüfung überfällig"), number, late))
        number = public.filter(review_due__range=(today, today + SOON)).count()
        soon = changelist(
            Offer, review_due__gte=today, review_due__lte=today + SOON, published__exact=1
        )
        found.append(
            Task(_("öffentliche Angebote: Prüfung in den nächsten 30 Tagen"), number, soon)
        )
    return [task for task in found if task.number]


def wanted(user):
    """Return what people look for in vain."""
    found = []
    if may(user, "view", SearchTerm):
        terms = SearchTerm.objects.count()
        found.append(Task(_("Suchwörter ohne Ergebnis"), terms, changelist(SearchTerm)))
    if may(user, "view", Offer):
        empty = coverage.gaps()
        url = reverse("admin:coverage")
        found.append(Task(_("Lücken: Thema und Kommune ohne Angebot"), empty, url))
    return [task for task in found if task.number]


def gaps(user):
    """Return (object, address, what is missing) where the public sees something unfinished."""
    programme = Programme.objects.first()
    public = [
        *([programme] if programme else []),
        *Area.objects.published(),
        *ContactPerson.objects.published(),
        *Page.objects.published(),
    ]
    found = [(obj, obj.placeholders()) for obj in public]
    if programme:
        found.append((programme, programme.missing_details))
    return [
        (obj, change_url(obj), missing)
        for obj, missing in found
        if missing and may(user, "change", type(obj))
    ]


def languages(user):
    """Return (language, how far it is) for those that `user` translates into."""
    entries = translatable_languages(user)
    found = summaries([entry.code for entry in entries]) if entries else {}
    return [(entry, found[entry.code]) for entry in entries]
