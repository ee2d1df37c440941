from .outbox import OutgoingMail
from .person import ContactPerson, DatedQuerySet, SpokenLanguage, language_name

__all__ = ["ContactPerson", "DatedQuerySet", "OutgoingMail", "SpokenLanguage", "language_name"]
