"""Sending translations out as a file and reading them back in, in the admin."""

import time
from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from .models import Import
from .po_checks import LARGEST, Refused
from .po_export import export_po
from .po_import import Kind, apply, read_po, undo
from .translate import admin_page, language_or_refuse

KEPT = 7 * 24 * 3600  # seconds between looking at a file and writing it


@require_safe
def export_translations(request, code):
    entry = language_or_refuse(request, code)
    response = HttpResponse(
        str(export_po(code)), content_type="text/x-gettext-translation; charset=utf-8"
    )
    name = f"texte-{entry.code}-{timezone.localdate()}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.po"'
    return response


def waiting_files():
    folder = Path(settings.DATA_DIR) / "imports"
    folder.mkdir(exist_ok=True)
    return folder


def keep(upload, owner):
    """Keep an uploaded file until its owner has looked at it; return a signed name for it."""
    for old in waiting_files().glob("*.po"):
        if old.stat().st_mtime < time.time() - KEPT:
            old.unlink(missing_ok=True)
    path = waiting_files() / f"{get_random_string(24)}.po"
    path.write_bytes(upload.read(LARGEST + 1))
    return signing.dumps([path.name, upload.name], salt=f"import-{owner}")


def kept(token, owner):
    """Return path and original name; 404 for a name that was not signed for `owner`."""
    try:
        name, filename = signing.loads(token, salt=f"import-{owner}", max_age=KEPT)
    except signing.BadSignature:
        raise Http404 from None
    path = waiting_files() / name
    if not path.exists():
        raise Http404
    return path, filename


@require_http_methods(["GET", "HEAD", "POST"])
def import_translations(request, code):
    """First the file, then what it would do, then the writing: three visits of one page."""
    entry = language_or_refuse(request, code)
    context = {"entry": entry, "imports": Import.objects.filter(language=code)[:10]}
    if request.method == "POST":
        try:
            owner = f"{request.user.pk}-{code}"
            token = request.POST.get("token") or keep(request.FILES["file"], owner)
            path, filename = kept(token, owner)
            preview = read_po(path, code, filename)
            preview.accept_conflicts = "accept_conflicts" in request.POST
            if request.POST.get("seen") == preview.fingerprint:
                return write(request, preview, path)
            if "write" in request.POST:
                context["refused"] = _(
                    "Inzwischen wurde etwas geändert. Bitte noch einmal ansehen."
                )
            context |= {"preview": preview, "token": token}
        except KeyError:
            context["refused"] = _("Bitte eine Datei auswählen.")
        except Refused as reason:
            context["refused"] = str(reason)
    title = _("Übersetzte Datei einlesen: %(language)s") % {"language": entry.label}
    return admin_page(request, "admin/translate/import.html", title, **context)


def write(request, preview, path):
    apply(preview, request.user)
    path.unlink(missing_ok=True)
    messages.success(
        request, _("%(count)s Texte sind übernommen.") % {"count": len(preview.to_write)}
    )
    if any(change.kind == Kind.INTERFACE for change in preview.to_write):
        messages.warning(
            request, _("Texte der Oberfläche sind sichtbar, sobald der Server neu geladen ist.")
        )
    return redirect(reverse("admin:work_list", args=[preview.code]))


@require_POST
def undo_import(request, pk):
    imp = get_object_or_404(Import, pk=pk)
    language_or_refuse(request, imp.language)
    try:
        skipped = undo(imp)
    except Refused as reason:
        messages.error(request, str(reason))
    else:
        text = _("Zurückgenommen. %(count)s Texte hat seitdem jemand geändert; sie bleiben.")
        messages.success(request, text % {"count": len(skipped)})
    return redirect(reverse("admin:import_translations", args=[imp.language]))
