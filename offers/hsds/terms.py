"""What services are sorted by: topics, target groups, and properties that are known to be so."""

from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from languages.readers import attach_states
from languages.templatetags.languages import plain

from ..models import Known, Offer, TargetGroup, Topic
from ..models.choices import GermanLevel
from .ids import numbered, part
from .texts import known, translation_of

TEXTS = {"name": "name", "description": "description"}


@dataclass(frozen=True)
class Property:
    """Something that an offer has or has not; the value is the one that says it has."""

    code: str
    label: str
    column: str
    value: object = True

    def holds_for(self, offer):
        return getattr(offer, self.column) == self.value

    @property
    def uuid(self):
        return part(numbered("taxonomy", 3), self.code)

    @property
    def condition(self):
        return Q(**{self.column: self.value})


PROPERTIES = [
    Property("online", gettext_lazy("online"), "online"),
    Property("by-phone", gettext_lazy("am Telefon"), "by_phone"),
    Property("outreach", gettext_lazy("Das Angebot kommt zu Ihnen."), "outreach"),
    Property("women-only", gettext_lazy("nur für Frauen"), "women_only"),
    Property("childcare", gettext_lazy("mit Kinderbetreuung"), "childcare", Known.YES),
    Property(
        "any-residence-status",
        gettext_lazy("egal welcher Aufenthaltsstatus"),
        "residence_independent",
        Known.YES,
    ),
    Property(
        "no-german-needed",
        gettext_lazy("ohne Deutschkenntnisse"),
        "german_level",
        GermanLevel.NONE,
    ),
]


def taxonomies():
    names = [
        (_("Themen"), _("Worum es bei einem Angebot geht.")),
        (_("Zielgruppen"), _("Für wen ein Angebot ist.")),
        (_("Eigenschaften"), _("Was über ein Angebot sicher bekannt ist.")),
    ]
    return [
        {"id": numbered("taxonomy", number), "name": name, "description": description}
        for number, (name, description) in enumerate(names, start=1)
    ]


def topic_term(topic):
    return term(1, topic, plain(topic, "description")) | {
        "term_uri": settings.SITE_URL + topic.get_absolute_url()
    }


def group_term(group):
    return term(2, group)


def term(taxonomy, sorting, description=""):
    name = plain(sorting, "name")
    return {
        "id": sorting.uuid,
        "code": sorting.slug,
        "name": name,
        "description": description or name,
        "taxonomy_id": numbered("taxonomy", taxonomy),
    }


def property_term(found):
    name = str(found.label)
    return {
        "id": found.uuid,
        "code": found.code,
        "name": name,
        "description": name,
        "taxonomy_id": numbered("taxonomy", 3),
    }


def all_terms():
    topics, groups = list(Topic.objects.for_reader()), list(TargetGroup.objects.for_reader())
    attach_states(*topics, *groups)
    return [
        *(topic_term(t) | known(translation=translation_of(t, TEXTS)) for t in topics),
        *(group_term(g) | known(translation=translation_of(g, {"name": "name"})) for g in groups),
        *map(property_term, PROPERTIES),
    ]


def attributes(offer):
    terms = [
        *(("topic", topic_term(topic)) for topic in offer.topics.all()),
        *(("target_group", group_term(group)) for group in offer.target_groups.all()),
        *(("property", property_term(one)) for one in PROPERTIES if one.holds_for(offer)),
    ]
    return [
        {
            "id": part(offer.uuid, "attribute", found["id"]),
            "link_id": offer.uuid,
            "link_entity": "service",
            "link_type": kind,
            "taxonomy_term_id": found["id"],
            "taxonomy_term": found,
        }
        for kind, found in terms
    ]


def having(relation, **wanted):
    return Q(pk__in=relation.through.objects.filter(**wanted).values("offer_id"))


def with_term(uuid):
    """Return the condition for the offers that have this term."""
    found = having(Offer.topics, topic__uuid=uuid)
    found |= having(Offer.target_groups, targetgroup__uuid=uuid)
    return next((one.condition for one in PROPERTIES if one.uuid == uuid), found)


def with_taxonomy(uuid):
    """Return the condition for the offers that have any term of this taxonomy."""
    return {
        numbered("taxonomy", 1): having(Offer.topics),
        numbered("taxonomy", 2): having(Offer.target_groups),
        numbered("taxonomy", 3): reduce(or_, (one.condition for one in PROPERTIES)),
    }.get(uuid, Q(pk__in=[]))
