from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from languages.readers import attach_states

from .models import Page
from .sheets import page_or_sheet


@require_safe
def page(request, slug):
    page = get_object_or_404(Page.objects.published().for_reader(), slug=slug)
    attach_states(subject=page)
    return render(
        request,
        page_or_sheet(request, "programme/page.html"),
        {"page": page, "translated": page.translated_into()},
    )
