from .message import Message
from .outbox import OutgoingMail
from .person import ContactPerson, DatedQuerySet, SpokenLanguage, language_name
from .presence import Absence, ContactException, ContactHours
from .review import CHECK, Reviewed, Source, later, overdue

__all__ = [
    "CHECK",
    "Absence",
    "ContactException",
    "ContactHours",
    "ContactPerson",
    "DatedQuerySet",
    "Message",
    "OutgoingMail",
    "Reviewed",
    "Source",
    "SpokenLanguage",
    "language_name",
    "later",
    "overdue",
]
