"""Staff's side of the overview."""

from .offer import OfferAdmin
from .organisation import OrganisationAdmin
from .search import SearchTermAdmin, SynonymAdmin
from .taxonomy import HelpNumberAdmin, MunicipalityAdmin, TargetGroupAdmin, TopicAdmin
from .verification import VerificationAdmin

__all__ = [
    "HelpNumberAdmin",
    "MunicipalityAdmin",
    "OfferAdmin",
    "OrganisationAdmin",
    "SearchTermAdmin",
    "SynonymAdmin",
    "TargetGroupAdmin",
    "TopicAdmin",
    "VerificationAdmin",
]
