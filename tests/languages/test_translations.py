"""Where translations come from, and what readers are told of it."""

import pytest
from django.utils import translation

from languages.models import Origin, Translation
from languages.readers import attach_states
from tests.factories import make_area, make_contact, make_languages, make_page, make_programme
from tests.pages import read

MACHINE_NOTICE = "This text was translated by a machine"
FALLBACK_NOTICE = "Part of this page"


@pytest.fixture(autouse=True)
def languages(db):
    make_languages("de", "en", "ar")


def rows(obj):
    return {(row.field, row.language): (row.source, row.origin) for row in obj.translations.all()}


def test_saving_records_the_german_a_translation_was_made_from():
    area = make_area(title_de="Sprache", title_en="Language")
    assert rows(area) == {("title", "en"): ("Sprache", Origin.HUMAN)}


def test_changing_german_or_moving_touches_no_record():
    area = make_area(title_de="Sprache", title_en="Language")
    area.title_de, area.position = "Sprachen", 7
    area.save()
    assert rows(area) == {("title", "en"): ("Sprache", Origin.HUMAN)}


def test_a_corrected_machine_translation_is_a_persons():
    area = make_area(title_de="Sprache")
    area.title_en = "Languish"
    area.save(origin=Origin.MACHINE)
    assert rows(area)["title", "en"] == ("Sprache", Origin.MACHINE)
    area.title_en = "Language"
    area.save()
    assert rows(area)["title", "en"] == ("Sprache", Origin.HUMAN)


def test_an_emptied_translation_leaves_no_record():
    area = make_area(title_en="Area")
    area.title_en = ""
    area.save()
    assert rows(area) == {}


def test_saving_single_columns_records_only_what_was_stored():
    area = make_area(title_de="Bereich")
    area.title_en, area.title_ar = "Area", "قسم"
    area.save(update_fields=["title_en"])
    assert set(rows(area)) == {("title", "en")}


def test_deleting_an_object_deletes_its_records():
    make_area(title_en="Area").delete()
    assert not Translation.objects.exists()


def test_rich_text_is_sanitised_however_it_is_saved():
    page = make_page(
        body_de='<p onclick="x()">Gut <b>und</b> <strong>fett</strong></p><script>x()</script>',
        body_en='<p><a href="javascript:x()">Link</a> <img src=x></p>',
    )
    page.refresh_from_db()
    assert page.body_de == "<p>Gut und <strong>fett</strong></p>"
    assert page.body_en == "<p><a>Link</a> </p>"


@pytest.mark.parametrize("empty", ["", None])
def test_what_is_not_translated_is_german_and_says_so(client, empty):
    make_programme(title_en="Welcome", summary_en="What it is about.")
    make_area(title_de="Nur Deutsch", title_en=empty)
    page = read(client, "/en/")
    marked = page.all("span", lang="de", dir="ltr")
    assert "Nur Deutsch" in [text for _, text in marked]
    assert FALLBACK_NOTICE in page.one("main")[1]
    german = read(client, "/de/")
    assert not german.all("span", lang="de")
    assert not german.all("p", **{"class": "note"})


def test_untranslated_rich_text_is_a_german_block(client):
    make_programme()
    make_page(slug="info", title_en="Info", body_de="<p>Langer Text</p>")
    page = read(client, "/en/info/")
    assert page.one("div", lang="de", dir="ltr")[1] == "Langer Text"
    hreflangs = [link["hreflang"] for link, _ in page.all("link", rel="alternate")]
    assert hreflangs == ["de", "x-default"]


def test_machine_translations_are_disclosed_until_reviewed(client):
    make_programme(title_en="Welcome", summary_en="About.")
    page = make_page(slug="info", title_en="Info")
    page.body_en = "<p>Text</p>"
    page.save(origin=Origin.MACHINE)
    shown = read(client, "/en/info/")
    assert MACHINE_NOTICE in shown.one("p", **{"class": "note"})[1]
    assert shown.one("main") and shown.all("a", href="/de/info/")
    from django.utils import timezone

    Translation.objects.update(reviewed_at=timezone.now())
    assert not read(client, "/en/info/").all("p", **{"class": "note"})


def test_the_notice_is_only_for_what_is_on_the_page(client):
    make_programme(title_en="Welcome", summary_en="About.")
    area = make_area(title_en="Area", audience_en="For all.", task_en="Help.")
    area.body_de, area.body_en = "<p>Mehr</p>", "<p>More</p>"
    area.save(origin=Origin.MACHINE)
    assert not read(client, "/en/").all("p", **{"class": "note"})
    assert MACHINE_NOTICE in read(client, "/en/bereiche/bereich/").one("main")[1]


def test_the_german_name_stays_beside_its_translation(client):
    make_programme()
    make_area(title_de="WIR-Koordination", title_ar="تنسيق WIR")
    page = read(client, "/ar/bereiche/bereich/")
    assert page.one("h1")[1] == "تنسيق WIR"
    german = page.all("bdi", lang="de", dir="ltr", translate="no")
    assert "WIR-Koordination" in [text for _, text in german]


