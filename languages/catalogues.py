"""The gettext catalogues of the interface: compiled here, without gettext's own programs."""

import struct
from collections.abc import Iterable
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path

import polib
from django.conf import settings
from django.utils.translation import to_locale

from .registry import REGISTRY, SOURCE

CATALOGUES = "*/LC_MESSAGES/django.po"


def catalogue_paths() -> dict[str, Path]:
    """Return the PO file of each language but German, which is the language of the code."""
    root = Path(settings.LOCALE_PATHS[-1])
    return {
        code: root / to_locale(code) / "LC_MESSAGES" / "django.po"
        for code in REGISTRY
        if code != SOURCE
    }


def set_aside_unreadable() -> list[Path]:
    """Rename those of this installation that nobody can read; the site shows the code's instead."""
    found = [path for path in settings.OWN_LOCALE.glob(f"{CATALOGUES[:-2]}[mp]o") if broken(path)]
    for path in found:
        path.replace(path.with_name(f"{path.name}.broken"))
    return found


def broken(path) -> bool:
    try:
        is_text = path.suffix == ".po"
        content = polib.pofile(str(path)).to_binary() if is_text else path.read_bytes()
        GNUTranslations(BytesIO(content))
    except (OSError, ValueError, LookupError, TypeError, AttributeError, struct.error):
        return True
    return False


def compile_catalogues(roots: Iterable[Path] | None = None) -> list[str]:
    """Compile the catalogues that changed since the last time and return their folders' names."""
    compiled = []
    roots = settings.LOCALE_PATHS if roots is None else roots
    for po in (po for root in roots for po in Path(root).glob(CATALOGUES)):
        mo = po.with_suffix(".mo")
        if not mo.exists() or mo.stat().st_mtime <= po.stat().st_mtime:
            temporary = mo.with_suffix(".mo.new")
            polib.pofile(str(po)).save_as_mofile(str(temporary))
            temporary.replace(mo)  # at once: a running server never reads half a file
            compiled.append(po.parts[-3])
    return compiled
