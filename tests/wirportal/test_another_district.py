"""The software for another district: from one file, and without a trace of the first one."""

import json
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from io import BytesIO, StringIO
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.urls import reverse
from openpyxl import load_workbook
from PIL import Image

from contacts.models import ContactPerson
from languages.models import Language
from languages.registry import REGISTRY
from offers.models import Municipality, Topic
from programme.models import Area, Programme
from tests.pages import read, sitemap
from tests.wirportal.test_serve import environment
from tests.wirportal.test_two_hosts import with_static_files
from wirportal.guides import GUIDES
from wirportal.management.commands.setup import STARTER
from wirportal.sitefile import OF_ONE_DISTRICT

EXAMPLE = settings.BASE_DIR / "docs" / "site-example.toml"
FOLDERS = ("wirportal", "offers", "contacts", "programme", "languages")
FOLDERS += ("templates", "static", "locale", "deploy")
#: The last digits begin its telephone numbers.
FIRST_DISTRICT = re.compile(r"limburg|weilburg|06533|65549|\b0?6431\b|\bschiede\b", re.I)


def set_up(path=EXAMPLE):
    call_command("setup", site=str(path), stdout=StringIO())


def changed(folder, old, new):
    text = EXAMPLE.read_text(encoding="utf-8")
    assert old in text
    path = folder / "site.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def words_of_the_first_district():
    content = json.loads((STARTER / "content.json").read_text(encoding="utf-8"))
    values = [str(row) for label in OF_ONE_DISTRICT for row in content[label].values()]
    people = content["contacts.contactperson"].values()
    names = [person[part] for person in people for part in ("first_name", "last_name", "phone")]
    places = [row["name"] for row in content["offers.municipality"].values()]
    assert FIRST_DISTRICT.search(" ".join(values))
    every = map(re.escape, [*names, *places])
    return re.compile(rf"\b({'|'.join(every)}|{FIRST_DISTRICT.pattern})", re.I)


def first_heading_in_arabic():
    (found,) = (
        entry.msgstr
        for entry in polib.pofile(str(STARTER / "ar.po"))
        if entry.msgctxt == "programme.programme:wir:title"
    )
    return found


def test_nothing_in_the_code_names_the_first_district():
    kinds = {".py", ".html", ".css", ".js", ".svg", ".txt", ".xml", ".po", ".conf", ".env"}
    files = [
        path
        for folder in FOLDERS
        for path in Path(settings.BASE_DIR, folder).rglob("*")
        if path.suffix in kinds and STARTER not in path.parents
    ]
    assert len(files) > 200
    assert [path.name for path in files if FIRST_DISTRICT.search(path.read_text("utf-8"))] == []


def test_the_example_makes_a_whole_site_without_a_word_of_the_first_district(client, db):
    set_up()
    first = words_of_the_first_district()
    pages = sitemap(client)
    assert {path.split("/")[1] for path in pages} == {"de", "de-simple", "en", "ar", "uk"}
    kinds = {path.split("/")[2] for path in pages}
    assert kinds >= {"", "bereiche", "kontakte", "angebote", "partner", "inhalt", "impressum"}
    more = ["/robots.txt", "/.well-known/security.txt", "/aussehen.css", "/sitemap.xml"]
    more += [f"/de/kontakte/erika-muster.{kind}" for kind in ("vcf", "svg")]
    more += [f"/ar/{kind}?blatt=a4" for kind in ("", "kontakte/erika-muster/", "impressum/")]
    more += ["/api/angebote.csv", "/api/termine.ics", "/api/hsds/v3/", "/api/hsds/v3/organizations"]
    for path in [*pages, *more, "/de/angebote/?thema=wohnen", "/de/angebote/?q=hilfe"]:
        response = client.get(path)
        assert response.status_code == 200, path
        assert not first.search(response.getvalue().decode()), path
    home = read(client, "/ar/")
    assert "tel:+493023125001" in {a["href"] for a, _ in home.all("a")}
    assert home.all("link", href="/aussehen.css")
    # What a district says in the very same words is translated already, and nothing else is.
    assert home.one("h1")[1] == first_heading_in_arabic()
    assert "Gefragt sind wir alle." in [text for _, text in home.all("p")]


def test_its_staff_reads_nothing_of_the_first_district(staff_client):
    set_up()
    first = words_of_the_first_district()
    forms = [reverse(f"admin:{model}_add") for model in ("contacts_contactperson", "offers_offer")]
    programme = reverse("admin:programme_programme_change", args=[Programme.objects.get().pk])
    guides = [guide.address() for guide in GUIDES]
    for path in ("/verwaltung/", *forms, programme, reverse("admin:coverage"), *guides):
        text = read(staff_client, path).one("body")[1]
        assert not first.search(text), path
    table = BytesIO(staff_client.get(reverse("admin:offer_template")).getvalue())
    notes = [cell for row in load_workbook(table)["Hinweise"].iter_rows() for cell in row]
    assert not first.search(" ".join(str(cell.value) for cell in notes))


