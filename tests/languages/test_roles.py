"""Who may do what: group × language × path."""

import pytest
from django.contrib.auth.models import Group, User
from django.urls import reverse

from languages.models import Language
from programme.models import Area, Page
from tests.languages.test_translate import area, url  # noqa: F401  a fixture and a helper


def person(name, group, *codes):
    user = User.objects.create_user(name, password="x", is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    user.languages.set(Language.objects.filter(code__in=codes))
    return user


@pytest.mark.parametrize(
    ("group", "codes", "code", "expected"),
    [
        ("Übersetzung", ["ar"], "ar", 200),
        ("Übersetzung", ["ar"], "tr", 403),
        ("Übersetzung", [], "ar", 403),
        ("Redaktion", [], "tr", 200),
        ("Leitung", [], "tr", 200),
    ],
)
def test_groups_translate_only_what_is_theirs(client, area, group, codes, code, expected):
    client.force_login(person("jemand", group, *codes))
    assert client.get(f"/verwaltung/uebersetzen/{code}/").status_code == expected
    page = url(area, "title", code)
    assert client.get(page).status_code == expected
    before = area.text("title", code)
    client.post(page, {"text": "x", "opened": "", "german": ""})
    area.refresh_from_db()
    assert area.text("title", code) == before


@pytest.mark.parametrize("method", ["get", "post"])
def test_translators_reach_no_form_with_german(client, area, method):
    client.force_login(person("jemand", "Übersetzung", "ar"))
    change = reverse("admin:programme_area_change", args=[area.pk])
    for path in (
        change,
        "/verwaltung/programme/area/",
        "/verwaltung/auth/user/",
        f"{change[:-7]}history/",
    ):
        assert getattr(client, method)(path).status_code == 403, path
    page = client.get("/verwaltung/")
    assert [entry.code for entry, _summary in page.context["tasks"]["languages"]] == ["ar"]


def test_only_the_lead_publishes_a_language(client, area):
    language = Language.objects.get(code="tr")
    change = reverse("admin:languages_language_change", args=[language.pk])
    for group, expected in (("Redaktion", 403), ("Übersetzung", 403), ("Leitung", 302)):
        client.force_login(person(group, group, "tr"))
        assert client.post(change, {}).status_code == expected
    language.refresh_from_db()
    assert not language.published


def test_a_language_is_published_only_when_enough_is_translated(staff_client, area):
    language = Language.objects.get(code="tr")
    Language.objects.filter(code="tr").update(published=False)
    change = reverse("admin:languages_language_change", args=[language.pk])
    objects = [*Area.objects.all(), *Page.objects.all()]
    texts = [(obj, field) for obj in objects for field in obj.translated_fields()]
    for obj, field in texts:
        obj.translate(field, "tr", "")
    response = staff_client.post(change, {"published": "on"})
    assert "Nötig sind 80 %" in response.content.decode()
    for obj, field in texts:
        obj.translate(field, "tr", "Metin")
    assert staff_client.post(change, {"published": "on"}).status_code == 302


def test_translators_preview_their_unpublished_language(client, area):
    Language.objects.filter(code="tr").update(published=False)
    assert client.get("/tr/").status_code == 404
    client.force_login(person("fremd", "Übersetzung", "ar"))
    assert client.get("/tr/").status_code == 404
    client.force_login(person("eigen", "Übersetzung", "tr"))
    response = client.get("/tr/bereiche/wir-koordination/")
    assert response.status_code == 200
    assert 'lang="tr"' in response.content.decode()
    assert response.headers["Cache-Control"] == "private, no-store"
    assert "Türkçe" not in client.get("/de/").content.decode()
