from modeltranslation.translator import TranslationOptions, register

from languages.records import keep_history

from .models import (
    HelpNumber,
    Municipality,
    Offer,
    OfferDate,
    OfferException,
    OfferHours,
    Organisation,
    Place,
    Synonym,
    TargetGroup,
    Topic,
)


@register(Topic)
class TopicTranslation(TranslationOptions):
    fields = ["name", "description"]


@register(TargetGroup)
class TargetGroupTranslation(TranslationOptions):
    fields = ["name"]


@register(HelpNumber)
class HelpNumberTranslation(TranslationOptions):
    fields = ["name", "note"]


@register(Organisation)
class OrganisationTranslation(TranslationOptions):
    fields = ["about"]


@register(Offer)
class OfferTranslation(TranslationOptions):
    fields = [
        *("title", "summary", "how_it_works", "what_to_bring", "cost_note"),
        *("registration_note", "closed_reason", "contact_role"),
    ]


# After the translated columns exist, or their history would not be kept. When something was
# modified, its history knows by itself; the daily job's mark is nobody's edit.
keep_history(
    Offer,
    app="offers",
    excluded_fields=["modified", "unconfirmed_since"],
    m2m_fields=["topics", "target_groups", "municipalities", "spoken_languages"],
)
keep_history(Organisation, app="offers", excluded_fields=["modified"])
for model in (
    *(Topic, TargetGroup, HelpNumber, Municipality, Synonym),
    *(Place, OfferHours, OfferException, OfferDate),
):
    keep_history(model, app="offers")