def test_the_first_start_with_a_file_needs_no_second_command(served_before, migrated, tmp_path):
    data = with_static_files(served_before, tmp_path / "data")
    shutil.copy(migrated / "wir.sqlite3", data)  # all tables, and nothing in them
    command = [sys.executable, "-m", "wirportal.serve", "--prepare", "--site", EXAMPLE]
    process = {"cwd": settings.BASE_DIR, "env": environment(DATA_DIR=data)}
    first = subprocess.run(command, **process, capture_output=True, text=True, check=True)
    assert "Benutzername: verwaltung" in first.stdout
    with closing(sqlite3.connect(data / "wir.sqlite3")) as connection:
        rows = connection.execute("SELECT name FROM offers_municipality").fetchall()
    assert sorted(rows) == [("Beispielhausen",), ("Musterstadt",)]
    again = subprocess.run(command, **process, capture_output=True, text=True)
    assert again.returncode == 1
    assert again.stderr.count("\n") == 1
    assert "hat schon Inhalte" in again.stderr


def test_a_site_with_content_takes_no_file(starter):
    with pytest.raises(CommandError, match="hat schon Inhalte"):
        set_up()
    assert not Municipality.objects.filter(name="Musterstadt").exists()


def test_own_topics_stand_in_place_of_the_usual_ones_and_the_logo_is_stored(db, tmp_path):
    Image.new("RGB", (800, 200), "green").save(tmp_path / "logo.png")
    path = changed(tmp_path, '# logo = "logo.png"', 'logo = "logo.png"')
    topic = '\n[[themen]]\nname = "Sport"\nworum = "Sich bewegen."\n'
    path.write_text(path.read_text(encoding="utf-8") + topic, encoding="utf-8")
    set_up(path)
    assert [(topic.slug, topic.name_de) for topic in Topic.objects.all()] == [("sport", "Sport")]
    assert Programme.objects.get().logo_width == 160
    assert list(ContactPerson.objects.get().areas.all()) == [Area.objects.get()]
    assert Language.objects.count() == len(REGISTRY)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[website]", "[website", "kein gültiges TOML, Zeile"),
        ("[website]", "[webseite]", "„webseite“ ist nicht bekannt; gemeint ist vielleicht"),
        ("[betreiber]", "[[gemeinden]]", "gemeinden, Eintrag 1: „vertreten_durch“ ist nicht"),
        ("farbe =", "frabe =", "website: „frabe“ ist nicht bekannt.*„farbe“"),
        ("#00664a", "#ffcc00", "website: „farbe“: Diese Farbe ist zu hell: Kontrast 1,"),
        ("#00664a", "grün", "website: „farbe“: Eine Farbe steht hier so"),
        ('"00000"', "12345", "betreiber: „postleitzahl“ muss Text in Anführungszeichen sein"),
        ('"00000"', '"123"', "betreiber: „postleitzahl“: Eine Postleitzahl hat fünf Ziffern"),
        ('name = "WIR Musterland" ', "", "website: „name“: Dieses Feld darf nicht"),
        ('# logo = "logo.png"', 'logo = "x.png"', "die Datei x.png für das Logo fehlt"),
        ('# logo = "logo.png"', 'logo = "site.toml"', "website: das Logo: Die Datei ist kein"),
        ('["WIR-Vielfaltszentrum"]', '["Zentrum"]', "den Bereich „Zentrum“ gibt es nicht"),
        ('"frau"', '"dame"', "kontakte, erika-muster: „anrede“: "),
        ("hilft_suchen = true", 'hilft_suchen = "ja"', "„hilft_suchen“ muss true oder false"),
        ('"00000002"', '"2"', "gemeinden, beispielhausen: „schluessel“: Der Gemeindeschl"),
        ('"00000002"', '"00000001"', "gemeinden, beispielhausen: „schluessel“: .*bereits"),
        ('"Beispielhausen"', '"Musterstadt"', "Eintrag 2: „Musterstadt“ gibt es schon"),
        ('"en", "ar"', '"en", "xx"', "sprachen: 'xx' ist keine von de, de-simple"),
        ('["en", "ar", "uk"]', '"en"', "sprachen muss eine Liste"),
        ('ort = "Musterstadt"', "", "betreiber: „ort“: Dieses Feld darf nicht"),
    ],
)
def test_a_wrong_file_is_one_clear_line_and_changes_nothing(db, tmp_path, old, new, message):
    path = changed(tmp_path, old, new)
    with pytest.raises(CommandError, match=message):
        set_up(path)
    for model in (Programme, Area, ContactPerson, Municipality, Topic, Language):
        assert not model.objects.exists()
    assert not Path(settings.MEDIA_ROOT).exists()


def test_a_missing_file_is_one_clear_line(db, tmp_path):
    with pytest.raises(CommandError, match="ist nicht lesbar"):
        set_up(tmp_path / "none.toml")
