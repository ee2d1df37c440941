"""The start page says what needs doing, and each number leads to a list of just so many."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.utils import timezone

from contacts.models import Absence, ContactPerson, Message, OutgoingMail
from offers.models import Offer, SearchTerm, Verification
from tests.factories import make_offer, make_topic
from wirportal.models import JobRun
from wirportal.tasks import SOON

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("starter")]

TASK = re.compile(r'<li(?: class="overdue")?><a href="([^"]+)">([^<]+)</a>: <strong>(\d+)<')
COUNT = re.compile(r'<p class="paginator">.*?(\d+)\s+\w+', re.DOTALL)


@pytest.fixture
def work(starter):
    """Something of everything that can wait, each in another number."""
    now, today = timezone.now(), timezone.localdate()
    Offer.objects.update(verified_on=today, review_due=None)
    offers = [make_offer(slug=f"a-{n}", published=True, verified_on=today) for n in range(12)]
    for offer in offers[:3]:
        Offer.objects.filter(pk=offer.pk).update(review_due=today - timedelta(days=3))
    for offer in offers[3:7]:
        Offer.objects.filter(pk=offer.pk).update(review_due=today + SOON)
    states = [{"asked_at": now, "warned_at": now}] * 2 + [{"answer": "changed", "asked_at": now}]
    states += [{}] * 3 + [{"asked_at": now, "hidden_at": now, "warned_at": now}] * 2
    for offer, state in zip(offers, states, strict=False):
        Verification.objects.create(offer=offer, due_on=today, opened_at=now, **state)
    for n in range(5):
        Message.objects.create(token=f"m{n}", kind="feedback", language="de", text="x")
    Message.objects.filter(token="m0").update(due_on=today - timedelta(days=1))
    SearchTerm.objects.create(term="schwimmbad", language="de")
    for n in range(2):
        mail = OutgoingMail.objects.put(f"k{n}", "x@example.org", "x", "x")
        OutgoingMail.objects.filter(pk=mail.pk).update(given_up=True)
    make_topic(slug="neu")
    Absence.objects.create(person=ContactPerson.objects.first(), first_day=today)


def shown(client):
    html = client.get("/verwaltung/").content.decode()
    return {text: (url.replace("&amp;", "&"), int(n)) for url, text, n in TASK.findall(html)}


def test_each_number_leads_to_a_list_of_so_many(work, staff_client):
    found = shown(staff_client)
    numbers = {text: number for text, (_url, number) in found.items()}
    assert numbers.pop("Lücken: Thema und Kommune ohne Angebot") > 0
    assert numbers == {
        "E-Mails konnten nicht gesendet werden": 2,
        "abwesend ohne Vertretung": 1,
        "offen": 5,
        "überfällig": 1,
        "Antworten von Organisationen, über die Sie entscheiden": 1,
        "bald nicht mehr öffentlich, wenn niemand antwortet": 2,
        "ohne E-Mail: bitte anrufen": 3,
        "verborgen, weil niemand geantwortet hat": 2,
        "öffentliche Angebote: Prüfung überfällig": 3,
        "öffentliche Angebote: Prüfung in den nächsten 30 Tagen": 4,
        "Suchwörter ohne Ergebnis": 1,
    }
    for text, (url, number) in found.items():
        response = staff_client.get(url, follow=True)
        assert response.status_code == 200, text
        assert "e=1" not in response.request["QUERY_STRING"], (
            f"{text}: the list knows no such filter"
        )
        if "changelist" not in url and "abdeckung" not in url:
            count = COUNT.search(response.content.decode())
            assert int(count[1]) == number, text


def test_nobody_is_told_of_what_they_may_not_do(work, client):
    user = User.objects.create_user("u", is_staff=True)
    user.groups.add(Group.objects.get(name="Übersetzung"))
    client.force_login(user)
    assert shown(client) == {}
    assert "dailyjob" not in client.get("/verwaltung/").content.decode()


def test_staff_are_warned_when_the_daily_job_stands_still(staff_client):
    page = "/verwaltung/"
    assert "dailyjob" in staff_client.get(page).content.decode()
    now = timezone.now()
    JobRun.objects.begin("dailyjob", now)
    JobRun.objects.finish("dailyjob", now)
    assert "dailyjob" not in staff_client.get(page).content.decode()
    JobRun.objects.finish("dailyjob", now - timedelta(days=3))
    assert "dailyjob" in staff_client.get(page).content.decode()
