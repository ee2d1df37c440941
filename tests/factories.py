"""Objects for tests, complete and valid; what a test is about, it names."""

from contacts.models import ContactPerson
from languages.models import Language
from languages.registry import REGISTRY
from programme.models import Area, Page, Programme, Publication

PDF = b"%PDF-1.7\n1 0 obj << >> endobj\nstartxref\n0\n%%EOF\n"


def make_languages(*codes):
    for code in REGISTRY:
        Language.objects.create(code=code, published=code in (codes or REGISTRY))


def make_programme(**overrides):
    values = {
        "site_name": "WIR Musterkreis",
        "district": "Musterkreis",
        "name_de": "Programm",
        "title_de": "Willkommen",
        "summary_de": "Worum es geht.",
        "operator": "Kreisausschuss des Musterkreises",
        "street": "Hauptstraße 1",
        "postal_code": "12345",
        "city": "Musterstadt",
    }
    return Programme.objects.create(**values | overrides)


def make_area(**overrides):
    values = {
        "title_de": "Bereich",
        "slug": "bereich",
        "audience_de": "Für alle.",
        "task_de": "Helfen.",
        "published": True,
    }
    return Area.objects.create(**values | overrides)


def make_contact(*, areas=(), **overrides):
    values = {
        "first_name": "Erika",
        "last_name": "Muster",
        "slug": "erika-muster",
        "role_de": "Beraterin",
        "phone": "06431/296-0",
        "published": True,
    }
    person = ContactPerson.objects.create(**values | overrides)
    person.areas.set(areas)
    return person


def make_page(**overrides):
    values = {"title_de": "Seite", "slug": "seite", "body_de": "<p>Text</p>", "published": True}
    return Page.objects.create(**values | overrides)


def make_publication(**overrides):
    values = {"title_de": "Konzept", "date": "2026-01-31", "published": True}
    return Publication.objects.create(**values | overrides)
