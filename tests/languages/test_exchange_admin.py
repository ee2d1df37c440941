"""Files in the admin: download, look at what would change, write it, take it back."""

import polib
import pytest
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

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
    data = {"token": token, "write": "1", "seen": preview.fingerprint}
    assert staff_client.post(IMPORT, data).status_code == 302
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


def test_what_changed_after_the_preview_is_shown_before_writing(staff_client, area):
    po = changed_file(staff_client, area)
    next(e for e in po if e.msgstr == "تنسيق من ملف").comment = ""  # no mark of the export
    response = upload(staff_client, po)
    area.title_ar = "زميل"
    area.save()
    seen = response.context["preview"].fingerprint
    data = {"token": response.context["token"], "write": "1", "seen": seen}
    again = staff_client.post(IMPORT, data)
    assert "Bitte noch einmal ansehen" in again.content.decode()
    area.refresh_from_db()
    assert area.title_ar == "زميل"
    data["seen"] = again.context["preview"].fingerprint
    assert staff_client.post(IMPORT, data).status_code == 302


def test_a_waiting_file_belongs_to_who_sent_it(client, staff_client, area, django_user_model):
    token = upload(staff_client, changed_file(staff_client, area)).context["token"]
    client.force_login(django_user_model.objects.create_superuser("andere", password="x"))
    assert client.post(IMPORT, {"token": token}).status_code == 404


def test_a_plural_entry_empties_nothing(staff_client, area):
    key, german = f"programme.area:{area.uuid}:title", area.title_de
    header = str(exported(staff_client)).split("\n\n")[0]
    entry = f'msgctxt "{key}"\nmsgid "{german}"\nmsgid_plural "y"\nmsgstr[0] "z"\n'
    preview = upload(staff_client, f"{header}\n\n{entry}".encode()).context["preview"]
    assert preview.changes == []
    assert "Mehrzahl" in preview.rejected[0].reason


def test_undoing_an_import_spares_what_was_reviewed_since(staff_client, area):
    response = upload(staff_client, changed_file(staff_client, area))
    seen = response.context["preview"].fingerprint
    staff_client.post(IMPORT, {"token": response.context["token"], "write": "1", "seen": seen})
    row = area.translations.get(field="title", language="ar")
    row.reviewed_at = timezone.now()
    row.save()
    staff_client.post(f"/verwaltung/uebersetzen/zuruecknehmen/{Import.objects.get().pk}/")
    area.refresh_from_db()
    assert area.title_ar == "تنسيق من ملف"
