"""Texts of the database in the reader's language, honest about where they come from."""

import re
from functools import lru_cache

from babel.lists import format_list
from django import template
from django.conf import settings
from django.template.defaultfilters import linebreaksbr
from django.utils.html import escape, format_html
from django.utils.safestring import mark_safe
from django.utils.translation import get_language

from ..fields import RichTextField
from ..registry import REGISTRY, SOURCE, cldr_locale
from ..translatable import PLACEHOLDER

register = template.Library()

#: Tags, character references and placeholders: what is not a translated text.
NOT_WORDS = re.compile(r"(<[^<>]*>|&#?\w+;|\[\[[^<>\[\]]+\]\])")
LETTERS = "A-Za-zÄÖÜäöüß"
WORD = f"[{LETTERS}][{LETTERS}0-9]*"
#: A name in Latin letters with its abbreviations and brackets: "Musterstadt a. d. Muster", "A1/B2".
#: An address is one as well: its parts would stand in the wrong order.
LATIN = re.compile(
    rf"{WORD}(?:[/@_:-]+[{LETTERS}0-9]+|(?:[ /-]+|\. ?){WORD})*(?: \([{LETTERS} ]+\))?"
)
GERMAN = {SOURCE, "de-simple"}


@lru_cache
def is_rich_field(model, field):
    return isinstance(model._meta.get_field(field), RichTextField)


def is_rich(obj, field):
    return is_rich_field(type(obj), field)


def mark_parts(html, *, german_names):
    """Mark placeholders and, on demand, names that stay in Latin script, outside of tags.

    Within <bdi lang="de"> a voice reads a name as German, and a bracket after it stays on its
    right side.
    """
    if not german_names and "[[" not in html:
        return html
    parts = NOT_WORDS.split(html)
    for number, part in enumerate(parts):
        if PLACEHOLDER.fullmatch(part):
            parts[number] = PLACEHOLDER.sub(r'<mark lang="de" dir="ltr">[\1]</mark>', part)
        elif german_names and number % 2 == 0:
            parts[number] = LATIN.sub(r'<bdi lang="de">\g<0></bdi>', part)
    return "".join(parts)


def shown_text(obj, field, code):
    """Return one text as HTML, with its placeholders and German names marked."""
    stored = obj.text(field, code)
    has_lines = "\n" in stored or "\r" in stored
    plain_text = linebreaksbr if has_lines else escape  # which most are: a third of the time
    html = stored if is_rich(obj, field) else plain_text(stored)
    return mark_parts(html, german_names=not REGISTRY[code].is_latin)


def german_part(obj, field, css_class=""):
    tag = "div" if is_rich(obj, field) else "span"
    html = shown_text(obj, field, SOURCE)
    return f'<{tag}{css_class} lang="{SOURCE}" dir="ltr">{html}</{tag}>'


def is_bilingual(request):
    """Whether the reader asked for German beside the own language."""
    return get_language() != SOURCE and bool(request) and request.GET.get("zweisprachig") == "1"


@register.simple_tag(takes_context=True)
def text(context, obj, field):
    """Show a translated field; German that stands in for it is marked as German.

    Within {% notices %} it also notes what the reader has to be told about this text, and puts
    German beside it for those who asked for that.
    """
    code = get_language()
    own = bool(obj.text(field, code))
    if not own and not obj.text(field, SOURCE):
        return ""
    html = shown_text(obj, field, code) if own else german_part(obj, field)
    # On the request, since {% include … only %} hides the rest of the context.
    if noted := getattr(context.request, "noted", None):
        noted["untranslated"] |= not own
        if own and code != SOURCE:
            noted["machine"] |= field in obj.unreviewed
            noted["outdated"] |= field in obj.outdated
            if is_bilingual(context.request) and obj.text(field, code) != obj.text(field, SOURCE):
                html += german_part(obj, field, ' class="beside"')
    return mark_safe(html)  # noqa: S308  escaped by linebreaksbr, or sanitised on save


@register.simple_tag
def plain(obj, field):
    """A short text with German as fallback, for <title>, descriptions and attributes."""
    return obj.text(field, get_language()) or obj.text(field, SOURCE)


@register.simple_tag
def fallback_lang(obj, field):
    """` lang="de"` for an element whose text `plain` has to give in German."""
    missing = not obj.text(field, get_language()) and obj.text(field, SOURCE)
    return mark_safe(f' lang="{SOURCE}"') if missing else ""  # noqa: S308  constant


@register.simple_tag(takes_context=True)
def german(context, obj, field):
    """The German name beside its translation: people read it on doors and letters."""
    code, name = get_language(), obj.text(field, SOURCE)
    if code in GERMAN or obj.text(field, code) in {"", name} or is_bilingual(context.request):
        return ""
    return format_html(
        '<p class="german"><bdi lang="de" dir="ltr" translate="no">{}</bdi></p>', name
    )


def can_be_bilingual(context):
    """Whether German may stand beside: not on errors, and on sheets for paper it does anyway."""
    is_sheet = hasattr(context["request"], "sheet")
    return get_language() != SOURCE and not context.get("is_error") and not is_sheet


@register.tag
def notices(parser, token):
    """{% notices %}…{% endnotices %}: say above the texts inside what holds for them."""
    nodelist = parser.parse(["endnotices"])
    parser.delete_first_token()
    return NoticesNode(nodelist)


class NoticesNode(template.Node):
    def __init__(self, nodelist):
        self.nodelist = nodelist

    def render(self, context):
        noted = context.request.noted = dict.fromkeys(
            ("untranslated", "machine", "outdated"), False
        )
        body = self.nodelist.render(context)
        context.request.noted = None  # what follows on the page is not its content
        notes = template.loader.render_to_string(
            "languages/_notices.html",
            {
                **noted,
                "german_url": page_url(context),
                "kept_query": getattr(context.request, "kept_query", ""),
                "can_be_bilingual": can_be_bilingual(context),
                "is_bilingual": is_bilingual(context.request),
            },
        )
        return mark_safe(notes + body)  # noqa: S308  both are rendered templates


@register.simple_tag(takes_context=True)
def page_url(context, code=SOURCE, absolute=False):
    """Return the address of this page in another language; of the home page for error pages.

    A view names in `request.kept_query` which parameters belong to the page.
    """
    request = context["request"]
    _, _, rest = request.path.removeprefix("/").partition("/")
    if query := getattr(request, "kept_query", ""):
        rest += f"?{query}"
    if context.get("is_error"):
        rest = ""
    return f"{settings.SITE_URL if absolute else ''}/{code}/{rest}"


@register.simple_tag(takes_context=True)
def alternates(context):
    """Return the published languages that search engines are told of for this page.

    A view names in `translated` the codes that its main content is translated into; without
    that, the page is made of interface texts and exists in every language.
    """
    if context.get("is_error") or not context.get("is_indexed", True):
        return []
    translated = context.get("translated")
    return [
        entry
        for entry in context["request"].languages
        if entry.hreflang and (translated is None or entry.code in translated)
    ]


@register.filter
def listed(items):
    """Several names as one phrase of the reader's language: "Arabisch, Deutsch und Dari"."""
    return phrase_of(tuple(str(item) for item in items), get_language())


@lru_cache(maxsize=1024)
def phrase_of(names, code):
    return format_list(names, locale=cldr_locale(code))


@register.filter
@lru_cache
def in_language(entry):
    """Attributes that name the language of an element: `lang="ar" dir="rtl"`."""
    return format_html('lang="{}" dir="{}"', entry.tag, entry.direction)
