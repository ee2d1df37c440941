"""What happens to entries that nobody has checked in time: asked, reminded, marked, hidden.

`manage.py dailyjob` calls `run`. Each entry has a transaction of its own, in which is looked once
more whether it is still due: so it may run twice, at once, or be killed, and the next run goes on.
"""

import logging
from datetime import date, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, Min, OuterRef, Q, Value
from django.db.models.functions import Coalesce, NullIf
from django.utils import timezone

from contacts.models import ContactPerson, OutgoingMail, later, overdue

from .models import Offer, Organisation, Outcome, Verification
from .verification_mails import ask_mail, reminder_mail, staff_mail, staff_to_tell
from .verification_periods import (
    HIDE_AFTER,
    LETTERS_A_DAY,
    LINK_VALID,
    MARK_AFTER,
    MARK_BY_PHONE_AFTER,
    REMIND_AFTER,
    WARN_BEFORE,
)

logger = logging.getLogger(__name__)

ROUNDS = Verification.objects
ENTRIES = ("offer__organisation", "person")
#: How the keys of the e-mails begin.
ASK, REMINDER = "pruefung-frage", "pruefung-erinnerung"


def before(now, days):
    return timezone.localdate(now) - timedelta(days=days)


def kinds():
    """Yield what is checked: the name of the relation, the entries, where their e-mails go."""
    own = NullIf("email", Value(""))
    organisation = NullIf("organisation__email", Value(""))
    yield "offer", Offer.objects, Coalesce(own, organisation, Value(""))
    yield "person", ContactPerson.objects, F("email")


def address(expression):
    """Return where questions go; nowhere while no mail server is set up."""
    return expression if settings.HAS_MAIL else Value("")


def is_sent(days, now, field):
    """Match rounds whose last e-mail a server took so many days ago."""
    limit = before(now, days)
    return Q(mail__sent_at__date__lte=limit) | Q(mail=None, **{f"{field}__date__lte": limit})


# Each step is two functions: what is to be done, and how to do it to one of these.


def unplanned(now):
    """Return entries that say when they were checked, but not when again, as imported ones do."""
    for name, objects, _to in kinds():
        found = objects.filter(verified_on__isnull=False, review_due=None)
        yield from ((name, *row) for row in found.values_list("pk", "verified_on", "review_months"))


def plan(key, now):
    name, pk, checked, months = key
    rows = {kind: objects for kind, objects, _to in kinds()}[name].filter(pk=pk, review_due=None)
    return rows.update(review_due=later(checked, months))


def over(now):
    """Return rounds that need no answer any more, with what became of them."""
    today = timezone.localdate(now)
    for name, objects, _to in kinds():
        rows = ROUNDS.waiting().filter(**{f"{name}__isnull": False})
        late = objects.filter(overdue(today))
        asked = Q(hidden_at=None, **{f"{name}__in": objects.due()})
        away = Q(**{f"{name}__in": late.filter(published=False)})
        hidden = Q(hidden_at__isnull=False) & away
        yield from rows.exclude(asked | hidden).values_list("pk", flat=True)
        yield from rows.filter(hidden, expires_at__lt=now).values_list("pk", flat=True)


def end(pk, now):
    row = ROUNDS.waiting().select_for_update(of=["self"]).filter(pk=pk).first()
    if row is None:
        return False
    if row.hidden_at and not row.entry.published and row.entry.is_overdue:
        outcome = Outcome.SILENT
    else:
        outcome = Outcome.ENDED if row.entry.is_overdue else Outcome.EDITORS
    if row.entry.unconfirmed_since:
        type(row.entry).objects.filter(pk=row.entry.pk).update(unconfirmed_since=None)
    row.close(outcome)
    return True


def undelivered(now):
    return ROUNDS.by_mail().filter(mail__given_up=True).values_list("pk", flat=True)


def note_undelivered(pk, now):
    return ROUNDS.by_mail().filter(pk=pk, mail__given_up=True).update(bounced=True, told_at=None)


