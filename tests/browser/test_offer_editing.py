"""Editors of offers work in a real browser, with pages that axe finds no fault with."""

import pytest
from playwright.sync_api import expect

from offers.models import Offer
from tests.browser.test_translating import violations
from tests.factories import make_offer, make_organisation, make_topic

pytestmark = pytest.mark.browser


@pytest.fixture
def topic(site):
    return make_topic(name_de="Treffen", slug="treffen")


def test_an_offer_is_added_previewed_published_and_listed(signed_in, site, topic):
    page = signed_in
    make_organisation(name="Bücherei am Markt", slug="buecherei")
    page.goto(f"{site}/verwaltung/offers/offer/add/")
    page.locator("#id_title_de").fill("Vorlesen am Samstag")
    page.locator("#id_summary_de").fill("Wir lesen Kindern vor.")
    page.locator("#id_organisation").select_option("Bücherei am Markt")
    page.get_by_label("Treffen").check()
    page.locator("#id_places-0-street").fill("Marktplatz 1")
    page.locator("#id_hours-0-weekday").select_option("Samstag")
    page.locator("#id_hours-0-opens").fill("10:00")
    page.locator("#id_hours-0-closes").fill("11:30")
    page.get_by_text("Öffnungszeit hinzufügen").click()
    page.locator("#id_hours-1-weekday").select_option("Sonntag")
    page.locator("#id_hours-1-opens").fill("15:00")
    page.locator("#id_hours-1-closes").fill("16:00")
    page.get_by_role("button", name="Sichern und weiter bearbeiten").last.click()
    expect(page.locator(".messagelist .success")).to_be_visible()

    with page.expect_popup() as popup:
        page.locator(".previews").get_by_role("link", name="Deutsch", exact=True).click()
    expect(popup.value.get_by_role("heading", level=1)).to_have_text("Vorlesen am Samstag")
    expect(popup.value.locator("main")).to_contain_text("Marktplatz 1")
    popup.value.close()

    page.goto(f"{site}/verwaltung/offers/offer/?q=Vorlesen")
    page.get_by_role("row", name="Vorlesen am Samstag").get_by_role("checkbox").check()
    page.get_by_label("Aktion:").select_option("Veröffentlichen")
    page.get_by_role("button", name="Ausführen").click()
    expect(page.locator(".messagelist .success")).to_have_text("1 Angebot ist geändert.")
    assert [str(hours) for hours in Offer.objects.get(slug="vorlesen-am-samstag").hours.all()] == [
        "Samstag 10:00–11:30",
        "Sonntag 15:00–16:00",
    ]

    page.goto(f"{site}/de/angebote/?q=Vorlesen")
    page.get_by_role("link", name="Vorlesen am Samstag").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vorlesen am Samstag")
    expect(page.locator("main")).to_contain_text("Marktplatz 1")


def test_a_long_title_is_seen_whole_where_it_is_edited(signed_in, site, topic):
    page = signed_in
    offer = make_offer(title_de="Anerkennung von Abschlüssen und Zeugnissen, am Abend und samstags")
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{site}/verwaltung/offers/offer/{offer.pk}/change/")
    for name in ("title_de", "slug"):
        assert page.locator(f"#id_{name}").evaluate("box => box.scrollWidth <= box.clientWidth")


def test_axe_finds_no_violation_for_editors(signed_in, site, topic):
    make_offer(title_de="Kleiderkammer", topics=[topic])
    for path in ("offer/", "offer/add/", "organisation/", "searchterm/"):
        signed_in.goto(f"{site}/verwaltung/offers/{path}")
        assert violations(signed_in) == [], path


def box(page, selector):
    return page.locator(selector).first.bounding_box()


def test_the_list_of_offers_leaves_room_for_their_names(signed_in, site, topic):
    page = signed_in
    make_offer(title_de="Beratung zu Ausbildung und Beruf", topics=[topic])
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{site}/verwaltung/offers/offer/")
    assert box(page, "#result_list td.field-title, #result_list th.field-title")["width"] >= 224
    page.set_viewport_size({"width": 1000, "height": 800})
    expect(page.locator("#nav-sidebar")).to_be_hidden()
    assert box(page, "#changelist-filter")["y"] > box(page, "#result_list")["y"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 1000


def test_an_error_in_a_row_leads_to_its_field(signed_in, site, topic):
    page = signed_in
    hours = [{"weekday": 0, "opens": "9:00", "closes": "12:00"}]
    offer = make_offer(topics=[topic], hours=hours, places=[{"street": "Weg 1"}])
    page.goto(f"{site}/verwaltung/offers/offer/{offer.pk}/change/")
    page.locator("#id_hours-0-opens").fill("morgens")
    page.locator("[name=_save]").first.click()
    page.locator(".all-errors a").click()
    expect(page.locator("#id_hours-0-opens")).to_be_in_viewport()
    shown, row = box(page, ".form-multiline .errorlist"), box(page, "#id_hours-0-opens")
    assert shown["y"] + shown["height"] <= row["y"]
    assert violations(page) == []  # of the form as it is, too: nothing of it is missing


def test_the_pages_for_editors_fit_a_phone_and_a_desk(signed_in, site, topic):
    page = signed_in
    offer = make_offer(topics=[topic])
    for path in ("offer/", f"offer/{offer.pk}/change/", "organisation/"):
        page.set_viewport_size({"width": 390, "height": 800})
        page.goto(f"{site}/verwaltung/offers/{path}")
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
