"""What staff make of the answers of organisations: accepted, rejected, and what is hostile."""

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from contacts.models import OutgoingMail
from offers import verification
from offers.models import Offer, Outcome, Verification
from offers.verification_decisions import open_changes
from offers.verification_forms import apply
from tests.factories import (
    make_contact,
    make_offer,
    make_organisation,
)
from tests.offers.verifications import (  # noqa: F401
    decide,
    decision_page,
    editor_client,
    form_data,
    link,
    make_asked,
    propose,
    site,
)

pytestmark = [pytest.mark.both_databases, pytest.mark.django_db]


def test_staff_accept_field_by_field_and_readers_see_it(client, editor_client):
    town = {"name": "Rathaus", "street": "Markt 1", "postal_code": "65604", "city": "Elz"}
    hours = [{"weekday": 0, "opens": "09:00", "closes": "12:00"}]
    row = make_asked(places=[town], hours=hours, how_it_works_de="<ol><li>Anrufen</li></ol>")
    place = f"place-{row.offer.places.get().pk}-street"
    changes = {"phone": "06431/111222", "hours": "Di 14-16", place: "Markt 2", "online": "on"}
    changes |= {"how_it_works_de": "Anrufen\r\nKommen", "comment": "Wir sind umgezogen."}
    assert propose(client, row, **changes).status_code == 200
    offer = Offer.objects.get()
    assert (offer.phone, offer.verified_on) == ("06431/296-0", None), "nothing is saved before"
    row.refresh_from_db()
    assert set(row.proposal) == set(changes) - {"comment"}
    page = editor_client.get(decision_page(row)).content.decode()
    assert "<del>296</del>" in page or "<ins>111222</ins>" in page
    assert "Wir sind umgezogen." in page
    decide(editor_client, row, accept="phone")
    offer.refresh_from_db()
    assert (offer.phone, offer.online, offer.verified_on) == ("06431/111222", False, None)
    newest = offer.history.first()
    assert newest.history_user.username == "anna"
    assert newest.history_change_reason.startswith(f"Prüfung {row.pk}, Antwort der Organisation")
    history = reverse("admin:offers_offer_history", args=[offer.pk])
    assert f"Prüfung {row.pk}, Antwort" in editor_client.get(history).content.decode()
    decide(editor_client, row, accept="all")
    offer.refresh_from_db()
    assert [str(h) for h in offer.hours.all()] == ["Dienstag 14:00–16:00"]
    assert offer.places.get().street == "Markt 2"
    assert offer.online
    assert offer.how_it_works_de.count("<li>") == 2
    assert offer.verified_on == timezone.localdate()
    row.refresh_from_db()
    assert (row.outcome, row.decided_by.username) == (Outcome.ACCEPTED, "anna")
    assert "Markt 2" in client.get(offer.get_absolute_url()).content.decode()


def test_what_was_changed_since_the_answer_is_shown_with_both_and_not_overwritten(
    client, editor_client
):
    row = make_asked()
    propose(client, row, phone="06431/111222", what_to_bring_de="Ausweis")
    seen = editor_client.get(decision_page(row)).context["seen"]
    offer = Offer.objects.get()
    offer.phone = "06431/333444"
    offer.save()
    stale = editor_client.post(decision_page(row), {"accept": "phone", "seen": seen})
    assert "Inzwischen hat jemand den Eintrag geändert" in stale.content.decode()
    page = editor_client.get(decision_page(row)).content.decode()
    for number in ("06431/296-0", "06431/333444", "111222"):
        assert number in page
    decide(editor_client, row, accept="all")
    offer.refresh_from_db()
    assert (offer.phone, offer.what_to_bring_de) == ("06431/333444", "Ausweis")
    row.refresh_from_db()
    assert list(row.proposal) == ["phone"]
    refused = decide(editor_client, row, accept="all")
    assert "einzeln" in refused.content.decode()
    decide(editor_client, row, accept="phone")
    offer.refresh_from_db()
    assert offer.phone == "06431/111222"


