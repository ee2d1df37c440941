from django import template

from ..presence import presence_of

register = template.Library()


@register.simple_tag(takes_context=True)
def away(context, person):
    """How long somebody is not there and who helps instead; None for who is there today."""
    # The request stays, also where {% include … only %} hides the rest of the context.
    return presence_of(context.request).away(person)


@register.simple_tag(takes_context=True)
def times(context, person):
    """What contacts/_hours.html and contacts/_today.html show of somebody."""
    return presence_of(context.request).times(person)
