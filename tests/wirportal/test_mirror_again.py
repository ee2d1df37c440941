"""`manage.py exportsite` into a folder that is there, with pages that fail, and in parts."""

import os
import re
from contextlib import suppress

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
from wirportal.management.commands import exportsite
from wirportal.management.commands.exportsite import MARKER
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


def test_what_a_kill_leaves_of_a_copy_is_known_as_one(tmp_path, monkeypatch):
    delete, left = os.unlink, 0

    def killed(*arguments, **options):
        nonlocal left
        if not left:
            raise KeyboardInterrupt
        left -= 1
        delete(*arguments, **options)

    monkeypatch.setattr("os.unlink", killed)
    for number in range(20):
        copy = tmp_path / str(number)
        for name in ("ar/index.html", "index.html", MARKER, "de/index.html", "uk/index.html"):
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            (copy / name).write_text("")
        left = number
        with suppress(KeyboardInterrupt):
            exportsite.remove(copy)
        exportsite.refuse_foreign(copy)
    assert not copy.exists()


def test_a_kill_between_two_copies_is_undone(german_site, folder):
    export(folder)
    folder.rename(exportsite.old_copy(folder))
    Page.objects.filter(slug="impressum").update(body_de='<p><a href="/de/weg/">weg</a></p>')
    with pytest.raises(CommandError, match="Die bisherige Kopie bleibt, wie sie ist"):
        export(folder)
    assert (folder / "index.html").exists()
    assert [path.name for path in folder.parent.iterdir()] == ["kopie"]


@pytest.mark.parametrize("beside", [exportsite.old_copy, exportsite.new_copy])
def test_a_foreign_folder_beside_the_copy_is_refused_at_once(site, folder, beside):
    beside(folder).mkdir(parents=True)
    (beside(folder) / "wichtig.txt").write_text("bleibt")
    with pytest.raises(CommandError, match="ist nicht leer und keine Kopie"):
        export(folder)
    assert [path.name for path in folder.parent.rglob("*")] == [beside(folder).name, "wichtig.txt"]
