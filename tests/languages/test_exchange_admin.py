"""Files in the admin: download, look at what would change, write it, take it back."""

import polib
import pytest
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile

from languages.models import Import, Language, Origin
from programme.models import Area

EXPORT, IMPORT = "/verwaltung/uebersetzen/ar/datei/", "/verwaltung/uebersetzen/ar/einlesen/"


def exported(client):
    response = client.get(EXPORT)
    assert response.headers["Content-Disposition"].endswith('.po"')
    return polib.pofile(response.content.decode())


def upload(client, content):
    content = str(content).encode() if isinstance(content, polib.POFile) else content
    return client.post(IMPORT, {"file": SimpleUploadedFile("texte.po", content)})


@pytest.fixture
def area(starter):
    return Area.objects.get(slug="wir-koordination")


def changed_file(client, area, text="تنسيق من ملف"):
    po = exported(client)
    entry = next(e for e in po if e.msgctxt == f"programme.area:{area.uuid}:title")
    entry.msgstr = text
    return po


def test_a_file_goes_out_comes_back_and_can_be_undone(staff_client, area):
    before = area.title_ar
    response = upload(staff_client, changed_file(staff_client, area))
    preview = response.context["preview"]
    assert [change.after for change in preview.changes] == ["تنسيق من ملف"]
    area.refresh_from_db()
    assert area.title_ar == before
    token = response.context["token"]
    assert staff_client.post(IMPORT, {"token": token, "write": "1"}).status_code == 302
    area.refresh_from_db()
    assert area.title_ar == "تنسيق من ملف"
    row = area.translations.get(field="title", language="ar")
    assert row.origin == Origin.IMPORT
    page = staff_client.get(IMPORT).content.decode()
    assert "texte.po" in page
    url = f"/verwaltung/uebersetzen/zuruecknehmen/{Import.objects.get().pk}/"
    assert staff_client.post(url).status_code == 302
    area.refresh_from_db()
    assert area.title_ar == before
    assert area.translations.get(field="title", language="ar").origin == Origin.MACHINE
    assert "zurückgenommen" in staff_client.get(IMPORT).content.decode()


def test_an_untouched_file_changes_nothing(staff_client, area):
    preview = upload(staff_client, exported(staff_client)).context["preview"]
    assert (preview.changes, preview.rejected) == ([], [])


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04rubbish", 'msgid ""\nmsgstr ""\n'.encode("utf-16"), b"\xff\xfe"]
)
def test_a_useless_file_is_refused_with_a_reason(staff_client, area, content):
    html = upload(staff_client, content).content.decode()
    assert "errornote" in html
    assert Import.objects.count() == 0


def test_no_file_and_a_forged_token_do_no_harm(staff_client, area):
    assert "Bitte eine Datei auswählen." in staff_client.post(IMPORT, {}).content.decode()
    forged = {"token": "../../secret_key", "write": "1"}
    assert staff_client.post(IMPORT, forged).status_code == 404


@pytest.mark.parametrize(
    ("group", "codes", "expected"),
    [("Übersetzung", ["ar"], 200), ("Übersetzung", ["tr"], 403), ("Redaktion", [], 200)],
)
def test_files_are_for_those_who_translate_the_language(client, area, group, codes, expected):
    user = User.objects.create_user("jemand", password="x", is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    user.languages.set(Language.objects.filter(code__in=codes))
    imp = Import.objects.create(language="ar", filename="x.po")
    client.force_login(user)
    assert client.get(EXPORT).status_code == expected
    assert client.get(IMPORT).status_code == expected
    undo = client.post(f"/verwaltung/uebersetzen/zuruecknehmen/{imp.pk}/")
    assert undo.status_code == (302 if expected == 200 else 403)
