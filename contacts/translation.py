from modeltranslation.translator import TranslationOptions, register

from languages.records import keep_history

from .models import Absence, ContactException, ContactHours, ContactPerson


@register(ContactPerson)
class ContactPersonTranslation(TranslationOptions):
    fields = ["role", "duties", "photo_text"]


# After the translated columns exist, or their history would not be kept.
keep_history(
    ContactPerson,
    app="contacts",
    m2m_fields=["areas", "spoken_languages"],
    excluded_fields=["unconfirmed_since"],  # the daily job's mark: nobody's edit
)
for model in (Absence, ContactException, ContactHours):
    keep_history(model, app="contacts")