def test_unreviewed_fields_of_many_objects_cost_one_query(django_assert_num_queries):
    area = make_area(title_de="A")
    area.title_en = "A"
    area.save(origin=Origin.MACHINE)
    person = make_contact()
    person.role_en = "Adviser"
    person.save(origin=Origin.MACHINE)
    with translation.override("en"), django_assert_num_queries(1):
        attach_states(area, person)
    assert (area.unreviewed, person.unreviewed) == ({"title"}, {"role"})
    with translation.override("de"), django_assert_num_queries(0):
        attach_states(area, person)
    assert area.unreviewed == set()


def test_links_are_completed_as_people_type_them():
    page = make_page(
        body_de='<p><a href="www.example.org">a</a> <a href="info@example.org">b</a> '
        '<a href="../kontakte/">c</a> <a href="https://example.org/x" title="">d</a></p>'
    )
    page.refresh_from_db()
    assert page.body_de == (
        '<p><a href="https://www.example.org">a</a> <a href="mailto:info@example.org">b</a> '
        '<a href="../kontakte/">c</a> <a href="https://example.org/x">d</a></p>'
    )


def test_names_in_latin_script_are_marked_as_german_within_other_scripts(client):
    make_programme(title_ar="برنامج WIR (Hessen)", summary_ar="عن Limburg-Weilburg & [[Datum]]")
    html = client.get("/ar/").content.decode()
    assert '<h1>برنامج <bdi lang="de">WIR (Hessen)</bdi></h1>' in html
    assert '<bdi lang="de">Limburg-Weilburg</bdi> &amp; <mark lang="de" dir="ltr">[Datum]' in html


@pytest.mark.parametrize("whole", ["A1", "B1/B2", "a_b@example.org", "https://wir.example.org/a-1"])
def test_a_level_or_an_address_is_one_piece_within_other_scripts(client, whole):
    make_programme(summary_ar=f"من {whole} إلى")
    assert f'من <bdi lang="de">{whole}</bdi> إلى' in client.get("/ar/").content.decode()


def test_a_placeholder_inside_a_link_address_or_across_paragraphs_stays_as_it_is(client):
    make_programme()
    make_page(body_de='<p><a href="https://example.org/[[Nr]]">x</a> [[offen</p><p>bis]]</p>')
    html = client.get("/de/seite/").content.decode()
    assert 'href="https://example.org/[[Nr]]"' in html
    assert "<mark" not in html


def test_the_footer_costs_no_query_per_page(client, django_assert_max_num_queries):
    make_programme(title_en="Welcome")
    for number in range(12):
        make_page(slug=f"seite-{number}", title_en=f"Page {number}", body_en="<p>x</p>")
    with django_assert_max_num_queries(7):
        client.get("/en/seite-3/")


def test_saving_a_copy_by_key_touches_no_record():
    area = make_area(title_de="A")
    area.title_en = "B"
    area.save(origin=Origin.MACHINE)
    from programme.models import Area

    Area(pk=area.pk, uuid=area.uuid, slug="x", title_de="A", title_en="B").save()
    assert rows(area)["title", "en"] == ("A", Origin.MACHINE)


def test_an_outdated_translation_says_that_german_is_newer(client):
    make_programme(title_en="Welcome", summary_en="About.")
    page = make_page(slug="info", title_en="Info", body_en="<p>Text</p>")
    assert not read(client, "/en/info/").all("p", **{"class": "note"})
    page.body_de = "<p>Neuer Text</p>"
    page.save()
    shown = read(client, "/en/info/")
    assert "German text is newer" in shown.one("p", **{"class": "note"})[1]
    assert shown.all("a", href="/de/info/")
    assert not read(client, "/de/info/").all("p", **{"class": "note"})


def test_german_stands_beside_the_own_language_on_demand(client):
    make_programme(title_ar="أهلا", summary_ar="عن البرنامج")
    make_page(slug="info", title_ar="معلومات", body_ar="<p>نص</p>", body_de="<p>Deutscher Text</p>")
    plain = read(client, "/ar/info/")
    assert plain.all("a", href="?zweisprachig=1")
    assert not plain.all("div", **{"class": "beside"})
    both = read(client, "/ar/info/?zweisprachig=1")
    assert both.one("div", **{"class": "beside", "lang": "de", "dir": "ltr"})[1] == "Deutscher Text"
    assert "Seite" in both.one("h1")[1]
    assert both.all("a", href="?")
    assert both.one("link", rel="canonical")[0]["href"] == "http://testserver/ar/info/"
    german = read(client, "/de/info/?zweisprachig=1")
    assert not german.all("div", **{"class": "beside"})
    assert not german.all("a", href="?zweisprachig=1")
