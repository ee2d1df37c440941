from datetime import time
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from languages.models import Origin, Translation
from languages.registry import REGISTRY
from offers import sample
from offers.models import (
    Municipality,
    Offer,
    OfferDate,
    OfferException,
    OfferHours,
    Organisation,
    Place,
    SearchText,
    SearchWord,
    Topic,
)

FEW = 70  # every kind of offer at least once


def make(*args, **options):
    out = StringIO()
    call_command("sampledata", *args, stdout=out, **options)
    return out.getvalue()


def delete():
    return make(delete=True)


def stored():
    offers = sample.made(Offer).order_by("uuid")
    return list(offers.values_list("uuid", "slug", "title_de", "title_ar", "phone"))


def real_offer(**values):
    organisation = Organisation.objects.first()
    return Offer.objects.create(
        title_de="Beispiel: echt", slug="beispiel-echt-1-1", organisation=organisation, **values
    )


def counts():
    models = (Offer, Organisation, Place, OfferHours, OfferException, OfferDate)
    tables = [*models, Translation, SearchText, SearchWord]
    histories = [model.history.model for model in (*models, Translation)]
    links = [
        apps.get_model("offers", f"Historical{field.remote_field.through.__name__}")
        for field in Offer._meta.many_to_many
    ]
    return {table.__name__: table.objects.count() for table in tables + histories + links}


def test_the_same_seed_makes_the_same_offers(starter):
    make("20")
    first = stored()
    delete()
    make("20")
    assert stored() == first
    make("20", seed=2)
    assert len(stored()) == 40


def test_a_second_run_adds_nothing_and_a_larger_one_adds_the_rest(starter):
    make("20")
    first = stored()
    assert "0 erfundene Angebote neu, 20 waren schon da" in make("20")
    assert stored() == first
    make("30")
    assert stored()[:20] == first
    assert len(stored()) == 30


def test_every_title_says_in_its_language_that_it_is_an_example(starter):
    make(str(FEW))
    assert set(sample.available()) == set(REGISTRY)
    for code in REGISTRY:
        word = sample.read(code)["word"]
        for offer in sample.made(Offer):
            assert word in offer.text("title", code), (code, offer.slug)
            assert sample.read(code)["invented"] in offer.text("summary", code)
    assert all("Beispiel" in each.name for each in sample.made(Organisation))


def test_the_material_has_the_same_parts_in_every_language():
    german = sample.read("de")
    for code in sample.available():
        text = sample.read(code)
        assert text.keys() == german.keys()
        for part in german:
            if isinstance(german[part], dict):
                assert text[part].keys() == german[part].keys(), (code, part)


def test_every_object_is_valid(starter):
    make(str(2 * FEW))
    for model in (Offer, Organisation):
        for obj in sample.made(model):
            obj.full_clean()
    for model in (Place, OfferHours, OfferException, OfferDate):
        assert model.objects.exists()
        for obj in model.objects.all():
            obj.full_clean()
    assert OfferHours.objects.filter(opens__lt=time(12)).exists()


def test_every_topic_and_municipality_occurs(starter):
    make("500", languages=["de"])
    offers = sample.made(Offer)
    assert set(offers.values_list("topics", flat=True)) == set(
        Topic.objects.values_list("pk", flat=True)
    )
    assert set(offers.values_list("municipalities", flat=True)) - {None} == set(
        Municipality.objects.values_list("pk", flat=True)
    )
    assert offers.filter(confidential_address=True).exists()
    assert offers.filter(step_free="").exists()
    assert offers.filter(verified_on=None).exists()
    assert offers.filter(published=False).exists()


def test_a_confidential_address_is_not_in_the_title(starter):
    make(str(FEW))
    for offer in sample.made(Offer).filter(confidential_address=True):
        towns = offer.places.values_list("city", flat=True)
        assert not any(town in offer.title_de for town in towns)
        assert "–" not in offer.title_de


def test_translations_are_noted_as_machine_made_and_up_to_date(starter):
    make("10")
    offer = sample.made(Offer).first()
    row = offer.translations.get(field="title", language="uk")
    assert row.origin == Origin.MACHINE
    assert row.source == offer.title_de
    assert offer.translated_into() == set(REGISTRY)


def test_the_search_knows_the_sample(starter):
    make("10")
    assert SearchText.objects.filter(title__contains="beispiel").exists()


def test_deleting_leaves_what_was_there_before(starter):
    real = real_offer(source="Beispieldaten (sampledata)")
    before = counts()
    make("30")
    renamed = sample.made(Offer).first()
    renamed.title_de, renamed.slug = "Ganz anders", "ganz-anders"
    renamed.save()
    renamed.places.create(street="Weg 1")
    renamed.topics.set(Topic.objects.all())
    assert "30 erfundene Angebote" in delete()
    assert counts() == before
    assert list(Offer.objects.filter(title_de="Beispiel: echt")) == [real]


def test_an_offer_that_became_real_stays_with_its_organisation(starter):
    make("30")
    offer = sample.made(Offer).first()
    offer.title_de, offer.source = "Ein echtes Angebot", "Anruf beim Verein"
    offer.save()
    assert "1 Angebot" in delete()
    assert list(sample.made(Offer)) == [offer]
    assert list(sample.made(Organisation)) == [offer.organisation]


@pytest.mark.parametrize("number", ["0", "-5", "9000000"])
def test_an_impossible_number_is_refused(starter, number):
    with pytest.raises(CommandError, match="muss zwischen 1 und 200000 liegen"):
        call_command("sampledata", number=int(number))


def test_a_missing_number_a_wrong_seed_and_an_unknown_language_are_refused(starter):
    with pytest.raises(CommandError, match="Wie viele Angebote"):
        make()
    with pytest.raises(CommandError, match="--seed muss"):
        make("5", seed=-1)
    with pytest.raises(CommandError, match="keine Beispieltexte: xx"):
        make("5", languages=["xx"])


def test_without_setup_it_says_what_to_do(db):
    with pytest.raises(CommandError, match="Bitte zuerst"):
        make("5")
    assert not Organisation.objects.exists()
