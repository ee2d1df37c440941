"""The work list reads a page of the texts; here it is compared with all of them, one by one."""

from datetime import timedelta

import pytest
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from languages.models import Origin, Translation
from languages.status import Status, status_of, translatable_models
from languages.worklist import WorkList
from programme.models import Area

pytestmark = pytest.mark.both_databases


@pytest.fixture(autouse=True)
def content(starter):
    """The starter content in Arabic, some of it outdated, missing and checked."""
    rows = Translation.objects.filter(language="ar").order_by("pk")
    for number, row in enumerate(rows):
        if number % 4 == 1:
            row.source = "Früher stand hier etwas anderes."
            row.save()
        elif number % 4 == 2:
            row.delete()
        elif number % 4 == 3:
            row.origin = Origin.HUMAN
            row.save()


def one_by_one():
    """Return (key, status) of each German text, from the objects themselves."""
    found = []
    for model in translatable_models():
        kind = ContentType.objects.get_for_model(model)
        rows = Translation.objects.filter(content_type=kind, language="ar")
        known = {(row["object_id"], row["field"]): row for row in rows.values()}
        for obj in model.objects.order_by(*model._meta.ordering, "pk"):
            for field in model.translated_fields():
                if german := obj.text(field, "de"):
                    key = f"{model._meta.label_lower}:{obj.uuid}:{field}"
                    found.append((key, status_of(german, known.get((obj.pk, field)))))
    return found


def listed(texts):
    return [(text.key, text.status) for text in texts]


def test_the_list_is_what_the_objects_have_in_their_order():
    expected = one_by_one()
    assert listed(WorkList("ar")) == expected
    assert {status for _key, status in expected} == set(Status)


def test_each_page_is_a_part_of_the_whole():
    expected, found = one_by_one(), WorkList("ar")
    assert found.count() == len(expected)
    for start in range(0, len(expected) + 7, 7):
        assert listed(found[start : start + 7]) == expected[start : start + 7]


@pytest.mark.parametrize("status", Status.values)
def test_a_status_or_a_model_leaves_those_that_have_it(status):
    expected = [text for text in one_by_one() if text[1] == status]
    assert listed(WorkList("ar", status=status)) == expected
    topics = [text for text in expected if text[0].startswith("offers.topic:")]
    assert listed(WorkList("ar", status=status, label="offers.topic")) == topics


def test_words_are_found_whatever_their_capitals():
    area = Area.objects.get(slug="wir-koordination")
    area.title_de, area.task_de = "Übermut 100% sicher", "Ein übermut, 100 mal."
    area.save()
    fields = [text.field for text in WorkList("ar", query="ÜBERMUT", label="programme.area")]
    assert fields == [field for field in area.translated_fields() if area.text(field, "de")]
    assert [t.field for t in WorkList("ar", query="ein übermut")] == ["task"]
    assert {t.title for t in WorkList("ar", query="100%")} == {"Übermut 100% sicher"}
    assert not list(WorkList("ar", query="1_0%"))
    assert not list(WorkList("ar", query="\\' OR 1=1 --"))


def test_only_what_was_written_by_then_is_old():
    now = timezone.now()
    assert not list(WorkList("ar", since=now - timedelta(days=30)))
    row = Translation.objects.filter(language="ar").first()
    Translation.objects.filter(pk=row.pk).update(written_at=now - timedelta(days=31))
    assert len(list(WorkList("ar", since=now - timedelta(days=30)))) == 1


def test_the_next_text_is_the_one_after_and_then_the_first_again():
    expected, found = one_by_one(), WorkList("ar", unfinished=True)
    models = {model._meta.label_lower: model for model in translatable_models()}
    for number, (key, _status) in enumerate(expected):
        label, uuid, field = key.split(":")
        rest = [*expected[number + 1 :], *expected[:number]]
        following = next(key for key, status in rest if status != Status.CURRENT)
        assert found.key_after(models[label].objects.get(uuid=uuid), field) == following


def test_the_next_text_may_be_of_another_kind_or_none():
    area = Area.objects.get(slug="wir-koordination")
    topics = WorkList("ar", label="offers.topic", unfinished=True)
    assert topics.key_after(area, "title") == next(iter(topics)).key
    Translation.objects.filter(language="ar").delete()
    only = WorkList("ar", status=Status.CURRENT, unfinished=True)
    assert only.key_after(area, "title") == ""