def unasked(objects, name, expression):
    """Return due entries that nobody was asked about, or somebody with another address."""
    rows = ROUNDS.open().filter(**{name: OuterRef("pk")})
    asked = rows.filter(~Q(answer="") | Q(hidden_at__isnull=False) | Q(sent_to=OuterRef("to")))
    found = objects.due().annotate(to=address(expression))
    return found.filter(~Exists(rows) | ~Q(to="") & ~Exists(asked))


def to_ask(now):
    """Return each organisation and address once, whatever number of its offers is due.

    Only so many are written to on one day: what is due for longest first, what was never checked
    last.
    """
    found = []
    for name, objects, to in kinds():
        owner = "organisation" if name == "offer" else "pk"
        rows = unasked(objects, name, to).order_by().values_list(owner, "to")
        found += [(name, *row) for row in rows.annotate(since=Min("review_due"))]
    found.sort(key=lambda row: (row[3] or date.max, row[0], row[1]))
    letters = [(name, owner, to) for name, owner, to, _since in found if to]
    calls = [(name, owner, to) for name, owner, to, _since in found if not to]
    return letters[: left_today(now)] + calls


def left_today(now):
    """Return how many more organisations may be written to today."""
    today = timezone.localdate(now)
    asked = OutgoingMail.objects.filter(key__startswith=f"{ASK}-", created_at__date=today)
    return max(LETTERS_A_DAY - asked.count(), 0)


def ask(key, now):
    """Open a round for each due entry, and ask about all of them in one e-mail."""
    name, owner, to = key
    model = Organisation if name == "offer" else ContactPerson
    model.objects.select_for_update(of=["self"]).get(pk=owner)  # only one asks at a time
    name, objects, expression = next(kind for kind in kinds() if kind[0] == name)
    entries = unasked(objects, name, expression).filter(to=to)
    entries = entries.filter(**{"organisation" if name == "offer" else "pk": owner})
    rows = [round_of(entry, name, to, now) for entry in entries]
    if rows and to:
        send(rows, to, ask_mail, ASK, now)
    return len(rows)


def round_of(entry, name, to, now):
    due = entry.review_due if entry.verified_on else None
    row = ROUNDS.open().filter(**{name: entry}).first() or Verification(
        **{name: entry}, due_on=due or timezone.localdate(now), opened_at=now
    )
    row.sent_to, row.bounced, row.reminded_at, row.warned_at = to, False, None, None
    row.asked_at = now if to else None
    row.save()
    return row


def send(rows, to, write, kind, now):
    """Put an e-mail into the outbox, in the transaction that notes it."""
    subject, body, reply_to = write(rows)
    key = f"{kind}-{min(row.pk for row in rows)}-{now:%Y%m%d%H%M%S%f}"
    mail = OutgoingMail.objects.put(key, to, subject, body, reply_to)
    pks = [row.pk for row in rows]
    ROUNDS.filter(pk__in=pks).update(mail=mail, expires_at=now + timedelta(days=LINK_VALID))


def unanswered(now):
    rows = ROUNDS.by_mail().filter(reminded_at=None, hidden_at=None)
    return rows.filter(is_sent(REMIND_AFTER, now, "asked_at"))


def to_remind(now):
    found = unanswered(now).order_by().values_list("offer__organisation", "person", "sent_to")
    return list(found.distinct())


def remind(key, now):
    organisation, person, to = key
    rows = unanswered(now).filter(offer__organisation=organisation, person=person, sent_to=to)
    rows = list(rows.select_related(*ENTRIES).select_for_update(of=["self"]))
    ROUNDS.filter(pk__in=[row.pk for row in rows]).update(reminded_at=now)
    if rows:
        send(rows, to, reminder_mail, REMINDER, now)
    return len(rows)


def silent(now):
    phone = Q(asked_at=None) | Q(bounced=True)
    phone &= Q(opened_at__date__lte=before(now, MARK_BY_PHONE_AFTER))
    mail = Q(bounced=False, reminded_at__isnull=False) & is_sent(MARK_AFTER, now, "reminded_at")
    return ROUNDS.waiting().filter(phone | mail, unconfirmed_at=None)