def test_only_fields_that_can_be_accepted_together_have_a_button_for_all(client, editor_client):
    row = make_asked()
    propose(client, row, phone="06431/111222")
    assert 'value="all"' in editor_client.get(decision_page(row)).content.decode()
    Offer.objects.update(phone="06431/333444")
    page = editor_client.get(decision_page(row)).content.decode()
    assert 'value="all"' not in page and 'value="phone"' in page


def test_what_staff_changed_while_the_form_was_open_is_not_proposed_back(client):
    row = make_asked()
    page = client.get(f"{link(row)}aendern/").content.decode()
    assert '<input type="hidden" name="initial-phone" value="06431/296-0"' in page
    data = form_data(client, row) | {"what_to_bring_de": "Ausweis"}
    Offer.objects.update(phone="06431/333444")
    assert client.post(f"{link(row)}aendern/", data).status_code == 200
    row.refresh_from_db()
    assert list(row.proposal) == ["what_to_bring_de"]


def test_an_answer_thanks_under_the_title_that_the_public_reads(client):
    row = make_asked(title_de="Treff")
    page = propose(client, row, title_de="Ganz neu").content.decode()
    assert "Treff" in page and "Ganz neu" not in page


def test_a_changed_step_leaves_the_links_and_the_list_as_they_were(client, editor_client):
    call = '<li><p>Bei <a href="https://a.example">uns</a> anrufen</p></li>'
    steps = f"<ol>{call}<li><p>Kommen</p></li></ol>"
    row = make_asked(how_it_works_de=f"<h3>Ablauf &amp; Ort</h3>{steps}")
    shown = form_data(client, row)["how_it_works_de"]
    assert shown == "Ablauf & Ort\nBei uns anrufen\nKommen"
    text = shown.replace("Kommen", "Um 9 Uhr kommen\n3. Warten <b>")
    propose(client, row, how_it_works_de=text)
    page = editor_client.get(decision_page(row)).content.decode()
    assert "Bei uns (https://a.example) anrufen" in page and "Warten &lt;b&gt;" in page
    decide(editor_client, row, accept="all")
    added = "<li><p>Um 9 Uhr kommen</p></li><li><p>Warten &lt;b&gt;</p></li>"
    expected = steps.replace("<li><p>Kommen</p></li>", added)
    assert Offer.objects.get().how_it_works_de == f"<h3>Ablauf &amp; Ort</h3>{expected}"


def test_staff_see_that_a_link_would_be_lost(client, editor_client):
    row = make_asked(how_it_works_de='<p>Hier <a href="https://a.example">anmelden</a>.</p>')
    propose(client, row, how_it_works_de="Hier anrufen.")
    [change] = open_changes(Verification.objects.get())
    assert "https://a.example" in change.shown_now and "<del>" in change.diff
    assert change.new == "<p>Hier anrufen.</p>"


def test_staff_see_the_signs_of_a_plain_text_that_they_accept(client, editor_client):
    row = make_asked()
    propose(client, row, summary_de="Kurs <script> für 5 < 6 & mehr")
    page = editor_client.get(decision_page(row)).content.decode()
    assert "Kurs &lt;script&gt; für 5 &lt; 6 &amp; mehr" in page
    decide(editor_client, row, accept="all")
    history = reverse("admin:offers_offer_history", args=[row.offer_id])
    assert "Kurs &lt;script&gt; für 5" in editor_client.get(history).content.decode()


def test_what_can_no_longer_be_saved_is_explained_and_kept(client, editor_client):
    row = make_asked(organisation=make_organisation(), title_de="Treff")
    propose(client, row, phone="", age_from="20")
    offer = Offer.objects.get()
    offer.age_to, offer.email = 10, ""
    offer.save()
    offer.places.create(city="Elz")
    refused = decide(editor_client, row, accept="age_from")
    assert "Das Alter „bis“ ist kleiner als „von“." in refused.content.decode()
    refused = decide(editor_client, row, accept="phone")
    assert "So kann niemand das Angebot erreichen." in refused.content.decode()
    offer.refresh_from_db()
    assert (offer.phone, offer.age_from) == ("06431/296-0", None)
    row.refresh_from_db()
    assert set(row.proposal) == {"phone", "age_from"}
    decide(editor_client, row, reject="1")
    offer.refresh_from_db()
    row.refresh_from_db()
    assert (row.outcome, offer.verified_source) == (Outcome.REJECTED, "editors")


