from django import template
from django.template.loader import render_to_string

from ..collecting import list_of

register = template.Library()


@register.simple_tag(takes_context=True)
def collect(context, entry):
    """While a shortlist is carried along: put an entry on it, or say that it is there."""
    request = context.request  # also where {% include … only %} hides the rest of the context
    shortlist = getattr(request, "shortlist", None)
    if shortlist is None:
        return ""
    is_on = shortlist.holds(entry.key)
    if shortlist.is_full and not is_on:
        return ""
    parameters = request.GET.copy()
    change = shortlist.state_without if is_on else shortlist.state_with
    parameters["z"] = change(entry.key)
    if "von" in parameters:
        parameters["von"] = list_of(request)
    is_own_page = request.path == entry.get_absolute_url()
    return render_to_string(
        "offers/_collect.html",
        {
            "entry": entry,
            "is_on": is_on,
            "has_anchor": shortlist.take_anchor(entry.key),
            "url": f"?{parameters.urlencode()}#{entry.key}",
            "back": f"/{request.language.code}/{list_of(request)}" if is_own_page else "",
        },
    )
