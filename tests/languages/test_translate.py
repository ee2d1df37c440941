"""The translators' workplace, by real requests."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from contacts.models import ContactPerson
from languages.models import Language, Origin, Translation
from languages.registry import REGISTRY
from languages.status import Status, summaries
from languages.translate import text_url
from languages.worklist import WorkList
from offers.models import Topic
from programme.models import Area, Page
from tests.admin_forms import form_data
from tests.factories import make_area

pytestmark = pytest.mark.both_databases

AREA = "programme.area"


@pytest.fixture
def area(starter):
    return Area.objects.get(slug="wir-koordination")


def url(obj, field, code="ar"):
    return reverse("admin:translate", args=[code, obj._meta.label_lower, obj.uuid, field])


def open_page(client, address):
    """Return what a browser would send back from the page as it is opened now."""
    response = client.get(address)
    assert response.status_code == 200
    form = response.context["form"]
    return {name: form[name].value() or "" for name in ("opened", "german", "text")}


def row(obj, field, code="ar"):
    return obj.translations.get(field=field, language=code)


def status(obj, field, code="ar"):
    key = f"{obj._meta.label_lower}:{obj.uuid}:{field}"
    return next(text.status for text in WorkList(code) if text.key == key)


def test_the_page_shows_german_and_the_translation_with_its_direction(staff_client, area):
    html = staff_client.get(url(area, "task")).content.decode()
    assert area.task_de in html
    assert re.search(r'<textarea[^>]*name="text"[^>]*lang="ar"[^>]*dir="rtl"', html)
    assert "Höchstens 500 Zeichen." in html


def test_saving_writes_one_column_and_makes_it_a_persons(staff_client, area):
    page = url(area, "title")
    data = open_page(staff_client, page) | {"text": "تنسيق جديد", "stay": "1"}
    Area.objects.filter(pk=area.pk).update(audience_de="Inzwischen geändert")
    assert staff_client.post(page, data).headers["Location"] == page
    area.refresh_from_db()
    assert (area.title_ar, area.audience_de) == ("تنسيق جديد", "Inzwischen geändert")
    assert row(area, "title").origin == Origin.HUMAN


def test_still_correct_makes_an_outdated_text_current_and_names_the_reviewer(
    staff_client, staff, area
):
    area.title_de = "WIR-Koordination neu"
    area.save()
    assert status(area, "title") == Status.OUTDATED
    page = url(area, "title")
    html = staff_client.get(page).content.decode()
    assert "<ins> neu</ins>" in html.replace("</ins><ins>", "")
    data = open_page(staff_client, page) | {"correct": "Stimmt noch"}
    assert staff_client.post(page, data).status_code == 302
    assert status(area, "title") == Status.UNREVIEWED  # still right, but nobody vouches for it
    staff_client.post(page, open_page(staff_client, page) | {"reviewed": "geprüft"})
    assert status(area, "title") == Status.CURRENT
    assert row(area, "title").reviewed_by == staff


def test_reviewed_removes_the_notice_for_readers(client, staff_client, area):
    notice = "ترجمته آلة"
    for field in ("title", "audience", "task", "body"):
        assert notice in client.get("/ar/bereiche/wir-koordination/").content.decode()
        page = url(area, field)
        staff_client.post(page, open_page(staff_client, page) | {"reviewed": "1"})
    for other in ContactPerson.objects.filter(areas=area):
        Translation.objects.filter(object_id=other.pk).update(origin=Origin.HUMAN)
    assert notice not in client.get("/ar/bereiche/wir-koordination/").content.decode()


def test_save_and_next_goes_to_the_next_text_that_needs_work(staff_client, area):
    everything = [text for text in WorkList("ar") if text.status != Status.CURRENT]
    data = open_page(staff_client, text_url("ar", everything[0].key)) | {"text": "نص", "next": "1"}
    response = staff_client.post(text_url("ar", everything[0].key), data)
    assert response.headers["Location"] == text_url("ar", everything[1].key)


def test_save_and_next_stays_within_what_was_chosen(staff_client, area):
    chosen = "?status=unreviewed&model=offers.topic"
    topic = Topic.objects.get(slug="wohnen")
    page = url(topic, "name", "ar") + chosen
    opened = staff_client.get(page).context["form"]
    data = {
        "text": "سكن",
        "next": "",
        "opened": opened.now["opened"],
        "german": opened.now["german"],
    }
    address = staff_client.post(page, data).headers["Location"]
    assert "/offers.topic/" in address
    assert address.endswith(chosen)


def test_the_last_text_leads_back_to_the_list(staff_client, starter):
    Translation.objects.update(origin=Origin.HUMAN)
    text = next(iter(WorkList("ar")))
    data = open_page(staff_client, text_url("ar", text.key)) | {"text": "نص", "next": "1"}
    response = staff_client.post(text_url("ar", text.key), data)
    assert response.headers["Location"] == "/verwaltung/uebersetzen/ar/"


def test_two_translators_of_one_text_see_both_and_lose_none(staff_client, area):
    page = url(area, "title")
    first = open_page(staff_client, page) | {"text": "الأول", "stay": "1"}
    second = open_page(staff_client, page) | {"text": "الثاني", "stay": "1"}
    staff_client.post(page, first)
    response = staff_client.post(page, second)
    html = response.content.decode()
    assert response.status_code == 200
    assert "الأول" in html
    assert "الثاني" in html
    area.refresh_from_db()
    assert area.title_ar == "الأول"
    form = response.context["form"]
    again = {name: form[name].value() for name in ("opened", "german", "text")} | {"stay": "1"}
    assert staff_client.post(page, again).status_code == 302
    area.refresh_from_db()
    assert area.title_ar == "الثاني"


def test_german_that_changed_while_translating_is_shown_before_saving(staff_client, area):
    page = url(area, "title")
    data = open_page(staff_client, page) | {"text": "نص جديد", "stay": "1"}
    area.title_de = "Ganz anders"
    area.save()
    response = staff_client.post(page, data)
    html = response.content.decode()
    assert "Der deutsche Text hat sich geändert" in html
    assert "نص جديد" in html
    assert "Ganz" in html


def test_too_long_a_text_is_refused_and_kept(staff_client, area):
    page = url(area, "title")
    response = staff_client.post(page, open_page(staff_client, page) | {"text": "ن" * 101})
    assert response.status_code == 200
    assert "ن" * 101 in response.content.decode()


def test_rich_text_is_cleaned(staff_client, area):
    page = url(area, "body")
    text = "<p>نص<script>x()</script></p>"
    staff_client.post(page, open_page(staff_client, page) | {"text": text, "stay": "1"})
    area.refresh_from_db()
    assert area.body_ar == "<p>نص</p>"


@pytest.mark.parametrize(
    "path",
    [
        "de/",
        "xx/",
        "ar/programme.area/00000000-0000-0000-0000-000000000000/title/",
        "ar/auth.user/00000000-0000-0000-0000-000000000000/password/",
        "ar/programme.area/{uuid}/slug/",
        "ar/programme.area/{uuid}/nothing/",
        "de/programme.area/{uuid}/title/",
    ],
)
def test_what_cannot_be_translated_is_not_found(staff_client, area, path):
    assert (
        staff_client.get(f"/verwaltung/uebersetzen/{path.format(uuid=area.uuid)}").status_code
        == 404
    )


def test_the_work_list_filters_by_status_kind_and_age(staff_client, area):
    area.title_de = "Neu"
    area.save()
    Translation.objects.filter(language="ar", field="duties").update(
        written_at=timezone.now() - timedelta(days=200)
    )

    def rows(query=""):
        return [
            row[0]
            for row in staff_client.get(f"/verwaltung/uebersetzen/ar/{query}").context["rows"]
        ]

    assert len(rows()) == 99
    assert [text.title for text in rows("?status=outdated")] == ["Neu"]
    assert {text.model for text in rows("?model=contacts.contactperson")} == {ContactPerson}
    assert {text.field for text in rows("?alter=180")} == {"duties"}
    assert "Polizei" in {text.german for text in rows("?q=POLIZEI")}
    assert len(rows("?q=POLIZEI")) == 2  # by its title, too
    assert len(rows("?status=nonsense")) == 0
    assert len(rows("?alter=x&model=y&seite=99")) == 99
    visibilities = [text.model.visibility for text in rows()]
    assert visibilities == sorted(visibilities)


def test_status_counts_equal_an_independent_count(starter):
    area = Area.objects.get(slug="wir-koordination")
    area.title_de, area.task_ar = "Neu", ""
    area.save()
    found = summaries(list(REGISTRY)[1:])
    for code, summary in found.items():
        suffix = code.replace("-", "_")
        missing = outdated = 0
        for model in {text.model for text in WorkList(code)}:
            for obj in model.objects.all():
                for field in model.translated_fields():
                    german, own = getattr(obj, f"{field}_de"), getattr(obj, f"{field}_{suffix}")
                    missing += bool(german) and not own
                    if german and own:
                        outdated += row(obj, field, code).source != german
        assert (summary.missing, summary.outdated) == (missing, outdated), code
    assert (found["ar"].missing, found["ar"].outdated) == (1, 1)


def test_the_work_list_costs_a_translator_a_fixed_number_of_queries(
    client, starter, django_assert_max_num_queries
):
    for number in range(60):
        make_area(slug=f"bereich-{number}", title_ar="قسم")
    translator = User.objects.create_user("amina", is_staff=True)
    translator.groups.add(Group.objects.get(name="Übersetzung"))
    translator.languages.add(Language.objects.get(code="ar"))
    client.force_login(translator)
    ContentType.objects.clear_cache()
    with django_assert_max_num_queries(12):  # one for each kind of text on the page
        client.get("/verwaltung/uebersetzen/ar/")


def test_the_command_prints_the_same_numbers(starter, capsys):
    call_command("translationstatus")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(REGISTRY)
    arabic = next(line.split() for line in lines if line.startswith("ar"))
    assert arabic == ["ar", "100", "%", "0", "0", "99", "0"]


def test_a_small_correction_of_german_keeps_translations_valid(staff_client, area):
    change = reverse("admin:programme_area_change", args=[area.pk])
    data = form_data(staff_client, change, title_de="WIR-Koordination!", small_correction="on")
    assert staff_client.post(change, data).status_code == 302
    assert status(area, "title") == Status.UNREVIEWED
    data = form_data(staff_client, change, title_de="Etwas anderes")
    assert staff_client.post(change, data).status_code == 302
    assert status(area, "title") == Status.OUTDATED
    html = staff_client.get(change).content.decode()
    assert "Veraltet: 1." in html
    assert "Lesbarkeit" in html


@pytest.mark.parametrize("button", ["stay", "next", "reviewed"])
def test_a_text_can_be_emptied(staff_client, area, button):
    page = url(area, "title")
    data = open_page(staff_client, page) | {"text": "", button: "1"}
    assert staff_client.post(page, data).status_code == 302
    assert status(area, "title") == Status.MISSING


def test_placeholders_have_to_stay(staff_client, starter):
    page = url(Page.objects.get(slug="datenschutz"), "body")
    data = open_page(staff_client, page) | {"text": "<p>نص</p>", "stay": "1"}
    response = staff_client.post(page, data)
    assert "Klammern muss stehen bleiben" in response.content.decode()
