"""What an organisation is asked, what it may answer, and what staff make of it."""

import pytest
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contacts.models import OutgoingMail, later
from offers import verification
from offers.models import Offer, Outcome, Topic, Verification
from offers.models.verification import SIGNER
from offers.verification_decisions import open_changes
from offers.verification_forms import apply
from tests.clock import clock  # noqa: F401  fixture
from tests.factories import (
    make_contact,
    make_languages,
    make_offer,
    make_organisation,
    make_programme,
    make_topic,
)
from tests.hostile import TEXTS
from wirportal.management.commands.setup import Command
from wirportal.models import AuditEntry

pytestmark = [pytest.mark.both_databases, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def site(settings):
    settings.HAS_MAIL = True
    make_languages("de", "ar")
    make_programme(email="wir@example.org")


@pytest.fixture
def editor_client(site):
    """Somebody of the group that edits, without further rights; readers have another client."""
    Command().add_groups()
    user = User.objects.create_user("anna", password="x", is_staff=True)
    user.groups.add(Group.objects.get(name="Redaktion"))
    client = Client()
    client.force_login(user)
    return client


def make_asked(**overrides):
    """Make an offer that its organisation has been asked about; return the round."""
    values = {"email": "verein@example.org", "topics": [Topic.objects.first() or make_topic()]}
    offer = make_offer(**values | overrides)
    verification.run()
    return Verification.objects.open().get(offer=offer)


def link(row):
    return row.link()


def form_data(client, row):
    form = client.get(f"{link(row)}aendern/").context["form"]
    return {name: form[name].value() for name in form.fields if form[name].value()}


def propose(client, row, **changes):
    return client.post(f"{link(row)}aendern/", form_data(client, row) | changes)


def decision_page(row):
    return reverse("admin:offers_verification_change", args=[row.pk])


def decide(client, row, **button):
    seen = client.get(decision_page(row)).context["seen"]
    return client.post(decision_page(row), {"seen": seen, **button}, follow=True)


def test_one_letter_lists_all_that_is_due_with_what_the_public_reads(settings):
    organisation = make_organisation(email="verein@example.org", street="Hauptstraße 9")
    make_offer(
        title_de="Treff",
        organisation=organisation,
        places=[{"name": "Rathaus", "street": "Markt 1", "city": "Elz"}],
        hours=[{"weekday": 0, "opens": "09:00", "closes": "12:00"}],
    )
    secret = [{"street": "Geheimweg 7", "city": "Elz"}]
    make_offer(
        title_de="Schutz\nhaus", organisation=organisation, confidential_address=True, places=secret
    )
    make_offer(title_de="Woanders", organisation=organisation, email="kurs@example.org")
    make_offer(title_de="Frisch", organisation=organisation, verified_on=timezone.localdate())
    make_offer(title_de="Entwurf", organisation=organisation, published=False)
    verification.run()
    one, other = OutgoingMail.objects.order_by("to")
    assert (one.to, other.to) == ("kurs@example.org", "verein@example.org")
    assert one.subject == "Stimmt das noch? Woanders"
    assert other.subject == "Stimmen diese 2 Angebote noch?"
    assert other.reply_to == "wir@example.org"
    assert other.body.count("http://testserver/pruefen/") == 2
    for text in ("Treff", "Rathaus, Markt 1, Elz", "Mo 09:00-12:00", "06431/296-0", "Musterkreis"):
        assert text in other.body
    for text in ("Geheimweg", "Hauptstraße 9", "Frisch", "Entwurf"):
        assert text not in other.body
    verification.run()
    assert OutgoingMail.objects.count() == 2


def test_reading_a_link_changes_nothing_and_nobody_keeps_the_page(client, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    row = make_asked(title_de="<b>Treff</b>")
    before = Verification.objects.values().get()
    strict = Client(enforce_csrf_checks=True)
    for path in (link(row), f"{link(row)}aendern/"):
        for method in ("get", "head"):
            response = getattr(strict, method)(path)
            assert response.status_code == 200
        assert response.headers["Cache-Control"] == "private, no-store"
        assert response.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert not response.cookies
        page = client.get(path).content.decode()
        assert "<b>Treff" not in page and "&lt;b&gt;Treff" in page
        assert '<meta name="robots" content="noindex">' in page
    assert strict.post(link(row)).status_code == 400, "a POST without an answer says nothing"
    assert Verification.objects.values().get() == before
    assert strict.post(link(row), {"answer": "right"}).status_code == 200, "no cookie is needed"


def test_still_right_is_public_at_once(client):
    row = make_asked(review_months=3)
    address = row.offer.get_absolute_url()
    assert "noch nicht geprüft" in client.get(address).content.decode()
    with CaptureQueriesContext(connection) as seen:
        assert client.post(link(row), {"answer": "right"}).status_code == 200
    assert not [query for query in seen.captured_queries if "searchtext" in query["sql"]]
    offer = Offer.objects.get()
    assert (offer.verified_on, offer.verified_by) == (timezone.localdate(), "verein@example.org")
    assert offer.review_due == later(timezone.localdate(), 3)
    assert "von der Organisation" in client.get(address).content.decode()
    assert offer.history.first().history_change_reason.startswith(f"Prüfung {row.pk}, Antwort")
    row.refresh_from_db()
    assert row.outcome == Outcome.CONFIRMED
    again = client.post(link(row), {"answer": "gone"})
    assert again.status_code == 410
    assert "schon geantwortet" in again.content.decode()
    row.refresh_from_db()
    assert row.answer == "right"


def test_links_that_are_no_longer_or_never_were_good_say_so(client, clock):
    row = make_asked()
    good = link(row)
    token = good.split("/")[2]
    others = [token[:-1], token + "x", "x" + token, token.replace(".", ":"), SIGNER.sign("x"), "ä"]
    others += [row.key.hex, "0" * 5000, SIGNER.sign("0" * 32), f"{row.key.hex}.", "."]
    for other in others:
        for path in (f"/pruefen/{other}/", f"/pruefen/{other}/aendern/"):
            for response in (client.get(path), client.post(path, {"answer": "right"})):
                assert response.status_code == 404
                assert "Diesen Link gibt es nicht" in response.content.decode()
    clock.pass_days(verification.LINK_VALID)
    assert client.get(good).status_code == 200
    clock.pass_days(1)
    response = client.post(good, {"answer": "right"})
    assert response.status_code == 410
    assert "gilt nicht mehr" in response.content.decode()
    assert Offer.objects.get().verified_on is None
    clock.pass_days(-2)
    row.offer.delete()
    assert client.get(good).status_code == 404


def test_what_staff_settled_meanwhile_needs_no_answer(client, editor_client):
    row = make_asked()
    data = {"action": "verify", "_selected_action": [row.offer_id]}
    editor_client.post("/verwaltung/offers/offer/", data)
    verification.run()
    row.refresh_from_db()
    assert row.outcome == Outcome.EDITORS
    response = client.get(link(row))
    assert response.status_code == 410
    assert "schon erledigt" in response.content.decode()
    assert "von der Redaktion" in client.get(row.offer.get_absolute_url()).content.decode()


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


def test_what_can_no_longer_be_saved_is_explained_and_kept(client, editor_client):
    row = make_asked(organisation=make_organisation(), title_de="Treff")
    propose(client, row, phone="", age_from="20")
    offer = Offer.objects.get()
    offer.age_to, offer.email = 10, ""
    offer.save()
    refused = decide(editor_client, row, accept="age_from")
    assert "Das Ende liegt vor dem Anfang." in refused.content.decode()
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


def test_whoever_is_asked_in_vain_is_not_asked_again_before_there_is_another_address(
    client, editor_client
):
    row = make_asked()
    client.post(link(row), {"answer": "not_ours"})
    decide(editor_client, row, accept="1")
    verification.run()
    assert OutgoingMail.objects.filter(to="verein@example.org").count() == 1
    assert list(Verification.objects.by_phone()) == [row]
    Offer.objects.update(email="richtig@example.org")
    verification.run()
    assert OutgoingMail.objects.filter(to="richtig@example.org").count() == 1
    assert not Verification.objects.by_phone()
    assert client.get(link(row)).status_code == 200


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


def test_no_hostile_text_breaks_the_answer(client):
    row = make_asked()
    for text in TEXTS[:40]:
        response = propose(client, row, summary_de=text, hours=text, phone=text)
        assert response.status_code in (200, 400)
        Verification.objects.update(answer="", proposal={})


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


def test_staff_get_one_letter_a_day_about_what_they_have_to_do(client, clock):
    User.objects.create_superuser("leitung", "leitung@example.org", "x")
    User.objects.create_user("gast", "gast@example.org", "x", is_staff=True)
    row = make_asked()
    make_offer(title_de="Ohne Adresse")
    client.post(link(row), {"answer": "gone"})
    for _again in range(2):
        verification.run()
    [mail] = OutgoingMail.objects.filter(key__startswith="pruefung-redaktion")
    assert mail.to == "leitung@example.org"
    assert mail.subject == "2 Einträge brauchen Sie"
    assert "Ohne Adresse" in mail.body and "gibt es nicht mehr" in mail.body
    make_offer(title_de="Später")
    verification.run()
    assert OutgoingMail.objects.filter(key__startswith="pruefung-redaktion").count() == 1
    clock.pass_days(1)
    verification.run()
    newest = OutgoingMail.objects.filter(key__startswith="pruefung-redaktion").first()
    assert newest.subject == "Ein Eintrag braucht Sie" and "Später" in newest.body


def test_nobody_is_asked_by_mail_without_a_mail_server(settings):
    settings.HAS_MAIL = False
    row = make_asked()
    assert row.is_by_phone and not OutgoingMail.objects.exists()
    settings.HAS_MAIL = True
    verification.run()
    row.refresh_from_db()
    assert not row.is_by_phone and OutgoingMail.objects.count() == 1


def pass_days(clock, days):
    for _day in range(days):
        clock.pass_days(1)
        verification.run()
        OutgoingMail.objects.deliver()


def test_a_contact_person_who_stays_silent_is_marked_and_hidden_and_can_come_back(client, clock):
    person = make_contact(email="erika@example.org")
    address = person.get_absolute_url()
    pass_days(clock, 1)
    since = clock.today
    pass_days(clock, 27)
    assert OutgoingMail.objects.filter(sent_at__isnull=False).count() == 2
    assert "Nicht bestätigt" not in client.get(address).content.decode()
    pass_days(clock, 1)
    for path in (address, "/de/kontakte/"):
        page = client.get(path).content.decode()
        assert "Nicht bestätigt seit" in page and str(since.year) in page
    row = Verification.objects.get()
    pass_days(clock, 61)
    assert list(Verification.objects.soon_hidden()) == [row]
    assert client.get(address).status_code == 200
    pass_days(clock, 1)
    assert list(Verification.objects.hidden()) == [row]
    assert client.get(address).status_code == 404
    assert client.post(row.link(), {"answer": "right"}).status_code == 200
    page = client.get(address).content.decode()
    assert "von der Person selbst" in page and "Nicht bestätigt" not in page
    record = AuditEntry.objects.order_by("pk").values_list("action", "detail")
    assert [action for action, _detail in record] == ["unpublished", "published"]
    assert all(detail.startswith(f"Prüfung {row.pk}") for _action, detail in record)


def test_no_period_runs_while_the_mail_server_takes_nothing(client, clock, settings):
    row = make_asked()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    pass_days(clock, 3)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    pass_days(clock, 14)
    row.refresh_from_db()
    assert row.reminded_at is None, "the question is not two weeks old yet"
    pass_days(clock, 1)
    row.refresh_from_db()
    assert row.reminded_at
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    row = make_asked(title_de="Zweites", slug="zweites", email="b@example.org")
    pass_days(clock, 16)
    assert row in Verification.objects.by_phone(), "the outbox gave up"


def test_open_changes_of_a_deleted_place_are_shown(client):
    row = make_asked(places=[{"street": "Markt 1", "city": "Elz"}])
    name = f"place-{row.offer.places.get().pk}-street"
    propose(client, row, **{name: "Markt 2"})
    row.offer.places.all().delete()
    row.refresh_from_db()
    [change] = open_changes(row)
    assert change.is_conflict and "gelöscht" in str(change.label)
