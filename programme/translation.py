from modeltranslation.translator import TranslationOptions, register

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
