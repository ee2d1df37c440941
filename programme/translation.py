from modeltranslation.translator import TranslationOptions, register

from languages.records import keep_history

from .models import Area, Page, Programme, Publication


@register(Programme)
class ProgrammeTranslation(TranslationOptions):
    fields = ["name", "title", "summary", "body", "overview"]


@register(Area)
class AreaTranslation(TranslationOptions):
    fields = ["title", "audience", "task", "body"]


@register(Publication)
class PublicationTranslation(TranslationOptions):
    fields = ["title", "summary"]


@register(Page)
class PageTranslation(TranslationOptions):
    fields = ["title", "summary", "body"]


# After the translated columns exist, or their history would not be kept.
for model in (Programme, Area, Publication, Page):
    keep_history(model, app="programme")
