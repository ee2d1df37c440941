"""The overview: what is offered where, for whom, by whom."""

from .choices import Known
from .offer import Offer
from .organisation import Organisation
from .parts import OfferDate, OfferException, OfferHours, Place
from .search import SearchTerm, SearchText, SearchWord, Synonym
from .taxonomy import HelpNumber, Municipality, TargetGroup, Topic

__all__ = [
    "HelpNumber",
    "Known",
    "Municipality",
    "Offer",
    "OfferDate",
    "OfferException",
    "OfferHours",
    "Organisation",
    "Place",
    "SearchTerm",
    "SearchText",
    "SearchWord",
    "Synonym",
    "TargetGroup",
    "Topic",
]
