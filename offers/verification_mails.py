"""What organisations and staff are written: plain text, in German."""

from django.conf import settings
from django.contrib.auth.models import User
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from languages.registry import SOURCE
from programme.models import Programme

from . import verification_periods as periods
from .exchange_hours import Hours
from .models import Offer


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


def facts(entry):
    """Return what the public reads of an entry as (label, text); what is unknown is left out."""
    found = offer_facts(entry) if isinstance(entry, Offer) else person_facts(entry)
    return [(label, " ".join(str(text).split())) for label, text in found if text]


def offer_facts(offer):
    organisation = offer.organisation
    yield "Kurz gesagt", offer.text("summary", SOURCE)
    yield "Öffnungszeiten", hours_of(offer)
    yield "Termine", "; ".join(map(str, offer.dates.filter(ends__gte=timezone.now())))
    if offer.confidential_address:
        yield "Ort", "Die Adresse ist geheim. Sie steht nicht auf der Website und nicht hier."
    else:
        places = offer.places.select_related("municipality")
        yield "Orte", "; ".join(", ".join(filter(None, (p.name, p.address))) for p in places)
    yield (
        "Kontakt",
        ", ".join(filter(None, (offer.contact_name, offer.text("contact_role", SOURCE)))),
    )
    yield "Telefon", offer.phone or organisation.phone
    yield "E-Mail", offer.email or organisation.email
    yield "Website", offer.web
    yield "Kosten", offer.cost and offer.get_cost_display()
    yield "Anmeldung", offer.registration and offer.get_registration_display()


def person_facts(person):
    yield "Funktion", person.text("role", SOURCE)
    yield "Zuständig für", person.text("duties", SOURCE)
    yield "Telefon", person.phone
    yield "E-Mail", person.email
    yield "Raum", person.room


def hours_of(offer):
    found = offer.hours.values_list("weekday", "opens", "closes")
    return Hours().render(found.order_by("weekday", "opens"))


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
