"""`manage.py exportsite` into a folder that is there, with pages that fail, and in parts."""

import re

import brotli
import pytest
from django.core.management import CommandError

from programme.models import Page, Programme
from tests.wirportal.mirrors import (  # noqa: F401
    LIVE,
    export,
    folder,
    german_site,
    site,
    small_site,
)
from wirportal.mirror.links import file_of


def test_the_parts_of_the_sitemap_are_files(german_site, folder, monkeypatch):
    monkeypatch.setattr("wirportal.views.PAGES_IN_A_SITEMAP", 20)
    export(folder)
    names = re.findall(r"<loc>([^<]+)", (folder / "sitemap.xml").read_text())
    assert names[:2] == [f"{LIVE}/sitemap.teil-{number}.xml" for number in (1, 2)]
    pages = []
    for name in names:
        part = (folder / name.removeprefix(f"{LIVE}/")).read_text()
        pages += re.findall(r"<loc>([^<]+)", part)
    assert f"{LIVE}/de/angebote/kurs-4/" in pages
    for page in pages:
        assert (folder / file_of(page.removeprefix(LIVE))).is_file(), page


def test_again_it_replaces_the_copy(german_site, folder):
    export(folder)
    (folder / "alt.html").write_text("von gestern")
    packed = brotli.compress((folder / "index.html").read_bytes(), quality=1)
    (folder / "index.html.br").write_bytes(packed)
    assert len(list(folder.rglob("*.mp4"))) == 1
    Programme.objects.update(title_de="Neuer Titel")
    Page.objects.filter(slug="gebaerdensprache").update(published=False)
    export(folder)
    assert not list(folder.rglob("*.mp4")), "it is not public any more"
    assert "Neuer Titel" in (folder / "de" / "index.html").read_text()
    assert b"Neuer Titel" in brotli.decompress((folder / "de" / "index.html.br").read_bytes())
    assert (folder / "index.html.br").read_bytes() == packed, "the same text is not packed again"
    assert not (folder / "alt.html").exists()
    assert [path.name for path in folder.parent.iterdir()] == ["kopie"]


def test_a_foreign_folder_is_refused(site, folder):
    folder.mkdir(parents=True)
    (folder / "wichtig.txt").write_text("bleibt")
    with pytest.raises(CommandError, match="ist nicht leer und keine Kopie"):
        export(folder)
    with pytest.raises(CommandError, match="ist nicht leer und keine Kopie"):
        export(folder / "wichtig.txt")
    assert (folder / "wichtig.txt").read_text() == "bleibt"


def test_a_broken_link_or_page_leaves_the_old_copy(german_site, folder, monkeypatch):
    export(folder)
    Page.objects.filter(slug="impressum").update(body_de='<p><a href="/de/weg/">weg</a></p>')
    with pytest.raises(CommandError, match="/de/weg/ \\(auf /de/impressum/\\)"):
        export(folder)
    Page.objects.filter(slug="impressum").update(body_de="<p>Neu</p>")

    def broken(*arguments):
        raise RuntimeError

    monkeypatch.setattr("contacts.views.render", broken)
    with pytest.raises(CommandError, match="Fehlgeschlagene Seiten:\n  /de/kontakte/ "):
        export(folder)
    assert "Treffpunkte in Elz" in (folder / "de" / "impressum" / "index.html").read_text()
    assert [path.name for path in folder.parent.iterdir()] == ["kopie"]
