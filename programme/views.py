from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from languages.models import attach_states

from .models import Page


@require_safe
def page(request, slug):
    page = get_object_or_404(Page.objects.published(), slug=slug)
    attach_states(page)
    return render(
        request,
        "programme/page.html",
        {"page": page, "translated": page.translated_into()},
    )
