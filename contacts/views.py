from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from languages.readers import attach_states
from programme.qr import qr_svg
from programme.sheets import page_or_sheet
from programme.site import site_of

from .models import ContactPerson
from .presence import presence_of
from .structured_data import organisation
from .vcard import vcard


def published_contacts():
    return ContactPerson.objects.published().for_reader().prefetch_related("spoken_languages")


@require_safe
def contact_list(request):
    contacts = list(published_contacts())
    attach_states(*contacts)
    return render(request, "contacts/list.html", {"contacts": contacts})


@require_safe
def contact(request, slug):
    person = get_object_or_404(published_contacts(), slug=slug)
    areas = list(person.areas.published().for_reader("title", "slug"))
    attach_states(*areas, subject=person)
    context = {
        "person": person,
        "areas": areas,
        "translated": person.translated_into(),
        "json_ld": organisation(site_of(request).programme, [person], presence_of(request)),
    }
    return render(request, page_or_sheet(request, "contacts/detail.html"), context)


@require_safe
def contact_vcard(request, slug):
    person = get_object_or_404(published_contacts(), slug=slug)
    response = HttpResponse(
        vcard(person, site_of(request).programme), content_type="text/vcard; charset=utf-8"
    )
    response.headers["Content-Disposition"] = f'attachment; filename="{person.slug}.vcf"'
    return response


@require_safe
def contact_qr(request, slug):
    person = get_object_or_404(published_contacts(), slug=slug)
    svg = qr_svg(vcard(person, site_of(request).programme, short=True), light="#fff", scale=4)
    return HttpResponse(svg, content_type="image/svg+xml")
