"""A year of asking 200 offers, day by day, against a second account of the rules."""

import random
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from io import StringIO

from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from contacts.models import OutgoingMail
from offers import verification
from offers.models import Offer, Verification
from offers.overview import overview
from tests.clock import clock  # noqa: F401  fixture
from tests.factories import (
    make_languages,
    make_organisation,
    make_programme,
    make_topic,
)
from tests.smtp import smtp

OFFERS, DAYS, LETTERS_A_DAY = 200, 365, 20
#: What organisations do; "hand": nobody answers, but staff check the offer themselves.
MANNERS = [
    *("prompt", "slow", "silent", "late", "changes", "gone", "hand", "bounces", "phone"),
    *("nobody", "prompt", "silent"),
]
#: After what, and how many days later they say that all is right.
ANSWERS = {"prompt": "asked", "slow": "reminded", "late": "hidden"}
SOON = {"prompt": 2, "slow": 3, "late": 10}
ENTRY = re.compile(
    r"^(Angebot \d+)\n(?:- .*\n)*\s*Stimmt .*\nhttp://testserver(/pruefen/\S+)$", re.M
)


def days(number):
    return timedelta(days=number)


def months_after(day, months):
    """Return the same day of a later month; written otherwise than in the code, on purpose."""
    number = day.year * 12 + day.month - 1 + months
    for last in (day.day, 30, 29, 28):
        try:
            return date(number // 12, number % 12 + 1, min(day.day, last))
        except ValueError:
            continue


@dataclass
class Expected:
    """What has to be true of one offer, by the rules as docs/editing.md tells them."""

    title: str
    organisation: int
    to: str
    manner: str
    months: int
    due: date | None
    public: bool = True
    round: dict = field(default_factory=dict)

    def is_due(self, today):
        return self.due is None or self.due < today

    def state(self, today):
        if not self.public:
            return "hidden"
        return "marked" if "marked" in self.round and self.is_due(today) else "shown"

    def is_waiting(self, today):
        return not self.round and self.public and self.is_due(today)

    def ask(self, today):
        self.round = {"asked": today, "due": self.due or today}

    def run(self, today):
        """Yield the reminder, if one has to go out on this day."""
        asked = self.round
        if not asked or "answered" in asked:
            return
        if not self.is_due(today):
            self.round = {}
            return
        if not self.to or self.manner == "bounces":
            if today >= asked["asked"] + days(28):
                asked.setdefault("marked", today)
            return
        if "reminded" not in asked and today >= asked["asked"] + days(14):
            asked["reminded"] = today
            yield "erinnerung"
        elif "reminded" in asked and today >= asked["reminded"] + days(14):
            asked.setdefault("marked", today)
            self.go_on(asked, today)

    def go_on(self, asked, today):
        if today >= asked["due"] + days(76):
            asked.setdefault("warned", today)
        if "warned" in asked and today >= max(asked["due"] + days(90), asked["warned"] + days(14)):
            asked.setdefault("hidden", today)
            self.public = self.public and asked["hidden"] != today

    def checked(self, today):
        self.public = self.public or "hidden" in self.round
        self.due, self.round = months_after(today, self.months), {}


def to_ask(offers, today):
    """Return those that are asked about on this day, what is due for longest first."""
    waiting = {}
    for offer in offers:
        if offer.is_waiting(today):
            waiting.setdefault(offer.organisation, []).append(offer)
    since = {key: min(offer.due or date.max for offer in waiting[key]) for key in waiting}
    order = sorted(waiting, key=lambda key: (since[key], key))
    letters = [key for key in order if waiting[key][0].to][:LETTERS_A_DAY]
    calls = [key for key in order if not waiting[key][0].to]
    return [offer for key in letters + calls for offer in waiting[key]]


def mails_of(offers, today):
    """Count the e-mails of this day, as (address, kind, titles)."""
    groups = {}
    for offer in offers:
        for kind in offer.run(today):
            groups.setdefault((offer.to, kind), set()).add(offer.title)
    for offer in to_ask(offers, today):
        offer.ask(today)
        if offer.to:
            groups.setdefault((offer.to, "frage"), set()).add(offer.title)
    return {(*key, frozenset(titles)) for key, titles in groups.items()}


class Site:
    """The real site, through its own addresses."""

    def __init__(self, client, server, clock):
        self.client, self.server, self.clock = client, server, clock
        self.links, self.read = {}, 0
        self.staff = Client()
        self.staff.force_login(User.objects.create_superuser("x", "leitung@example.org", "x"))
        self.verified = []

    def job(self, whole):
        if whole:
            call_command("dailyjob", stdout=StringIO())
        else:
            _counts, failed = verification.run()
            assert not failed
            OutgoingMail.objects.deliver()

    def mails(self):
        """Return (address, kind, titles) of each new e-mail to an organisation."""
        found = []
        for mail in self.server.mails[self.read :]:
            links = ENTRY.findall(mail.get_content().replace("\r\n", "\n"))
            self.links |= dict(links)
            kind = "erinnerung" if mail["Subject"].startswith("Erinnerung") else "frage"
            if links:
                found.append((mail["To"], kind, frozenset(title for title, _path in links)))
            else:
                assert mail["To"] == "leitung@example.org"
        self.read = len(self.server.mails)
        return found

    def answer(self, title, **data):
        assert self.client.post(self.links[title], data).status_code == 200

    def change(self, title):
        path = f"{self.links[title]}aendern/"
        form = self.client.get(path).context["form"]
        data = {name: form[name].value() for name in form.fields if form[name].value()}
        assert (
            self.client.post(
                path, data | {"what_to_bring_de": f"Ausweis ({self.clock.today})"}
            ).status_code
            == 200
        )

    def decide(self, title, button):
        row = Verification.objects.open().get(offer__title_de=title)
        path = reverse("admin:offers_verification_change", args=[row.pk])
        seen = self.staff.get(path).context["seen"]
        assert self.staff.post(path, {button: "all", "seen": seen}).status_code == 302

    def verify_by_hand(self):
        """Let staff tick in the list what they have checked on this day."""
        if self.verified:
            chosen = Offer.objects.filter(title_de__in=self.verified)
            data = {"action": "verify", "_selected_action": [o.pk for o in chosen]}
            assert self.staff.post("/verwaltung/offers/offer/", data).status_code == 302
            self.verified = []

    def states(self):
        """Return {title: state} as the public reads it in the list."""
        found = dict.fromkeys(Offer.objects.values_list("title_de", flat=True), "hidden")
        for page in range(1, 12):
            response = self.client.get("/de/angebote/", {"seite": page})
            if response.status_code == 404:
                return found
            for card in response.content.decode().split('<article class="card offer">')[1:]:
                text = strip_tags(card)
                title = re.search(r"Angebot \d+", text)[0]
                found[title] = "marked" if "Nicht bestätigt seit" in text else "shown"
        return found


def act(site, offer, today):
    """Let an organisation, or staff, do what they do on this day."""
    asked = offer.round
    since = {name: (today - day).days for name, day in asked.items() if name != "answered"}
    if "answered" in asked:
        if today >= asked["answered"] + days(4):
            site.decide(offer.title, "accept")
            if offer.manner == "gone":
                offer.public, offer.round = False, {}
            else:
                offer.checked(today)
    elif since.get(ANSWERS.get(offer.manner), -1) == SOON.get(offer.manner):
        site.answer(offer.title, answer="right")
        offer.checked(today)
    elif offer.manner == "changes" and since.get("asked") == 5:
        site.change(offer.title)
        asked["answered"] = today
    elif offer.manner == "gone" and since.get("asked") == 4:
        site.answer(offer.title, answer="gone", comment="Wir haben aufgehört.")
        asked["answered"] = today
    elif offer.manner == "phone" and since.get("asked") == 40:
        site.decide(offer.title, "reject")
        offer.checked(today)
    elif offer.manner == "hand" and since.get("asked") == 40:
        site.verified.append(offer.title)
        offer.checked(today)


def make_offers(chance, today):
    """Make them all at once: nobody searches here."""
    expected, offers = [], []
    for number in range(1, OFFERS):
        manner = MANNERS[number % len(MANNERS)]
        to = "" if manner in ("phone", "nobody") else f"{manner}-{number}@example.org"
        organisation = make_organisation(name=f"Verein {number}", slug=f"v-{number}", email=to)
        for _each in range(min(chance.randint(1, 6), OFFERS - len(expected))):
            title = f"Angebot {len(expected) + 1}"
            due = chance.choice([None, *[today + days(chance.randint(-120, 300))] * 9])
            months = chance.choice([3, 6, 12])
            expected.append(Expected(title, number, to, manner, months, due))
            values = {"verified_on": today - days(150), "review_due": due} if due else {}
            values |= {"title_de": title, "title": title, "summary_de": "Lernen."}
            values |= {"slug": f"angebot-{len(expected)}", "organisation": organisation}
            offers.append(
                Offer(**values, phone="06431/296-0", review_months=months, published=True)
            )
    topic = make_topic()
    for offer in Offer.objects.bulk_create(offers):
        offer.topics.through.objects.create(offer=offer, topic=topic)
    return expected


def test_a_year_ends_as_the_rules_say_and_no_mail_is_missing_or_sent_twice(
    db, client, settings, clock
):
    settings.SESSION_COOKIE_AGE = 2 * 365 * 24 * 3600  # staff stay signed in all year
    make_languages("de")
    make_programme()
    chance = random.Random(7)
    offers = make_offers(chance, clock.today)
    letters = Counter()
    with smtp(settings, bounces=["bounces-"]) as server:
        site = Site(client, server, clock)
        for number in range(DAYS):
            today = clock.today
            if number % 17 not in (5, 6, 7):  # the machine was off
                expected = mails_of(offers, today)
                letters[today] = sum(kind == "frage" for _to, kind, _titles in expected)
                expected = Counter(mail for mail in expected if not mail[0].startswith("bounces"))
                for _again in range(1 + (number % 5 == 0)):
                    site.job(whole=number % 30 == 0)
                assert Counter(site.mails()) == expected, number
            for offer in offers:
                act(site, offer, today)
            site.verify_by_hand()
            if number % 60 == 59 or number == DAYS - 1:
                wanted = {offer.title: offer.state(today) for offer in offers}
                assert site.states() == wanted, number
            clock.pass_days(1)
    assert max(letters.values()) == LETTERS_A_DAY, "the first days"
    assert {"shown", "marked", "hidden"} == set(wanted.values())
    assert not OutgoingMail.objects.waiting()
    assert overview().ids, "something is still public"
