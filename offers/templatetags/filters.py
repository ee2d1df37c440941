from django import template
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe

register = template.Library()

GERMAN_NAMES = mark_safe(' lang="de"')
SELECTED = mark_safe(" selected")


@register.simple_tag
def options(facet, found):
    """The options of a <select>; eighty of them in a loop took a fifth of the page's time."""
    language = GERMAN_NAMES if facet == "ort" else ""
    rows = (
        (language, option.value, SELECTED if option.is_chosen else "", option) for option in found
    )
    return format_html_join("", '<option{} value="{}"{}>{}</option>', rows)
