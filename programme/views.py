from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from languages.readers import attach_states

from .colours import variables
from .models import Page
from .sheets import page_or_sheet
from .site import site_of


@require_safe
def page(request, slug):
    page = get_object_or_404(Page.objects.published().for_reader(), slug=slug)
    attach_states(subject=page)
    return render(
        request,
        page_or_sheet(request, "programme/page.html"),
        {"page": page, "translated": page.translated_into()},
    )


@require_safe
def look(request):
    """The stylesheet of a programme with a colour or a logo of its own."""
    programme = site_of(request).programme
    if not programme.has_own_look:
        raise Http404
    light, dark = variables(programme.colour)
    return render(request, "programme/look.css", {"light": light, "dark": dark}, "text/css")
