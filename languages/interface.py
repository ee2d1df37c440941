"""The texts of the interface: the catalogue of the code, and over it this installation's own.

An update of the site replaces the catalogue; the own texts are in DATA_DIR and stay.
"""

import secrets
from pathlib import Path

import polib
from babel.messages.plurals import get_plural
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import to_locale

from .catalogues import catalogue_paths
from .registry import REGISTRY, cldr_locale


def override_path(code) -> Path:
    """Return where this installation keeps its own texts of the interface; updates spare it."""
    return Path(settings.DATA_DIR) / "locale" / to_locale(code) / "LC_MESSAGES" / "django.po"


def read_catalogue(path):
    return polib.pofile(str(path), wrapwidth=0) if path.exists() else polib.POFile(wrapwidth=0)


def identity(entry):
    return entry.msgctxt, entry.msgid


def forms(entry):
    """Return the translation as a list: one text, or one for each plural form."""
    if entry.msgid_plural:
        return [text for _index, text in sorted(entry.msgstr_plural.items())]
    return [entry.msgstr]


def set_forms(entry, texts):
    if entry.msgid_plural:
        entry.msgstr_plural = dict(enumerate(texts))
    else:
        entry.msgstr = texts[0]
    entry.fuzzy = False


def catalogue_of(code):
    """Return the texts of the interface as this installation shows them, as a PO file."""
    catalogue = read_catalogue(catalogue_paths()[code])
    own = {identity(entry): entry for entry in read_catalogue(override_path(code))}
    for entry in catalogue:
        found = own.get(identity(entry))
        if found and len(forms(found)) == len(forms(entry)):
            set_forms(entry, forms(found))
    return catalogue


def metadata(code, catalogue):
    """Return the header; the plural rule has to be the catalogue's, or its forms would not fit."""
    now = timezone.localtime().strftime("%Y-%m-%d %H:%M%z")
    plural_forms = catalogue.metadata.get("Plural-Forms")
    return {
        "Project-Id-Version": "WIR-Portal",
        "POT-Creation-Date": now,
        "PO-Revision-Date": now,
        "Last-Translator": "WIR-Portal",
        "Language-Team": REGISTRY[code].name,
        "Language": REGISTRY[code].tag,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": plural_forms or f"{get_plural(cldr_locale(code)).plural_forms};",
        "X-Generator": "WIR-Portal",
    }


def own_forms(code):
    """Return {(context, German): texts} of what this installation changed in the interface."""
    own = read_catalogue(override_path(code))
    return {identity(entry): forms(entry) for entry in own}


def save_own_forms(code, own):
    """Write the catalogue over the interface: before the commit, but in place only after it."""
    catalogue = catalogue_of(code)
    po = polib.POFile(wrapwidth=0)
    po.metadata = metadata(code, catalogue)
    for entry in catalogue:
        texts = own.get(identity(entry), [])
        if len(texts) == len(forms(entry)):  # else the German changed from one form to several
            set_forms(entry, texts)
            po.append(entry)
    path, suffix = override_path(code), f".{secrets.token_hex(4)}"
    path.parent.mkdir(parents=True, exist_ok=True)
    new_po, new_mo = path.with_suffix(f".po{suffix}"), path.with_suffix(f".mo{suffix}")
    po.save(str(new_po))
    po.save_as_mofile(str(new_mo))

    def put_in_place():
        new_po.replace(path)
        new_mo.replace(path.with_suffix(".mo"))

    transaction.on_commit(put_in_place)
