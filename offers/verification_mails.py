"""What organisations and staff are written: plain text, in German."""

from django.conf import settings
from django.contrib.auth.models import User
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from languages.registry import SOURCE
from programme.models import Programme

from . import verification_periods as periods
from .verification_facts import facts


def ask_mail(rows):
    """Return subject, text and where answers go, of one e-mail about all these rounds."""
    return letter(rows, is_reminder=False)


def reminder_mail(rows):
    return letter(rows, is_reminder=True)


def letter(rows, is_reminder):
    entries = [(row.entry, facts(row.entry), whole(row.link())) for row in rows]
    programme = Programme.objects.first() or Programme(site_name="WIR")
    context = {
        "entries": entries,
        "is_reminder": is_reminder,
        "is_person": rows[0].person_id is not None,
        "programme": programme,
        "site_url": settings.SITE_URL,
        "periods": periods,
    }
    asked = "Stimmt das noch?" if len(rows) == 1 else f"Stimmen diese {len(rows)} Angebote noch?"
    subject = f"{'Erinnerung: ' if is_reminder else ''}{asked}"
    if len(rows) == 1:
        subject += f" {entries[0][0]}"
    return subject, render("verification", context), programme.email


def whole(path):
    return f"{settings.SITE_URL}{path}"


def render(name, context):
    with translation.override(SOURCE):
        text = render_to_string(f"offers/email/{name}.txt", context)
    return text.strip() + "\n"


def staff_mail(found):
    """Return subject, text and no other address, of what staff have to see to."""
    page = reverse("admin:offers_verification_changelist")
    context = {**found, "url": whole(page), "periods": periods}
    number = sum(map(len, found.values()))
    subject = "Ein Eintrag braucht Sie" if number == 1 else f"{number} Einträge brauchen Sie"
    return subject, render("verification_news", context), ""


def staff_to_tell():
    """Return the addresses of all who may decide; the operator's where nobody has one."""
    staff = User.objects.with_perm("offers.change_verification").filter(is_staff=True)
    found = sorted(set(staff.exclude(email="").values_list("email", flat=True)))
    programme = Programme.objects.first()
    return found or [email for email in [programme.email if programme else ""] if email]
