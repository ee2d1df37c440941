from django import template
from django.core.exceptions import ValidationError
from django.utils.html import format_html, json_script
from django.utils.safestring import mark_safe

from ..phone import tel_uri
from ..qr import qr_svg

register = template.Library()


@register.filter
def phone(number):
    """A phone number that keeps its order between right-to-left words and never breaks."""
    return format_html('<bdi class="nb" dir="ltr">{}</bdi>', number)


@register.filter
def tel(number):
    """The `tel:` address of a number, or "" when it cannot be dialled."""
    try:
        return tel_uri(number)
    except ValidationError:
        return ""


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
    element = json_script(data).replace("application/json", "application/ld+json", 1)
    return mark_safe(element)  # noqa: S308  escaped by json_script


@register.simple_tag
def page_qr(address):
    """An address as QR code for the printed page."""
    svg = qr_svg(address, error="l", svgns=False, omitsize=True)
    return mark_safe(svg.replace("<svg ", '<svg aria-hidden="true" width="120" height="120" ', 1))  # noqa: S308  made here
