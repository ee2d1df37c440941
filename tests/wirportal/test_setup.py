"""The starter content: the district's real facts, once, and never over what staff changed."""

from io import StringIO

import polib
import pytest
from django.core.management import call_command

from contacts.models import ContactPerson
from languages.models import Language, Origin, Translation
from languages.registry import REGISTRY
from programme.models import Area, Page, Programme
from tests.pages import read
from wirportal.management.commands.setup import STARTER

PHONES = {"+496431296538", "+496431296399", "+496431296321"}


@pytest.mark.parametrize("code", list(REGISTRY))
def test_the_three_contacts_can_be_called_from_home_in_every_language(client, starter, code):
    links = read(client, f"/{code}/").all("a")
    assert {a["href"].removeprefix("tel:") for a, _ in links if a["href"][:4] == "tel:"} == PHONES


def test_names_roles_and_addresses_are_the_districts(client, starter):
    page = read(client, "/de/kontakte/")
    names = [text for _, text in page.all("h2")]
    assert names == ["Frau Nurcan Adigüzel", "Frau Marie Ostermann", "Frau Meliha Delalic"]
    mails = [a["href"] for a, _ in page.all("a") if a["href"].startswith("mailto:")]
    assert mails == [
        "mailto:wir-koordination@limburg-weilburg.de",
        "mailto:m.delalic@limburg-weilburg.de",
    ]


def test_setup_again_changes_nothing(starter):
    before = list(ContactPerson.objects.values()) + list(Page.objects.values())
    call_command("setup", stdout=StringIO())
    assert list(ContactPerson.objects.values()) + list(Page.objects.values()) == before


def test_setup_brings_back_nothing_that_staff_deleted_or_changed(starter):
    ContactPerson.objects.get(slug="marie-ostermann").delete()
    Language.objects.filter(code="tr").update(published=False)
    area = Area.objects.get(slug="wir-koordination")
    area.title_de = "Neuer Name"
    area.save()
    call_command("setup", stdout=StringIO())
    assert not ContactPerson.objects.filter(slug="marie-ostermann").exists()
    assert not Language.objects.get(code="tr").published
    assert Area.objects.get(slug="wir-koordination").title_de == "Neuer Name"


def test_a_language_that_comes_later_is_not_public_without_texts(starter):
    Language.objects.filter(code="uk").delete()
    call_command("setup", stdout=StringIO())
    assert not Language.objects.get(code="uk").published


def test_every_starter_translation_is_recorded_as_machine_made_and_unreviewed(starter):
    for code in set(REGISTRY) - {"de"}:
        entries = polib.pofile(str(STARTER / f"{code}.po"))
        rows = Translation.objects.filter(language=code)
        assert rows.count() == len(entries) == 99
        assert set(rows.values_list("origin", "reviewed_at")) == {(Origin.MACHINE, None)}


def test_every_starter_translation_is_made_from_todays_german(starter):
    """msgid is the German it was made from: a change of content.json must reach the PO files."""
    sources = {row.source for row in Translation.objects.all()}
    for code in set(REGISTRY) - {"de"}:
        for entry in polib.pofile(str(STARTER / f"{code}.po")):
            assert entry.msgid in sources, entry.msgctxt


def test_known_gaps_are_visible_placeholders(client, starter):
    page = read(client, "/ar/impressum/")
    gaps = [text for _, text in page.all("mark", lang="de")]
    assert gaps == [
        "[Telefon des Betreibers]",
        "[E-Mail des Betreibers]",
        "[verantwortlich für den Inhalt]",
    ]
    Programme.objects.update(phone="06431/296-0", email="info@example.org", editor="Erika Muster")
    assert not read(client, "/ar/impressum/").all("mark")
    assert read(client, "/de/datenschutz/").all("mark", lang="de")
