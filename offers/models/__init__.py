"""The overview: what is offered where, for whom, by whom."""

from contacts.models import overdue

from .choices import Cost, Kind, Known
from .offer import Offer, closed
from .organisation import Organisation
from .parts import OfferDate, OfferException, OfferHours, Place
from .search import SearchTerm, SearchText, SearchWord, Synonym
from .taxonomy import HelpNumber, Municipality, TargetGroup, Topic
from .verification import Answer, Outcome, Verification

__all__ = [
    "Answer",
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
    "Outcome",
    "Place",
    "SearchTerm",
    "SearchText",
    "SearchWord",
    "Synonym",
    "TargetGroup",
    "Topic",
    "Verification",
    "closed",
    "overdue",
]