def to_mark(now):
    return silent(now).values_list("pk", flat=True)


def mark(pk, now):
    row = silent(now).select_for_update(of=["self"]).filter(pk=pk).first()
    if row is None:
        return False
    # Not saved: it is no edit, and the search reads nothing of it.
    type(row.entry).objects.filter(pk=row.entry.pk).update(unconfirmed_since=row.due_on)
    return ROUNDS.filter(pk=pk).update(unconfirmed_at=now)


def to_warn(now):
    rows = ROUNDS.by_mail().filter(unconfirmed_at__isnull=False, warned_at=None, hidden_at=None)
    return rows.filter(due_on__lte=before(now, HIDE_AFTER - WARN_BEFORE))


def news(now):
    """Return what staff have to know, by kind; at most once a day there is something."""
    untold = Q(told_at=None)
    return {
        "to_decide": ROUNDS.to_decide().filter(untold),
        "by_phone": ROUNDS.by_phone().filter(untold),
        "soon_hidden": to_warn(now),
    }


def news_key(now):
    return f"pruefung-redaktion-{timezone.localdate(now):%Y%m%d}"


def to_tell(now):
    is_told = OutgoingMail.objects.filter(key__startswith=news_key(now)).exists()
    return [None] if not is_told and any(rows.exists() for rows in news(now).values()) else []


def tell(_key, now):
    """Tell all staff who decide, in the transaction that notes what they were told."""
    found = {
        name: list(rows.select_related(*ENTRIES).select_for_update(of=["self"]))
        for name, rows in news(now).items()
    }
    if OutgoingMail.objects.filter(key__startswith=news_key(now)).exists():
        return 0  # another process was faster; what is new since then waits for tomorrow
    pks = {name: [row.pk for row in rows] for name, rows in found.items()}
    ROUNDS.filter(pk__in=[*pks["to_decide"], *pks["by_phone"]]).update(told_at=now)
    ROUNDS.filter(pk__in=pks["soon_hidden"]).update(warned_at=now)
    if settings.HAS_MAIL and any(found.values()):
        subject, body, reply_to = staff_mail(found)
        for number, to in enumerate(staff_to_tell()):
            key = f"{news_key(now)}-{number}"
            OutgoingMail.objects.put(key, to, subject, body, reply_to)
    return sum(map(len, found.values()))


def hideable(now):
    rows = ROUNDS.by_mail().filter(hidden_at=None, due_on__lte=before(now, HIDE_AFTER))
    return rows.filter(warned_at__date__lte=before(now, WARN_BEFORE))


def to_hide(now):
    return hideable(now).values_list("pk", flat=True)


def hide(pk, now):
    row = hideable(now).select_for_update(of=["self"]).filter(pk=pk).first()
    if row is None:
        return False
    row.hide(now)
    return True


#: In this order: what has been settled or did not arrive is not pursued any further.
STEPS = [
    ("Tag der nächsten Prüfung berechnet", unplanned, plan),
    ("erledigt", over, end),
    ("unzustellbar, bitte anrufen", undelivered, note_undelivered),
    ("gefragt", to_ask, ask),
    ("erinnert", to_remind, remind),
    ("als nicht bestätigt gekennzeichnet", to_mark, mark),
    ("der Redaktion gemeldet", to_tell, tell),
    ("verborgen", to_hide, hide),
]


def run(now=None):
    """Do what is due; return {step: how many entries} and how often something failed."""
    now = now or timezone.now()
    counts, failed = {}, 0
    for name, find, act in STEPS:
        done = 0
        for key in list(find(now)):
            try:
                with transaction.atomic():
                    done += act(key, now)
            except Exception:  # one broken entry must not stop the others
                logger.exception("Verification failed: %s, %s", act.__name__, key)
                failed += 1
        counts[name] = done
    return counts, failed