@pytest.mark.parametrize("button", ["accept", "reject"])
def test_what_is_said_to_be_gone_goes_when_staff_say_so(client, editor_client, button):
    row = make_asked()
    client.post(link(row), {"answer": "gone", "comment": "Ende\0" + "x" * 9000})
    row.refresh_from_db()
    assert row.comment == "Ende" + "x" * 1996
    address = row.offer.get_absolute_url()
    assert client.get(address).status_code == 200, "a link alone takes nothing off the site"
    decide(editor_client, row, **{button: "1"})
    assert client.get(address).status_code == (404 if button == "accept" else 200)
    verification.run()
    assert not Verification.objects.open().exists()


def test_contact_persons_are_asked_as_well(client, editor_client):
    person = make_contact(email="erika@example.org")
    verification.run()
    row = Verification.objects.get(person=person)
    assert OutgoingMail.objects.get().subject == "Stimmt das noch? Erika Muster"
    propose(client, row, room="12", phone="06431/111222")
    decide(editor_client, row, accept="all")
    person.refresh_from_db()
    assert (person.room, person.phone) == ("12", "06431/111222")
    assert "von der Person selbst" in client.get(person.get_absolute_url()).content.decode()
    verification.run()
    assert not Verification.objects.open().exists()


def test_hostile_proposals_are_refused_or_shown_as_text(client, editor_client):
    row = make_asked(how_it_works_de="<p>So</p>")
    for changes in (
        {"title_de": "x" * 100_000},
        {"how_it_works_de": "x" * 100_000},
        {"comment": "x" * 100_000},
        {"summary_de": "a\0b"},
        {"phone": "javascript:alert(1)"},
        {"web": "javascript:alert(1)"},
        {"registration_link": "data:text/html,x"},
        {"age_from": "9" * 50},
        {"closed_until": "32.13.20260"},
        {"spoken_languages": ["999999"]},
        {"cost": "<script>"},
        {"hours": "immer"},
        {"title_de": ""},
        {"published": "", "slug": "boese", "organisation": "1", "verified_on": "2030-01-01"},
        {"place-1-street": "x", "place-x-y": "z", "email": "kein"},
    ):
        response = propose(client, row, **changes)
        assert response.status_code == 400, changes
        row.refresh_from_db()
        assert (row.answer, row.proposal) == ("", {})
    script = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    texts = {"title_de": script, "how_it_works_de": script, "comment": script}
    assert propose(client, row, **texts, slug="boese").status_code == 200
    page = editor_client.get(decision_page(row)).content.decode()
    assert "<script>alert" not in page and "<img src=x" not in page
    decide(editor_client, row, accept="all")
    offer = Offer.objects.get()
    assert offer.title_de == script and offer.slug != "boese"
    assert "<script" not in offer.how_it_works_de and "<img" not in offer.how_it_works_de
    public = client.get(offer.get_absolute_url()).content.decode()
    assert "<script>alert" not in public and "<img src=x" not in public


def test_an_entry_with_rounds_can_be_deleted_by_those_who_may_delete_it(client, editor_client):
    row = make_asked()
    path = reverse("admin:offers_offer_delete", args=[row.offer_id])
    assert "verein@example.org" not in editor_client.get(path).content.decode()
    assert editor_client.post(path, {"post": "yes"}).status_code == 302
    assert not Verification.objects.exists()


def test_a_value_that_breaks_a_rule_saves_nothing_of_the_others(client):
    offer = make_offer(hours=[{"weekday": 0, "opens": "09:00", "closes": "12:00"}])
    with pytest.raises(ValidationError), transaction.atomic():
        apply(offer, {"hours": "Di 9-10", "place-0-street": "x"}, "Grund")
    assert offer.hours.get().weekday == 0


def test_open_changes_of_a_deleted_place_are_shown(client):
    row = make_asked(places=[{"street": "Markt 1", "city": "Elz"}])
    name = f"place-{row.offer.places.get().pk}-street"
    propose(client, row, **{name: "Markt 2"})
    row.offer.places.all().delete()
    row.refresh_from_db()
    [change] = open_changes(row)
    assert change.is_conflict and "gelöscht" in str(change.label)
