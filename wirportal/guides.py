"""The guides of docs/, readable in the admin: those who need them have no repository."""

import re
import struct
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from languages.rights import TRANSLATE

FOLDER = settings.BASE_DIR / "docs"


@dataclass(frozen=True)
class Guide:
    name: str  # in its address
    file: str
    right: str  # of those whom it is for

    @property
    def title(self):
        with (FOLDER / self.file).open(encoding="utf-8") as text:
            return text.readline().lstrip("# ").rstrip()

    def may_be_read(self, user):
        return user.has_perm(self.right)

    def address(self, section=None):
        return reverse("admin:guide", args=[self.name], fragment=section)


EDITING = Guide("redaktion", "editing.md", "offers.view_offer")
TRANSLATING = Guide("uebersetzen", "translating.md", TRANSLATE)
OPERATING = Guide("betrieb", "operating.md", "auth.view_user")
GUIDES = (EDITING, TRANSLATING, OPERATING)

#: Where a guide explains a page: by the end or the beginning of the name of its address.
SECTIONS = {
    "_history": (EDITING, "etwas-zurücknehmen"),
    "_deleted": (EDITING, "gelöschtes-wiederherstellen"),
    "mfa_index": (EDITING, "anmelden"),
    "index": (EDITING, "die-startseite"),
    "figures": (EDITING, "die-startseite"),
    "auth_": (EDITING, "wer-darf-was"),
    "audit": (EDITING, "wer-darf-was"),
    "contacts_contactperson": (EDITING, "eine-telefonnummer-ändern"),
    "contacts_message": (EDITING, "nachrichten"),
    "contacts_outgoingmail": (EDITING, "nachrichten"),
    "programme_area": (EDITING, "einen-bereich-anlegen-umbenennen-sortieren-ausblenden"),
    "programme_publication": (EDITING, "fotos-und-pdf"),
    "programme_": (EDITING, "rechtliche-seiten"),
    "import_offers": (EDITING, "viele-angebote-auf-einmal"),
    "coverage": (EDITING, "wo-etwas-fehlt"),
    "offers_searchterm": (EDITING, "wo-etwas-fehlt"),
    "offers_synonym": (EDITING, "wo-etwas-fehlt"),
    "offers_verification": (EDITING, "prüfen-ob-alles-noch-stimmt"),
    "offers_": (EDITING, "angebote"),
    "import_translations": (TRANSLATING, "als-datei-po"),
    "languages_import": (TRANSLATING, "als-datei-po"),
    "languages_language": (TRANSLATING, "eine-sprache-hinzufügen"),
    "work_list": (TRANSLATING, "anmelden-und-anfangen"),
    "translate": (TRANSLATING, "text-für-text"),
    "backup": (OPERATING, "sichern-und-zurückspielen"),
}


def readable_guides(user):
    return [guide for guide in GUIDES if guide.may_be_read(user)]


def help_address(user, page):
    """Return where a guide that `user` may read explains the page of this name, if one does."""
    for name, (guide, section) in SECTIONS.items():
        if page.endswith(name) or page.startswith(name):
            if guide.may_be_read(user):
                return guide.address(section)
            break
    guides = readable_guides(user)
    return guides[0].address() if guides else ""


@require_safe
def guide(request, name):
    found = next((guide for guide in GUIDES if guide.name == name), None)
    if found is None:
        raise Http404
    if not found.may_be_read(request.user):
        raise PermissionDenied
    text, sections = as_html(found, readable_guides(request.user))
    context = {
        **admin.site.each_context(request),
        "title": found.title,
        "text": mark_safe(text),  # noqa: S308  our own file; HTML in it is escaped
        "sections": sections,
    }
    return render(request, "admin/guide.html", context)


@require_safe
def picture(request, name):
    path = FOLDER / f"{name}.png"
    if not path.is_file():
        raise Http404
    return HttpResponse(path.read_bytes(), content_type="image/png")


def anchor(heading):
    """Return what GitHub makes of a heading: the same links have to lead there in both."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@cache
def markdown():
    from markdown_it import MarkdownIt  # only when a guide is read

    return MarkdownIt("js-default", {"linkify": False, "typographer": False})


def as_html(guide, readable):
    """Return a guide without its title, and (anchor, heading, tag) of its sections."""
    _title, _line, text = (FOLDER / guide.file).read_text(encoding="utf-8").partition("\n")
    tokens, sections = markdown().parse(text), []
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        if token.type == "heading_open":
            token.attrs["id"] = anchor(following.content)
            sections.append((token.attrs["id"], following.content, token.tag))
        elif token.type == "inline":
            token.children = list(leading(token.children, readable))
    return markdown().renderer.render(tokens, markdown().options, {}), sections


def leading(tokens, readable):
    """Yield the parts of a text; links lead to what can be opened here, or are none."""
    ends = []
    for token in tokens:
        if token.type == "link_open":
            address = address_of(token.attrs["href"], readable)
            ends.append(bool(address))
            token.attrs["href"] = address
        elif token.type == "image":
            name = PurePosixPath(token.attrs["src"]).stem
            token.attrs |= {"src": reverse("admin:guide_picture", args=[name]), **size_of(name)}
        if token.type not in ("link_open", "link_close") or ends[-1]:
            yield token
        if token.type == "link_close":
            ends.pop()


def address_of(link, readable):
    file, _hash, section = link.partition("#")
    if not file or "://" in file:
        return link
    files = {guide.file: guide for guide in readable}
    return files[file].address(section or None) if file in files else ""


def size_of(name):
    """Return width and height, so that nothing moves while a picture is on its way."""
    with (FOLDER / f"{name}.png").open("rb") as file:
        width, height = struct.unpack(">II", file.read(24)[16:])
    return {"width": width, "height": height}
