"""What an organisation is asked, what it may answer, and what staff make of it."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts.models import OutgoingMail, later
from offers import verification
from offers.models import Offer, Outcome, Verification
from offers.models.verification import SIGNER
from offers.verification_facts import facts
from tests.clock import clock  # noqa: F401  fixture
from tests.factories import (
    make_contact,
    make_offer,
    make_organisation,
    make_target_group,
)
from tests.hostile import TEXTS
from tests.offers.verifications import (  # noqa: F401
    decide,
    editor_client,
    link,
    make_asked,
    propose,
    site,
)
from wirportal.models import AuditEntry

pytestmark = [pytest.mark.both_databases, pytest.mark.django_db]


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


def test_a_letter_tells_all_that_the_organisation_is_asked_to_confirm():
    known = {
        "how_it_works_de": "<ol><li><p>Anrufen</p></li><li><p>Kommen</p></li></ol>",
        "what_to_bring_de": "Ausweis",
        "target_groups": [make_target_group(name_de="Familien")],
        "age_from": 6,
        "women_only": True,
        "cost": "free",
        "cost_note_de": "nur das Essen",
        "step_free": "yes",
        "by_appointment": True,
        "closed": True,
        "closed_reason_de": "Umbau",
    }
    row = make_asked(**known)
    body = OutgoingMail.objects.get().body
    for line in (
        "So geht es: Anrufen Kommen",
        "Was mitbringen?: Ausweis",
        "Zielgruppen: Familien",
        "Für Menschen ab … Jahren: 6",
        "Nur für Frauen: ja",
        "Mehr zu den Kosten: nur das Essen",
        "Ohne Stufen erreichbar: ja",
        "Zeiten nach Vereinbarung: ja",
        "Grund der Schließung: Umbau",
    ):
        assert f"- {line}\n" in body
    assert "Kinderbetreuung" not in body, "nobody knows"
    assert dict(facts(row.entry))["Kosten"] == row.offer.get_cost_display()


def test_only_so_many_organisations_are_asked_on_one_day_the_longest_due_first(clock, monkeypatch):
    monkeypatch.setattr(verification, "LETTERS_A_DAY", 2)
    checked = {"verified_on": clock.today - timedelta(days=400)}
    for number, days in enumerate((None, 1, 30, None, 5)):
        due = checked | {"review_due": clock.today - timedelta(days=days)} if days else {}
        organisation = make_organisation(name=f"V{number}", email=f"v{number}@example.org")
        for title in ("A", "B"):
            make_offer(title_de=title, organisation=organisation, **due)
    make_offer(title_de="Ohne Adresse", organisation=make_organisation())
    sent = []
    for _day in range(4):
        for _again in range(2):
            verification.run()
        found = OutgoingMail.objects.filter(created_at=clock.now, key__contains="-frage-")
        sent.append([mail.to[:2] for mail in found.order_by("pk")])
        clock.pass_days(1)
    assert sent == [["v2", "v4"], ["v1", "v0"], ["v3"], []]
    assert Verification.objects.by_phone().get().opened_at.date() == clock.today - timedelta(days=4)


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


def test_no_hostile_text_breaks_the_answer(client):
    row = make_asked()
    for text in TEXTS[:40]:
        response = propose(client, row, summary_de=text, hours=text, phone=text)
        assert response.status_code in (200, 400)
        Verification.objects.update(answer="", proposal={})


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
