"""Files that leave the admin, and tables that come in: noticed where all its pages pass."""

import re
from functools import wraps

from django.db.models import Max
from django.utils.translation import gettext as _

from offers.models import Offer

from ..models import Action
from .record import record

FILENAME = re.compile(r'filename="([^"]+)"')


def noting_files(view):
    """Return a view of the admin that puts on record what it sends as a file."""

    @wraps(view)
    def noted(request, *args, **kwargs):
        match = request.resolver_match
        is_import = match.url_name == "import_offers" and "store" in request.POST
        before = Offer.history.aggregate(last=Max("history_id"))["last"] or 0 if is_import else 0
        response = view(request, *args, **kwargs)
        disposition = response.headers.get("Content-Disposition", "")
        if disposition.startswith("attachment") and request.method != "HEAD":
            name = FILENAME.search(disposition)
            record(Action.EXPORT, name[1] if name else request.path, user=request.user)
        if is_import and response.streaming:
            response.streaming_content = noting_import(
                response.streaming_content, request.user, before
            )
        return response

    return noted


def noting_import(parts, user, before):
    """Pass the page on; when all of it is there, see what the history says was stored."""
    try:
        yield from parts
    finally:
        new = Offer.history.filter(history_id__gt=before, history_user=user)
        stored = new.exclude(history_change_reason=None).exclude(history_change_reason="")
        if count := stored.count():
            detail = _("%(count)s Angebote") % {"count": count}
            record(Action.IMPORT, stored.first().history_change_reason, detail, user=user)
