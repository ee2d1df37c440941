"""Fictional offers for trying out and measuring; every title and every name says so."""

import json
import uuid
from datetime import datetime, time, timedelta
from functools import cached_property
from pathlib import Path
from random import Random
from typing import NamedTuple

from django.utils import timezone
from modeltranslation.utils import build_localized_fieldname

from contacts.models import SpokenLanguage
from languages.registry import REGISTRY, SOURCE

from .models import Municipality, Offer, Organisation, TargetGroup, Topic
from .models.parts import OfferDate, OfferException, OfferHours, Place

MATERIAL = Path(__file__).with_name("sample")
#: Together with its UUID, this says that an offer may go again. Staff who make a real offer of one
#: change its source, and then it stays.
MADE_HERE = "Beispieldaten (sampledata)"
#: Version 8 (RFC 9562) holds a content of our own: no other UUID ever falls in between, and no
#: form changes one.
FIRST = uuid.UUID("be15b1e1-5a3f-8c0d-8000-000000000000")
LAST = uuid.UUID("be15b1e1-5a3f-8c0d-bfff-ffffffffffff")
MOST = 200_000
LAST_SEED = 2**30 - 1
OFFERS_OF_AN_ORGANISATION = 8
REGISTRATION = {"come": "none", "register": "registration", "appoint": "appointment", "call": ""}
AGES = {"kinder-jugendliche": (12, 21), "aeltere": (60, None)}
SOCIABLE = {"course", "group", "online"}
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
HOURS = {
    "morning": ((9, 12), (8, 12), (10, 12)),
    "afternoon": ((14, 16), (13, 17), (15, 18)),
    "evening": ((18, 20), (17, 20), (19, 21)),
}


class Draft(NamedTuple):
    offer: Offer
    related: dict
    parts: list


def available():
    """Return the codes of the languages for which there is material."""
    return [code for code in REGISTRY if (MATERIAL / f"{code}.json").exists()]


def read(name):
    return json.loads((MATERIAL / f"{name}.json").read_text(encoding="utf-8"))


def number_uuid(seed, number):
    return uuid.UUID(int=FIRST.int + (seed << 32) + number)


def made(model):
    """Return what was made here, also with another seed; staff may have changed it since."""
    return model.objects.filter(uuid__range=(FIRST, LAST))


def random(*key):
    """Return random numbers that are the same for the same key on every machine."""
    return Random(":".join(map(str, key)))  # noqa: S311  nothing here is secret


def chance(rng, percent):
    return rng.random() * 100 < percent


def known(rng, *values):
    """Return one of the values, or "" for what nobody knows."""
    return rng.choice(values) if chance(rng, 60) else ""


def some(rng, rows, least, most):
    return rng.sample(rows, min(len(rows), rng.randint(least, most)))


def ordered(texts, keys):
    return f"<ol>{''.join(f'<li><p>{texts[key]}</p></li>' for key in keys)}</ol>"


def listed(text, things):
    return text["comma"].join(text["bring"][thing] for thing in things)


def phone(rng):
    """Return one of the numbers that are reserved for films: nobody ever has them."""
    form = rng.choice(("030 23125{:03}", "030/23125-{:03}", "+49 30 23125{:03}"))
    return form.format(rng.randrange(1000))


def slots(rng, timing):
    """Return {weekday: (opens, closes)} that fit the time in the title."""
    on_one_day = timing in WEEKDAYS
    days = [WEEKDAYS.index(timing)] if on_one_day else some(rng, range(5), 1 if timing else 0, 5)
    times = HOURS.get(timing) or HOURS["morning"] + HOURS["afternoon"]
    return {day: rng.choice(times) for day in days}


