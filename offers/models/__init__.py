"""The overview: what is offered where, for whom, by whom."""

from .choices import Cost, Kind, Known
from .offer import Offer, closed, overdue
from .organisation import Organisation
from .parts import OfferDate, OfferException, OfferHours, Place
from .search import SearchTerm, SearchText, SearchWord, Synonym
from .taxonomy import HelpNumber, Municipality, TargetGroup, Topic

__all__ = [
    "Cost",
    "HelpNumber",
    "Kind",
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
    "closed",
    "overdue",
]
