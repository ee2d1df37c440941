"""Objects for tests, complete and valid; what a test is about, it names."""

from datetime import time, timedelta

from django.utils import timezone

from contacts.models import ContactPerson, SpokenLanguage
from languages.models import Language
from languages.registry import REGISTRY
from offers.models import Municipality, Offer, Organisation, TargetGroup, Topic
from programme.addresses import free_slug
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


def make_municipality(**overrides):
    values = {"name": "Musterstadt", "slug": "musterstadt", "ags": "06533999"}
    return Municipality.objects.create(**values | overrides)


def make_topic(**overrides):
    return Topic.objects.create(**{"name_de": "Sprache", "slug": "sprache"} | overrides)


def make_target_group(**overrides):
    return TargetGroup.objects.create(**{"name_de": "Familien", "slug": "familien"} | overrides)


def make_organisation(**overrides):
    values = {"name": "Musterverein", "kind": "association", "published": True}
    values |= {"slug": free_slug(Organisation(), "Musterverein")} | overrides
    return Organisation.objects.create(**values)


def make_offer(
    *,
    topics=(),
    target_groups=(),
    municipalities=(),
    spoken_languages=(),
    places=(),
    hours=(),
    **overrides,
):
    """Make an offer; `places` and `hours` are the values of each."""
    values = {"title_de": "Deutschkurs", "summary_de": "Deutsch lernen.", "published": True}
    values |= {"phone": "06431/296-0", "slug": free_slug(Offer(), "Deutschkurs")} | overrides
    if "organisation" not in values:
        values["organisation"] = Organisation.objects.first() or make_organisation()
    offer = Offer.objects.create(**values)
    offer.topics.set(topics)
    offer.target_groups.set(target_groups)
    offer.municipalities.set(municipalities)
    offer.spoken_languages.set(spoken_languages)
    for place in places:
        offer.places.create(**place)
    for hour in hours:
        offer.hours.create(**hour)
    return offer


def make_full_offer(**overrides):
    """Make an offer on a database with starter content that has everything an offer can have."""
    values = {
        "title_de": "Offener Treff",
        "slug": "offener-treff",
        "summary_de": "Ein Treffpunkt für alle.",
        "how_it_works_de": "<ol><li>Kommen Sie vorbei.</li></ol>",
        "what_to_bring_de": "Ausweis",
        "cost": "free",
        "cost_note_de": "Spenden sind willkommen.",
        "registration": "registration",
        "registration_note_de": "Bis Montag.",
        "registration_link": "https://treff.example.org/anmelden",
        "web": "https://treff.example.org/",
        "email": "treff@example.org",
        "contact_role_de": "Büro",
        "age_from": 6,
        "age_to": 99,
        "german_level": "A1",
        "step_free": "yes",
        "online": True,
        "by_appointment": True,
        "verified_on": timezone.localdate(),
        "organisation": Organisation.objects.get(slug="landkreis-limburg-weilburg"),
    }
    values |= {f"summary_{code.replace('-', '_')}": "…" for code in REGISTRY if code != "de"}
    town = Municipality.objects.get(slug="elz")
    offer = make_offer(
        topics=Topic.objects.filter(slug__in=["begegnung", "frauen-gewaltschutz"]),
        target_groups=TargetGroup.objects.filter(slug="familien"),
        municipalities=[town],
        spoken_languages=SpokenLanguage.objects.filter(code__in=["de", "ar"]),
        places=[{"name": "Rathaus", "street": "Hauptstraße 1", "municipality": town}],
        hours=[{"weekday": day, "opens": time(9), "closes": time(12)} for day in range(5)],
        **values | overrides,
    )
    tomorrow = timezone.localtime() + timedelta(days=1)
    offer.dates.create(starts=tomorrow, ends=tomorrow + timedelta(hours=2))
    offer.exceptions.create(first_day=timezone.localdate(tomorrow), reason="holidays")
    return offer
