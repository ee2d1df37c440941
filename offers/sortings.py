"""What offers are sorted by, whom to ask and whom to call: the same on many pages."""

from functools import lru_cache

from django.db.models import IntegerField, Value
from django.utils import timezone
from django.utils.translation import get_language

from contacts.models import ContactPerson, SpokenLanguage
from languages.readers import attach_states
from programme.site import version_of

from .models import HelpNumber, Municipality, Offer, TargetGroup, Topic


class Sortings:
    """What the pages of one language share, until the content or the day changes."""

    def __init__(self):
        self.topics = list(Topic.objects.for_reader())
        self.groups = list(TargetGroup.objects.for_reader())
        self.towns = list(Municipality.objects.all())
        self.spoken = list(SpokenLanguage.objects.all())
        self.numbers = list(HelpNumber.objects.for_reader())
        attach_states(*self.topics, *self.groups, *self.numbers)
        self.guides = {}

    def chosen_for(self, offer):
        """Return the topics, target groups, municipalities and languages of an offer: one query."""
        queries = [
            relation.through.objects.filter(offer=offer.pk)
            .order_by()
            .values_list(Value(number, IntegerField()), relation.field.m2m_reverse_name())
            for number, relation in enumerate(
                (Offer.topics, Offer.target_groups, Offer.municipalities, Offer.spoken_languages)
            )
        ]
        chosen = set(queries[0].union(*queries[1:], all=True))
        every = (self.topics, self.groups, self.towns, self.spoken)
        return [
            [obj for obj in objects if (number, obj.pk) in chosen]
            for number, objects in enumerate(every)
        ]

    def topics_of(self, overview, ids):
        """Return the topics of any of these public offers."""
        mask = overview.mask(ids)
        return [t for t in self.topics if overview.masks.get(("thema", t.slug), 0) & mask]

    def guide(self, topic, presence):
        """Return the contact person who advises on a topic, or on all of them."""
        own = topic and topic.contact_id
        if own not in self.guides:
            contacts = ContactPerson.objects.for_reader()
            people = contacts.published().prefetch_related("spoken_languages")
            found = (own and people.filter(pk=own).first()) or contacts.guide(presence)
            attach_states(*filter(None, [found]))
            self.guides[own] = found
        return self.guides[own]


@lru_cache(maxsize=32)
def kept_sortings(version, code, day):
    return Sortings()


def sortings_of(request):
    """Return the `Sortings` of this day and language."""
    return kept_sortings(version_of(request), get_language(), timezone.localdate())
