from .outbox import OutgoingMail
from .person import ContactPerson, DatedQuerySet, SpokenLanguage, language_name
from .presence import Absence, ContactException, ContactHours

__all__ = [
    "Absence",
    "ContactException",
    "ContactHours",
    "ContactPerson",
    "DatedQuerySet",
    "OutgoingMail",
    "SpokenLanguage",
    "language_name",
]
