import json
from functools import lru_cache

from babel.dates import format_date
from django import template
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import get_language

from languages.registry import cldr_locale

from ..phone import tel_uri
from ..qr import GOOD_MASK, qr_svg

register = template.Library()
register.filter("tel", tel_uri)

HTML_IN_JSON = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


@register.filter
@lru_cache(maxsize=4096)
def phone(number):
    """A phone number that keeps its order between right-to-left words and never breaks."""
    return format_html('<bdi class="nb" dir="ltr">{}</bdi>', number)


@register.filter
def email(address):
    """An e-mail address that breaks after the @, and elsewhere only where it would not fit."""
    name, _, domain = address.partition("@")
    return format_html(
        '<bdi dir="ltr"><span class="part">{}@</span><span class="part">{}</span></bdi>',
        name,
        domain,
    )


@register.filter
def day(date):
    """A date as the reader's language writes it, with Latin digits."""
    return format_date(date, format="long", locale=cldr_locale(get_language()))


@register.simple_tag
def detail(programme, field):
    """A legal detail of the operator in German, or a visible gap that staff have to fill."""
    if value := getattr(programme, field):
        return format_html('<span lang="de" dir="ltr" translate="no">{}</span>', value)
    label = programme._meta.get_field(field).verbose_name
    return format_html('<mark lang="de" dir="ltr">[{}]</mark>', label)


@register.simple_tag
def structured_data(data):
    """schema.org data as JSON-LD; escaped so that no text can end the element."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(HTML_IN_JSON)
    return mark_safe(f'<script type="application/ld+json">{text}</script>')  # noqa: S308  escaped


@register.simple_tag
def page_qr(address):
    """An address as QR code for the printed page."""
    svg = qr_svg(address, error="l", mask=GOOD_MASK, svgns=False, omitsize=True)
    return mark_safe(svg.replace("<svg ", '<svg aria-hidden="true" width="120" height="120" ', 1))  # noqa: S308  made here
