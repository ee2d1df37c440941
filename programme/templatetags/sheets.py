"""Rows of a sheet: the reader's language, German beside it, and what needs no language."""

from itertools import zip_longest

from django import template
from django.template.base import token_kwargs
from django.utils import translation
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, gettext

from languages.registry import SOURCE
from languages.templatetags.languages import shown_text, text

from ..sheets import blocks_of, shortened

register = template.Library()


@register.tag
def pair(parser, token):
    """{% pair size=2 share=.7 %}…{% aside %}…{% endpair %}: a row, once more in German.

    What stands after {% aside %} is written once: under both, or beside them when they have only
    a share of the width.
    """
    options = token_kwargs(token.split_contents()[1:], parser)
    texts = parser.parse(("aside", "endpair"))
    aside = template.NodeList()
    if parser.next_token().contents == "aside":
        aside = parser.parse(("endpair",))
        parser.delete_first_token()
    return PairNode(texts, aside, options)


class PairNode(template.Node):
    child_nodelists = ("texts", "aside")

    def __init__(self, texts, aside, options):
        self.texts, self.aside, self.options = texts, aside, options

    def render(self, context):
        options = {name: value.resolve(context) for name, value in self.options.items()}
        sheet, own, german = context.request.sheet, self.texts.render(context).strip(), ""
        if own and sheet.is_bilingual:
            with translation.override(SOURCE):
                german = self.texts.render(context).strip()
        aside = self.aside.render(context).strip()
        if not (own or aside) or not sheet.take(own, german, aside, **options):
            return ""
        parts = map(mark_safe, (own, german, aside))
        return row(sheet, *parts, kind="pair three" if "share" in options else "pair")


@register.simple_block_tag
def in_german(content):
    """{% in_german %}: what stands inside is rendered in German."""
    return content


def row(sheet, own, german="", aside="", kind="pair"):
    if sheet.is_bilingual:
        german = format_html('<div lang="{}" dir="ltr">{}</div>', SOURCE, german)
    if aside:
        aside = format_html('<div class="aside">{}</div>', aside)
    return format_html('<div class="{}"><div>{}</div>{}{}</div>\n', kind, own, german, aside)


@register.simple_tag(takes_context=True)
def prose(context, obj, field, title=""):
    """A rich text, paragraph by paragraph, as far as it fits; `title` is in German."""
    sheet, code = context.request.sheet, get_language()
    text(context, obj, field)  # notes what the reader has to be told
    texts = [shown_text(obj, field, each) for each in dict.fromkeys((code, SOURCE))]
    if title and texts[-1]:
        titles = (gettext(title), title)
        texts = [f"<h2>{name}</h2>{html}" for name, html in zip(titles, texts, strict=False)]
    rows = []
    for parts in zip_longest(*map(blocks_of, texts), fillvalue=""):
        short = tuple(map(shortened, parts))
        if not sheet.take(*short):
            break
        rows.append(row(sheet, *map(mark_safe, short)))
        sheet.is_cut = sheet.is_cut or short != parts
    return mark_safe("".join(rows))  # noqa: S308  rows


@register.simple_tag
def sheet_url(page, paper):
    return f"{page}{'&' if '?' in page else '?'}blatt={paper}"


@register.simple_tag(takes_context=True)
def all_is_not_here(context):
    """Say in the foot that there is more."""
    context.request.sheet.is_cut = True
    return ""