class Sample:
    """Makes the offers of one seed, one by one: each number is always the same offer."""

    def __init__(self, seed, codes):
        self.seed = seed
        self.plan = read("kinds")
        self.texts = {code: read(code) for code in codes}
        self.today = timezone.localdate()
        self.topics = {topic.slug: topic for topic in Topic.objects.all()}
        self.groups = {group.slug: group for group in TargetGroup.objects.all()}
        self.municipalities = list(Municipality.objects.order_by("ags"))
        self.spoken = list(SpokenLanguage.objects.order_by("code"))

    @cached_property
    def kinds(self):
        """Those with a topic that there is, in the order in which they take turns."""
        found = [kind for kind in self.plan["kinds"].items() if self.topics_of(kind[1])]
        random(self.seed, "kinds").shuffle(found)
        return found

    def topics_of(self, kind):
        return [self.topics[slug] for slug in kind["topics"] if slug in self.topics]

    def organisation(self, number):
        rng = random(self.seed, "organisation", number)
        kind, word = rng.choice(list(self.plan["organisations"].items()))
        municipality = rng.choice(self.municipalities)
        organisation = Organisation(
            uuid=number_uuid(self.seed, number),
            slug=f"beispiel-stelle-{self.seed}-{number + 1}",
            name=f"{word} {rng.choice(self.plan['towns'])} {number + 1}",
            kind=kind,
            municipality=municipality,
            street=f"Beispielweg {rng.randint(1, 99)}",
            postal_code=f"00{municipality.ags[-3:]}",
            city=municipality.name,
            phone=phone(rng),
            email=f"stelle-{number + 1}@example.org",
            web="https://beispiel.example.org/",
            published=True,
        )
        self.write(organisation, "about", lambda text: text["organisation"])
        return organisation

    def organisation_number(self, number):
        """Return who makes an offer: one that exists by then, however many offers follow."""
        newest, first = divmod(number, OFFERS_OF_AN_ORGANISATION)
        rng = random(self.seed, "whose", number)
        return rng.randint(max(0, newest - 40), newest) if first else newest

    def draft(self, number, organisation):
        """Return the offer with this number."""
        rng = random(self.seed, number)
        key, kind = self.kinds[number % len(self.kinds)]
        place = rng.choice(self.municipalities)
        timing = self.maybe(rng, "times", 70 if "time" in kind else 0)
        audience = self.maybe(rng, "audiences", 50 if "audience" in kind else 0)
        offer = Offer(organisation=organisation, source=MADE_HERE, published=chance(rng, 97))
        offer.uuid = number_uuid(self.seed, number)
        offer.slug = f"beispiel-{key}-{self.seed}-{number + 1}"
        self.describe(offer, rng, key, kind, place, timing, audience)
        self.explain(offer, rng, kind)
        self.fill(offer, rng, kind, audience)
        self.reach(offer, rng, number)
        self.review(offer, rng)
        related = self.related(offer, rng, kind, place, audience)
        return Draft(offer, related, list(self.parts(offer, rng, kind, place, timing)))

    def maybe(self, rng, texts, percent):
        return rng.choice(list(self.texts[SOURCE][texts])) if chance(rng, percent) else None

    def write(self, obj, field, text_of):
        """Set a field in every language; `text_of` gets the material of one."""
        for code, text in self.texts.items():
            setattr(obj, build_localized_fieldname(field, code), text_of(text))

    def pick(self, obj, field, rng):
        """Set a field to one of its ready texts."""
        key = rng.choice(list(self.texts[SOURCE][field]))
        self.write(obj, field, lambda text: text[field][key])

    def describe(self, offer, rng, key, kind, place, timing, audience):
        level = rng.choice(["", "A1", "A2", "B1", "B2"]) if "levels" in kind else ""
        hidden = "confidential" in kind or "online" in kind
        where = "" if hidden else f" – {place.name}"
        extra = rng.choice(
            ["small", "children", "tea", "all"]
            if kind["steps"] in SOCIABLE
            else ["no-german", "listen", "all"]
        )
        offer.german_level = level or ("none" if extra == "no-german" else known(rng, "none", "A1"))

        def title(text):
            name = " ".join(filter(None, (text["kinds"][key][0], level)))
            more = (text["audiences"].get(audience), text["times"].get(timing))
            return f"{text['word']}: {text['comma'].join(filter(None, (name, *more)))}{where}"

        self.write(offer, "title", title)
        self.write(
            offer,
            "summary",
            lambda text: f"{text['kinds'][key][1]} {text['extras'][extra]} {text['invented']}",
        )

    def explain(self, offer, rng, kind):
        steps = rng.choice(self.plan["steps"][kind["steps"]]).split()
        offer.registration = REGISTRATION[steps[0]]
        if chance(rng, 80):
            self.write(offer, "how_it_works", lambda text: ordered(text["steps"], steps))
        if kind.get("bring") and chance(rng, 70):
            self.write(offer, "what_to_bring", lambda text: listed(text, kind["bring"]))

    def fill(self, offer, rng, kind, audience):
        offer.women_only = "women_only" in kind or (audience == "frauen" and chance(rng, 60))
        offer.age_from, offer.age_to = kind.get("ages") or AGES.get(audience, (None, None))
        offer.confidential_address = "confidential" in kind
        offer.online = "online" in kind or chance(rng, 4)
        offer.by_phone = "by_phone" in kind or chance(rng, 15)
        offer.outreach = "outreach" in kind
        offer.childcare = "yes" if "childcare" in kind else known(rng, "yes", "no", "no")
        offer.whole_district = "confidential" in kind or offer.online or chance(rng, 15)
        offer.residence_independent = known(rng, "yes", "yes", "no")
        offer.interpreter = known(rng, "yes", "on_request", "on_request", "no")
        for field in ("step_free", "accessible_toilet", "induction_loop"):
            setattr(offer, field, known(rng, "yes", "no"))
        offer.cost = rng.choices(["free", "paid", ""], [65, 20, 15])[0]
        if offer.cost == "paid":
            self.pick(offer, "cost_note", rng)

    def reach(self, offer, rng, number):
        offer.phone = phone(rng) if chance(rng, 80) else ""
        offer.email = f"beispiel-{number + 1}@example.org" if chance(rng, 60) else ""
        offer.web = f"https://beispiel.example.org/{offer.slug}" if chance(rng, 50) else ""
        if chance(rng, 40):
            offer.contact_name = f"Beispielperson {rng.randint(1, 999)}"
            self.pick(offer, "contact_role", rng)
        if offer.registration == "registration":
            self.pick(offer, "registration_note", rng)
            link = f"https://beispiel.example.org/anmeldung/{number + 1}"
            offer.registration_link = link if chance(rng, 30) else ""
        if chance(rng, 3):
            offer.closed = True
            offer.closed_until = self.day(rng, 1, 90) if chance(rng, 50) else None
            self.pick(offer, "closed_reason", rng)

    def day(self, rng, first, last):
        return self.today + timedelta(days=rng.randint(first, last))

    def review(self, offer, rng):
        overdue = chance(rng, 10)
        if chance(rng, 70):
            offer.verified_on = self.day(rng, -300, -200) if overdue else self.day(rng, -180, 0)
            offer.verified_by = "Beispielperson"
            offer.review_due = self.day(rng, -60, -1) if overdue else self.day(rng, 1, 365)
        offer.by_appointment = offer.registration == "appointment"
        offer.on_holidays = known(rng, "yes", "no", "no", "no")
        offer.valid_from = self.day(rng, -400, 30) if chance(rng, 5) else None
        offer.valid_to = self.day(rng, 31, 365) if chance(rng, 10) else None

    def related(self, offer, rng, kind, place, audience):
        """Return {field: rows} of what an offer is sorted by."""
        first, *more = self.topics_of(kind)
        wanted = {audience, *kind.get("groups", []), *some(rng, list(self.groups), 0, 2)}
        towns = {place, *some(rng, self.municipalities, 0, rng.choice((0, 0, 3)))}
        return {
            "topics": [first, *(topic for topic in more if chance(rng, 60))],
            "target_groups": [row for slug, row in self.groups.items() if slug in wanted],
            "municipalities": [] if offer.whole_district else towns,
            "spoken_languages": some(rng, self.spoken, 1, 5) if chance(rng, 85) else [],
        }

    def parts(self, offer, rng, kind, place, timing):
        for _number in range(rng.choices([0, 1, 2], [10, 80, 10])[0]):
            yield Place(
                offer=offer,
                name=f"Beispielhaus {rng.randint(1, 99)}" if chance(rng, 40) else "",
                street=f"Beispielweg {rng.randint(1, 99)}",
                postal_code=f"00{place.ags[-3:]}",
                city=place.name,
                municipality=place,
            )
        for weekday, (opens, closes) in slots(rng, timing).items():
            yield OfferHours(offer=offer, weekday=weekday, opens=time(opens), closes=time(closes))
        if chance(rng, 10):
            first = self.day(rng, -5, 60)
            last = first + timedelta(days=rng.randint(0, 14))
            reason = rng.choice(["holidays", "illness", "event", ""])
            yield OfferException(offer=offer, first_day=first, last_day=last, reason=reason)
        for _number in range(rng.randint(1, 3) if "dates" in kind else 0):
            starts = datetime.combine(self.day(rng, 1, 120), time(rng.randint(10, 18)))
            starts = timezone.make_aware(starts)
            yield OfferDate(offer=offer, starts=starts, ends=starts + timedelta(hours=2))
