"""How the last backup went: written by the command, told on the start page of the admin."""

import json
import os
from datetime import datetime

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .writing import hand_over

WORRY = 7  # days


def report_path():
    return settings.DATA_DIR / "backup.json"


def read_report():
    try:
        found = json.loads(report_path().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def report(**changes):
    """Note how it went. A failure leaves what was said about the last good one."""
    new = report_path().with_name(f"backup.json.{os.getpid()}")
    new.write_text(json.dumps(read_report() | changes), encoding="utf-8")
    hand_over(new)
    new.replace(report_path())


def days_since_backup():
    """Return the days since the last good one; None for never."""
    try:
        then = datetime.fromisoformat(read_report()["time"])
    except (LookupError, TypeError, ValueError):
        return None
    return (timezone.localdate() - timezone.localdate(then)).days


def state():
    """Return (text, whether to worry)."""
    days = days_since_backup()
    if days is None:
        text = _("Noch nie gesichert.")
    elif days < 1:
        text = _("Letzte Sicherung: heute.")
    else:
        text = ngettext(
            "Letzte Sicherung vor %(days)d Tag.", "Letzte Sicherung vor %(days)d Tagen.", days
        ) % {"days": days}
    if has_failed := bool(read_report().get("failed")):
        text += " " + _("Der letzte Versuch ist fehlgeschlagen.")
    return text, has_failed or days is None or days > WORRY
