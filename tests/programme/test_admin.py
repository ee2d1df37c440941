"""Areas are rows: adding, renaming, ordering and hiding one needs no code."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from programme.models import Area, Page, Programme, Publication
from tests.admin_forms import errors, form_data
from tests.factories import PDF, make_publication
from tests.pages import read

AREA_ADD = "/verwaltung/programme/area/add/"


def change(obj):
    return reverse(f"admin:programme_{obj._meta.model_name}_change", args=[obj.pk])


def test_a_third_area_appears_everywhere(client, staff_client, starter):
    data = {
        "title_de": "Vielfaltszentrum",
        "slug": "vielfaltszentrum",
        "audience_de": "Für alle.",
        "task_de": "Alles an einem Ort.",
        "position": "0",
        "published": "on",
    }
    assert staff_client.post(AREA_ADD, data).status_code == 302
    assert read(client, "/de/bereiche/vielfaltszentrum/").one("h1")[1] == "Vielfaltszentrum"
    page = read(client, "/ar/")
    links = [a["href"] for a, _ in page.all("a")]
    assert links.count("/ar/bereiche/vielfaltszentrum/") == 2
    assert "/de/bereiche/vielfaltszentrum/" in client.get("/sitemap.xml").content.decode()


def test_hiding_both_areas_leaves_a_working_site(client, staff_client, starter):
    for area in Area.objects.all():
        data = form_data(staff_client, change(area), published=None)
        assert staff_client.post(change(area), data).status_code == 302
    assert client.get("/de/bereiche/wir-koordination/").status_code == 404
    assert "kein Bereich" in read(client, "/de/").one("main")[1]


def test_a_taken_address_is_explained(staff_client, starter):
    data = {"title_de": "X", "slug": "wir-koordination", "audience_de": "x", "task_de": "x"}
    response = staff_client.post(AREA_ADD, data | {"position": "0"})
    assert "existiert bereits" in " ".join(errors(response)["slug"])


def test_a_page_cannot_take_the_address_of_another_part_of_the_site(staff_client, starter):
    page = Page.objects.get(slug="impressum")
    response = staff_client.post(
        change(page), form_data(staff_client, change(page), slug="kontakte")
    )
    assert "gehört schon" in " ".join(errors(response)["slug"])


def test_there_is_one_programme(staff_client, starter):
    response = staff_client.get("/verwaltung/programme/programme/")
    assert response.headers["Location"] == change(Programme.objects.get())
    assert staff_client.get("/verwaltung/programme/programme/add/").status_code == 403
    url = reverse("admin:programme_programme_delete", args=[Programme.objects.get().pk])
    assert staff_client.post(url, {"post": "yes"}).status_code == 403


def test_rich_text_from_the_form_is_cleaned(staff_client, starter):
    area = Area.objects.get(slug="wir-koordination")
    body = '<h3>Gut</h3><p style="color:red" onclick="x()">Text</p><script>x()</script>'
    staff_client.post(change(area), form_data(staff_client, change(area), body_de=body))
    area.refresh_from_db()
    assert area.body_de == "<h3>Gut</h3><p>Text</p>"


def publication_data(**changes):
    area = Area.objects.get(slug="wir-koordination")
    values = {"title_de": "Integrationskonzept", "area": area.pk, "date": "31.01.2026"}
    return values | {"language": "de", "accessible": "on", "published": "on"} | changes


def test_a_publication_is_listed_with_type_and_size(client, staff_client, starter):
    headings = [text for _, text in read(client, "/de/bereiche/wir-koordination/").all("h2")]
    assert "Konzepte und Strategien" not in headings
    upload = SimpleUploadedFile("konzept.pdf", PDF + b"%" * 5000 + b"%%EOF\n")
    data = publication_data(file=upload)
    assert staff_client.post("/verwaltung/programme/publication/add/", data).status_code == 302
    page = read(client, "/de/bereiche/wir-koordination/")
    publication = Publication.objects.get()
    _link, title = page.one("a", href=publication.file.url)
    assert title == "Integrationskonzept"
    details = " ".join(text for _, text in page.all("span", **{"class": "quiet"})).replace(
        "\xa0", " "
    )
    assert details == "(PDF, 4,9 KB, 31.01.2026, Deutsch, barrierefrei)"
    response = client.get(publication.file.url)
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert b"".join(response).startswith(b"%PDF")


@pytest.mark.parametrize("content", [b"", b"Text", b"%PDF-1.7 abgeschnitten", b"PK\x03\x04%%EOF"])
def test_what_is_no_pdf_is_refused_by_its_content(staff_client, starter, content):
    data = publication_data(file=SimpleUploadedFile("konzept.pdf", content))
    response = staff_client.post("/verwaltung/programme/publication/add/", data)
    assert errors(response)["file"]


def test_a_pdf_that_is_too_large_is_refused(staff_client, starter):
    content = b"%PDF-1.7" + bytes(30 * 1024 * 1024) + b"%%EOF"
    data = publication_data(file=SimpleUploadedFile("konzept.pdf", content))
    response = staff_client.post("/verwaltung/programme/publication/add/", data)
    assert "zu groß" in " ".join(errors(response)["file"])


def test_unpublished_and_future_publications_are_not_listed(client, starter):
    area = Area.objects.get(slug="wir-koordination")
    make_publication(area=area, file=SimpleUploadedFile("a.pdf", PDF), published=False)
    make_publication(area=area, file=SimpleUploadedFile("b.pdf", PDF), date="2999-01-01")
    assert "PDF" not in read(client, "/de/bereiche/wir-koordination/").one("main")[1]


def test_the_start_page_lists_what_is_missing(staff_client, starter):
    html = staff_client.get("/verwaltung/").content.decode()
    assert "Datum dieser Erklärung" in html
    assert "E-Mail des Betreibers" in html
    Page.objects.filter(slug="barrierefreiheit").update(published=False)
    assert "Datum dieser Erklärung" not in staff_client.get("/verwaltung/").content.decode()


def test_the_start_page_counts_translations(staff_client, starter):
    area = Area.objects.get(slug="wir-koordination")
    area.title_tr = area.task_tr = ""
    area.audience_de = "Für alle Menschen."
    area.save()
    tasks = staff_client.get("/verwaltung/").context["tasks"]
    found = {entry.code: summary for entry, summary in tasks["languages"]}
    assert (found["tr"].missing, found["tr"].outdated, found["tr"].unreviewed) == (2, 1, 96)
    assert (found["ar"].missing, found["ar"].outdated, found["ar"].unreviewed) == (0, 1, 98)
    assert (found["ar"].percent, found["ar"].total) == (98, 99)


def test_sign_language_page_is_switched_on_with_a_video(client, staff_client, starter):
    page = Page.objects.get(slug="gebaerdensprache")
    assert client.get("/de/gebaerdensprache/").status_code == 404
    data = form_data(staff_client, change(page), published="on")
    data["video"] = SimpleUploadedFile("dgs.mp4", b"\0\0\0\x18ftypmp42" + b"x" * 1000)
    data["captions"] = SimpleUploadedFile("dgs.vtt", b"WEBVTT\n\n00:00.000 --> 00:01.000\nHallo\n")
    assert staff_client.post(change(page), data).status_code == 302
    shown = read(client, "/de/gebaerdensprache/")
    source = shown.one("video")[0]["src"]
    assert shown.one("track")[0]["kind"] == "captions"
    assert "Gebärdensprache" in [text for _, text in read(client, "/de/").all("a")]
    part = client.get(source, headers={"range": "bytes=4-11"})
    assert (part.status_code, b"".join(part)) == (206, b"ftypmp42")
    assert part.headers["Content-Range"] == "bytes 4-11/1012"
    tail = client.get(source, headers={"range": "bytes=1010-"})
    assert b"".join(tail) == b"xx"
    beyond = client.get(source, headers={"range": "bytes=5000-"})
    assert (beyond.status_code, b"".join(beyond)) == (416, b"")


@pytest.mark.parametrize(
    ("field", "name", "content"),
    [("video", "dgs.mp4", b"MZ not a video"), ("captions", "dgs.vtt", b"1\n00:00 --> 00:01")],
)
def test_wrong_video_files_are_refused(staff_client, starter, field, name, content):
    page = Page.objects.get(slug="gebaerdensprache")
    data = form_data(staff_client, change(page)) | {field: SimpleUploadedFile(name, content)}
    assert errors(staff_client.post(change(page), data))[field]


def test_captions_of_a_windows_editor_are_taken(staff_client, starter):
    page = Page.objects.get(slug="gebaerdensprache")
    file = SimpleUploadedFile("dgs.vtt", b"\xef\xbb\xbfWEBVTT\n")
    data = form_data(staff_client, change(page)) | {"captions": file}
    assert staff_client.post(change(page), data).status_code == 302
    page.refresh_from_db()
    assert page.captions
