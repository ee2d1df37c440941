"""Each way in which a text can be written records where the translation came from."""

import tempfile
from io import StringIO

import polib
import pytest
from django.core.management import call_command
from django.urls import reverse

from languages.history import undo
from languages.models import Origin
from languages.po_export import export_po
from languages.po_import import apply, read_po
from programme.models import Area
from tests.admin_forms import form_data

CHANGE = "admin:programme_area_change"


def by_form(client, area):
    url = reverse(CHANGE, args=[area.pk])
    client.post(url, form_data(client, url, title_en="Written"))


def by_translate_page(client, area):
    url = reverse("admin:translate", args=["en", "programme.area", area.uuid, "title"])
    form = client.get(url).context["form"]
    data = {name: form[name].value() for name in ("opened", "german")}
    client.post(url, data | {"text": "Written", "stay": "1"})


def file_with(area, text):
    po = export_po("en")
    entry = next(e for e in po if e.msgctxt == f"programme.area:{area.uuid}:title")
    entry.msgstr = text
    return po


def by_file(client, area):
    apply(read_po(str(file_with(area, "Written")).encode(), "en"))


def by_command(client, area):
    with tempfile.NamedTemporaryFile(suffix=".po") as file:
        po = polib.pofile(str(file_with(area, "Written")))
        po.save(file.name)
        call_command("importtranslations", file.name, stdout=StringIO())


def by_undo(client, area):
    area.title_en = "Written"
    area.save()
    version = area.history.first()
    area.title_en = "Other"
    area.save()
    undo(area, version.pk, "title_en")


def by_code(client, area):
    area.title_en = "Written"
    area.save()


@pytest.mark.parametrize(
    ("write", "origin"),
    [
        (by_form, Origin.HUMAN),
        (by_translate_page, Origin.HUMAN),
        (by_file, Origin.IMPORT),
        (by_command, Origin.IMPORT),
        (by_undo, Origin.HUMAN),
        (by_code, Origin.HUMAN),
    ],
)
def test_it_is_recorded(staff_client, starter, write, origin):
    area = Area.objects.get(slug="wir-koordination")
    assert area.translations.get(field="title", language="en").origin == Origin.MACHINE
    write(staff_client, area)
    area.refresh_from_db()
    row = area.translations.get(field="title", language="en")
    assert (area.title_en, row.origin, row.source) == ("Written", origin, "WIR-Koordination")
    others = area.translations.exclude(field="title", language="en")
    assert set(others.values_list("origin", flat=True)) == {Origin.MACHINE}


def test_list_editing_touches_no_record(staff_client, starter):
    areas = list(Area.objects.all())
    data = {"form-TOTAL_FORMS": len(areas), "form-INITIAL_FORMS": len(areas), "_save": "x"}
    for number, area in enumerate(areas):
        data |= {f"form-{number}-id": area.pk, f"form-{number}-position": 9 - number}
        data |= {f"form-{number}-published": "on", f"initial-form-{number}-position": area.position}
        data |= {f"initial-form-{number}-published": True}
    assert staff_client.post("/verwaltung/programme/area/", data).status_code == 302
    for area in Area.objects.all():
        assert set(area.translations.values_list("origin", flat=True)) == {Origin.MACHINE}
