"""The languages that this installation knows, read from registry.json.

The file is the only list of languages: settings, modeltranslation, the switcher and the admin
read it from here. Django's own tables are not enough: they lack Kurmanji, Pashto and Tigrinya,
call de-simple "Deutsch" and fa-af "فارسی".
"""

import json
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from babel import Locale
from django.utils.translation.trans_real import parse_accept_lang_header

#: The language that staff write in and that every translation is made from.
SOURCE = "de"

REGISTRY_FILE = Path(__file__).with_name("registry.json")


@dataclass(frozen=True)
class RegisteredLanguage:
    """One language; `code` is used in addresses and columns, `tag` (BCP 47) in HTML."""

    code: str
    tag: str
    endonym: str
    name: str
    direction: str
    hreflang: str | None

    @property
    def label(self) -> str:
        """The language for staff, in German and in itself: "Arabisch (العربية)"."""
        return self.name if self.endonym in self.name else f"{self.name} ({self.endonym})"

    @property
    def is_latin(self) -> bool:
        """Whether the language is written in Latin letters, as its own name is."""
        return unicodedata.name(self.endonym[0]).startswith("LATIN")


REGISTRY = {
    entry["code"]: RegisteredLanguage(**entry)
    for entry in json.loads(REGISTRY_FILE.read_text(encoding="utf-8"))
}


def django_lang_info() -> dict[str, dict]:
    """Return the registry in the shape of `django.conf.locale.LANG_INFO`."""
    return {
        entry.code: {
            "bidi": entry.direction == "rtl",
            "code": entry.code,
            "name": entry.name,
            "name_local": entry.endonym,
        }
        for entry in REGISTRY.values()
    }


def cldr_locale(code: str) -> Locale:
    """Return the CLDR data of a language of the registry; its variants have none of their own."""
    return Locale.parse(code.partition("-")[0])


#: What browsers say for a language that the registry knows by another code.
BROWSER_CODES = {"prs": "fa-af"}


def best_language(
    accept_language: str, published: Iterable[RegisteredLanguage]
) -> RegisteredLanguage:
    """Return the published language that an Accept-Language header (RFC 9110) asks for first.

    `de-AT` is served as `de`; a broken header, or none that fits, gives German.
    """
    codes = {entry.code: entry for entry in published}
    for wanted, weight in parse_accept_lang_header(accept_language):
        if not weight:
            continue  # q=0: "anything but this"
        for code in (BROWSER_CODES.get(wanted, wanted), wanted.partition("-")[0]):
            if code in codes:
                return codes[code]
    return REGISTRY[SOURCE]
