"""The guides of docs/ in the admin: each for its readers, and every link to them leads there."""

import re
from urllib.parse import unquote, urlsplit

import pytest
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from languages.models import Language
from offers.models import Offer
from tests.pages import Reading, read
from wirportal.guides import FOLDER, GUIDES, SECTIONS, anchor

ROLES = {
    "Redaktion": ["redaktion", "uebersetzen"],  # editors translate, too
    "Übersetzung": ["uebersetzen"],
    "Leitung": ["redaktion", "uebersetzen", "betrieb"],
}
START = "/verwaltung/"


def member_of(group):
    user = User.objects.create_user(group, password="x", is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    user.languages.set(Language.objects.filter(code="ar"))
    client = Client()
    client.force_login(user)
    return client


def links_to_guides(client, path):
    found = {a.get("href", "") for a, _text in read(client, path).all("a")}
    return {href for href in found if "/anleitung/" in href}


def assert_leads_somewhere(client, link):
    """Follow a link as a browser does: the page answers, and has what stands behind the #."""
    path, section = urlsplit(link).path, unquote(urlsplit(link).fragment)
    page = read(client, path)
    ids = {attributes.get("id") for _tag, attributes, _texts in page.elements}
    assert not section or section in ids, link


@pytest.mark.parametrize("group", ROLES)
def test_each_group_reads_its_guides_and_no_other(starter, group):
    client = member_of(group)
    start = read(client, START)
    for guide in GUIDES:
        readable = guide.name in ROLES[group]
        assert client.get(guide.address()).status_code == (200 if readable else 403)
        assert bool(start.all("a", href=guide.address())) == readable


@pytest.mark.parametrize("group", ROLES)
def test_every_link_of_the_start_page_leads_to_a_section(full_site, group):
    client = member_of(group)
    links = links_to_guides(client, START)
    assert len(links) >= 2
    for link in links:
        assert_leads_somewhere(client, link)


def test_every_page_of_the_admin_leads_to_where_it_is_explained(full_site):
    client = member_of("Leitung")
    paths = {
        reverse("admin:contacts_contactperson_add"): "eine-telefonnummer-ändern",
        reverse("admin:programme_area_changelist"): "einen-bereich-anlegen-umbenennen-sortieren",
        reverse("admin:programme_page_changelist"): "rechtliche-seiten",
        reverse("admin:offers_offer_changelist"): "angebote",
        reverse("admin:offers_offer_history", args=[Offer.objects.first().pk]): "etwas-zurück",
        reverse("admin:offers_offer_deleted"): "gelöschtes-wiederherstellen",
        reverse("admin:import_offers"): "viele-angebote-auf-einmal",
        reverse("admin:offers_verification_changelist"): "prüfen-ob-alles-noch-stimmt",
        reverse("admin:contacts_message_changelist"): "nachrichten",
        reverse("admin:coverage"): "wo-etwas-fehlt",
        reverse("admin:work_list", args=["ar"]): "anmelden-und-anfangen",
        reverse("admin:import_translations", args=["ar"]): "als-datei-po",
        reverse("admin:languages_language_changelist"): "eine-sprache-hinzufügen",
        reverse("admin:app_list", args=["offers"]): "",
        reverse("mfa_index"): "anmelden",
    }
    for path, section in paths.items():
        (link,) = (a["href"] for a, text in read(client, path).all("a") if text == "Anleitung")
        assert unquote(urlsplit(link).fragment).startswith(section), path
        assert_leads_somewhere(client, link)


def test_a_translator_is_never_led_to_a_page_that_is_closed(starter):
    client = member_of("Übersetzung")
    for path in (START, "/verwaltung/uebersetzen/ar/"):
        for link in links_to_guides(client, path):
            assert_leads_somewhere(client, link)


def test_every_section_that_pages_name_is_in_its_guide():
    for guide, section in SECTIONS.values():
        headings = re.findall(r"^##+ (.+)$", (FOLDER / guide.file).read_text("utf-8"), re.MULTILINE)
        assert section in map(anchor, headings)
        assert len({*map(anchor, headings)}) == len(headings)  # or a link leads to the first one


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.name)
def test_a_guide_is_whole_and_its_links_and_pictures_are_there(starter, guide):
    client = member_of("Leitung")
    response = client.get(guide.address())
    html = response.content.decode()
    page = Reading(html)
    source = (FOLDER / guide.file).read_text(encoding="utf-8")
    assert page.one("h1")[1] == source.partition("\n")[0].removeprefix("# ")
    headings = re.findall(r"^##+ (.+)$", source, re.MULTILINE)
    shown = [text for tag in ("h2", "h3") for a, text in page.all(tag) if "id" in a]
    assert sorted(shown) == sorted(headings)
    assert len(page.all("pre")) == source.count("\n```") / 2
    assert len(page.all("table")) == len(re.findall(r"^\|[-|]+\|$", source, re.MULTILINE))
    for attributes, _text in page.all("a"):
        if attributes.get("href", "").startswith(("#", "/verwaltung/anleitung/")):
            link = attributes["href"]
            assert_leads_somewhere(client, link if link[0] == "/" else guide.address() + link)
    links = [a["href"] for a, text in page.all("a") if "guide" not in a.get("href", "")]
    assert not [link for link in links if link.endswith((".md", ".toml", ".conf"))]
    pictures = page.all("img")
    assert len(pictures) == source.count("![")
    for attributes, _text in pictures:
        assert attributes["alt"]
        assert client.get(attributes["src"]).headers["Content-Type"] == "image/png"
        assert int(attributes["width"]) > 300
    assert "style=" not in html  # which the policy would not allow


def test_pictures_are_only_those_of_the_guides(starter):
    client = member_of("Leitung")
    for path in ("gibt-es-nicht.png", "..%2fstatic%2ficon.png", "editing.md.png"):
        assert client.get(f"/verwaltung/anleitung/{path}").status_code == 404


def test_the_image_brings_the_guides_along():
    ignored = (settings.BASE_DIR / ".dockerignore").read_text(encoding="utf-8").split()
    assert not {"docs", "docs/", "**/*.md", "**/*.png", "*.png"} & set(ignored)


def test_who_only_translates_is_not_told_that_nothing_may_be_done(starter):
    assert "nicht die nötigen Rechte" not in member_of("Übersetzung").get(START).content.decode()
