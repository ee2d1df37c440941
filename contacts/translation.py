from modeltranslation.translator import TranslationOptions, register

from .models import ContactPerson


@register(ContactPerson)
class ContactPersonTranslation(TranslationOptions):
    fields = ["role", "duties", "photo_text"]
