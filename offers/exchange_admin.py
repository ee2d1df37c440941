"""Offers out of the admin as a file, and back in: first checked, then stored.

What reads and writes tables is imported when it is needed: each process would hold 15 MB of it.
"""

import os
import tempfile
import time
from pathlib import Path

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, StreamingHttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import path
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import override

from languages.po_checks import Refused
from languages.registry import SOURCE

from .models import Offer

KEPT = 24 * 3600  # seconds between checking a file and storing it
WAITING = "offer_import"  # in the session: name of the kept file, its name when it was sent
#: Where the lines of progress go into the page.
PROGRESS = mark_safe("<!-- progress -->")


class OfferExchange:
    """Mixin for the admin of offers: export, template and import."""

    change_list_template = "admin/offers/exchange/change_list.html"

    def get_urls(self):
        pages = {
            "datei/": ("export_offers", self.export_view),
            "vorlage/": ("offer_template", self.template_view),
            "einlesen/": ("import_offers", self.import_view),
        }
        own = [
            path(address, self.admin_site.admin_view(view), name=name)
            for address, (name, view) in pages.items()
        ]
        return [*own, *super().get_urls()]

    def changelist_view(self, request, extra_context=None):
        extra = {
            "may_export": self.has_change_permission(request),
            "may_import": may_import(self, request),
        }
        return super().changelist_view(request, {**(extra_context or {}), **extra})

    def export_view(self, request):
        if not self.has_change_permission(request):
            raise PermissionDenied
        if request.GET.get("format") == "csv":
            from .exchange_export import export_csv as export
        else:
            from .exchange_workbook import export_xlsx as export
        kind = export.__name__.removeprefix("export_")
        return download(
            lambda file: export(Offer.objects.order_by("pk"), file),
            f"angebote-{timezone.localdate()}.{kind}",
        )

    def template_view(self, request):
        if not may_import(self, request):
            raise PermissionDenied
        from .exchange_workbook import export_template

        return download(export_template, "angebote-vorlage.xlsx")

    def import_view(self, request):
        """First the file, then what it would do, then the storing: three visits of one page."""
        if not may_import(self, request):
            raise PermissionDenied
        remove_old()
        context = {
            **self.admin_site.each_context(request),
            "title": _("Angebote einlesen"),
            "opts": self.opts,
        }
        if request.method == "POST":
            try:
                kept = waiting(request) if "store" in request.POST else keep(request)
                return stream(request, context, kept)
            except Refused as reason:
                context["refused"] = str(reason)
        return render(request, "admin/offers/exchange/import.html", context)


def may_import(model_admin, request):
    may_add = model_admin.has_add_permission(request)
    return may_add and model_admin.has_change_permission(request)


def download(write, name):
    file = tempfile.TemporaryFile()  # noqa: SIM115  the response closes it
    write(file)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=name)


def folder():
    found = Path(settings.DATA_DIR) / "imports"
    found.mkdir(exist_ok=True)
    found.chmod(0o700)  # addresses that are secret may be in these files
    return found


def remove_old():
    for old in folder().glob("*.table"):
        if old.stat().st_mtime < time.time() - KEPT:
            old.unlink(missing_ok=True)


def keep(request):
    """Keep an uploaded file under a name that only this session knows, instead of its last."""
    from .exchange_files import check_size

    upload = request.FILES.get("file")
    if upload is None:
        raise Refused(_("Bitte eine Datei auswählen."))
    check_size(upload.size, "csv")  # the larger of both; its content will tell which it is
    if WAITING in request.session:
        (folder() / request.session.pop(WAITING)[0]).unlink(missing_ok=True)
    name = f"{get_random_string(24)}.table"
    with open(folder() / name, "xb", opener=private) as file:
        file.writelines(upload.chunks())
    request.session[WAITING] = [name, upload.name]
    return request.session[WAITING]


def private(path, flags):
    return os.open(path, flags, 0o600)


def waiting(request):
    """Take the file that this session has checked; it may be another one by now, or gone."""
    name, filename = request.session.get(WAITING, ["", ""])
    taken = f"{get_random_string(24)}.table"
    try:
        if not name or name != request.POST["store"]:
            raise FileNotFoundError
        (folder() / name).rename(folder() / taken)  # of a double click, one finds it
    except FileNotFoundError as error:
        raise Refused(
            _("Diese Datei ist schon eingelesen oder nicht mehr da. Bitte noch einmal auswählen.")
        ) from error
    del request.session[WAITING]
    return [taken, filename]


def stream(request, context, kept):
    """Answer line by line: a large file takes longer than people wait before an empty page."""
    template = "admin/offers/exchange/import.html"
    page = render_to_string(template, {**context, "progress": PROGRESS}, request)
    response = StreamingHttpResponse(parts(request, page, kept))
    response.headers["X-Accel-Buffering"] = "no"  # a proxy must not collect the lines
    return response


def parts(request, page, kept):
    """Yield the page in pieces; the file goes unless it waits for being stored."""
    from .exchange_run import OfferImport

    head, tail = page.split(PROGRESS)
    name, filename = kept
    is_dry = "store" not in request.POST
    seen = None if is_dry else request.POST.get("seen", "")
    run = OfferImport(folder() / name, filename, request.user, seen)
    yield head
    try:
        for line in run.run(is_dry):
            yield format_html("<p>{}</p>\n", line)
    finally:
        if not (is_dry and run.report.can_be_stored):
            (folder() / name).unlink(missing_ok=True)
    with override(SOURCE):
        context = {"report": run.report, "name": name}
        yield render_to_string("admin/offers/exchange/_report.html", context, request)
    yield tail
