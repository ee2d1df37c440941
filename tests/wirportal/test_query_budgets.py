"""How often the public pages ask the database, and for what. Numbers, not times."""

import re
from datetime import time, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts.models import ContactPerson, SpokenLanguage
from languages.models import Language
from languages.registry import REGISTRY, SOURCE
from offers.models import HelpNumber, Municipality, Offer, Organisation, TargetGroup, Topic
from offers.overview import overview
from programme.models import Area
from tests.factories import (
    PDF,
    make_area,
    make_contact,
    make_offer,
    make_organisation,
    make_page,
    make_publication,
    make_target_group,
    make_topic,
)

pytestmark = pytest.mark.both_databases

#: For a page that is in no cache, in a process that has shown it before.
BUDGETS = {
    "": 7,
    "bereiche/wir-koordination/": 8,
    "kontakte/": 6,
    "kontakte/meliha-delalic/": 6,
    "angebote/": 6,
    "angebote/?seite=1": 6,
    "angebote/?thema=begegnung": 6,
    "angebote/?q=Treff": 6,
    "angebote/?thema=begegnung&ort=elz&offen=1": 6,
    "angebote/offener-treff/": 12,
    "partner/": 5,
    "partner/landkreis-limburg-weilburg/": 9,
    "angebote/?seite=1&z=a1-k1": 6,
    "angebote/offener-treff/?z=a1-k1": 12,
    "kontakte/?z=a1-k1": 6,
    "merkzettel/": 6,
    "inhalt/": 6,
    "offene-daten/": 5,
    "?blatt=a4": 8,
    "kontakte/meliha-delalic/?blatt=a4": 6,
    "angebote/?thema=begegnung&blatt=a4": 11,
    "angebote/offener-treff/?blatt=a4": 12,
    "impressum/?blatt=a4": 5,
    "impressum/": 5,
}


def queries(client, address):
    """Return the SQL of a page that this process has shown before."""
    assert client.get(address).status_code == 200
    with CaptureQueriesContext(connection) as seen:
        client.get(address)
    return [query["sql"] for query in seen.captured_queries]


def numbers(client, code):
    return {path: len(queries(client, f"/{code}/{path}")) for path in BUDGETS}


def add_rows(numbers):
    """Add more of everything, to the pages of the budgets as well."""
    area = Area.objects.get(slug="wir-koordination")
    topic, group = Topic.objects.get(slug="begegnung"), TargetGroup.objects.get(slug="familien")
    organisation = Organisation.objects.get(slug="landkreis-limburg-weilburg")
    person = ContactPerson.objects.get(slug="meliha-delalic")
    spoken, towns = SpokenLanguage.objects.all(), Municipality.objects.all()
    for n in numbers:
        person.areas.add(make_area(slug=f"bereich-{n}"))
        make_contact(slug=f"person-{n}", areas=[area]).spoken_languages.set(spoken)
        make_publication(area=area, file=SimpleUploadedFile(f"{n}.pdf", PDF))
        make_page(slug=f"seite-{n}")
        make_organisation(slug=f"stelle-{n}", municipality=towns[0])
        HelpNumber.objects.create(slug=f"hilfe-{n}", name_de="Hilfe", number="112")
        offer = make_offer(
            title_de=f"Treff {n}",
            slug=f"treff-{n}",
            organisation=organisation,
            topics=[topic, make_topic(slug=f"thema-{n}")],
            target_groups=[group, make_target_group(slug=f"gruppe-{n}")],
            spoken_languages=spoken,
            places=[{"municipality": town} for town in towns],
        )
        add_parts(Offer.objects.get(slug="offener-treff"), n, offer)


def add_parts(shown, n, other):
    shown.topics.add(*other.topics.all())
    shown.target_groups.add(*other.target_groups.all())
    shown.municipalities.add(Municipality.objects.all()[n])
    shown.places.create(street=f"Weg {n}", city="Elz")
    shown.hours.create(weekday=n % 7, opens=time(13), closes=time(14 + n))
    tomorrow = timezone.now() + timedelta(days=1 + n)
    shown.dates.create(starts=tomorrow, ends=tomorrow + timedelta(hours=1))
    shown.exceptions.create(first_day=tomorrow.date())


@pytest.mark.parametrize("code", ["de", "ar"])
def test_each_page_keeps_within_its_budget(client, full_site, code):
    person = ContactPerson.objects.get(slug="meliha-delalic")
    Offer.objects.filter(slug="offener-treff").update(contact=person)
    found = numbers(client, code)
    too_many = {path: found[path] for path in BUDGETS if found[path] > BUDGETS[path]}
    assert not too_many


def test_a_word_that_nobody_has_looked_for_is_one_query_more(client, full_site):
    known = len(queries(client, "/ar/angebote/?q=Treff"))
    with CaptureQueriesContext(connection) as seen:
        assert client.get("/ar/angebote/?q=Offener").context["total"] == 1
    assert len(seen) == known + 1


def test_more_rows_are_not_more_queries(client, full_site):
    add_rows([0])
    before = numbers(client, "ar")
    add_rows([1, 2, 3, 4])
    assert numbers(client, "ar") == before


def test_more_languages_are_not_more_queries(client, full_site):
    Language.objects.exclude(code__in=[SOURCE, "ar"]).update(published=False)
    before = numbers(client, "ar")
    assert Language.objects.update(published=True) == len(REGISTRY)
    assert numbers(client, "ar") == before


def test_only_german_and_the_language_of_the_reader_are_read(client, full_site):
    overview()  # reads the names of the topics in all languages, once
    with CaptureQueriesContext(connection) as seen:
        for path in BUDGETS:
            client.get(f"/ar/{path}")
    read = {name for query in seen.captured_queries for name in columns(query["sql"])}
    assert {"title_de", "title_ar", "summary_ar", "name_ar", "role_ar", "about_ar"} <= read
    others = [code.replace("-", "_") for code in REGISTRY if code not in {SOURCE, "ar"}]
    assert not [name for name in read if name.endswith(tuple(f"_{code}" for code in others))]


def columns(sql):
    return re.findall(r'"(\w+)"', sql)
