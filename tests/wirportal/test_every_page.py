"""Every address of the sitemap, in every language."""

import re
from urllib.parse import urljoin

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template import engines
from django.test import Client
from django.test.signals import template_rendered

from contacts.models import ContactPerson
from languages.registry import REGISTRY
from offers import verification
from offers.models import Offer, Verification
from programme.models import Area
from tests.pages import Reading, sitemap


class Undefined(str):
    """A `string_if_invalid` that fails instead of hiding a misspelt variable."""

    def __contains__(self, item):
        return item == "%s"

    def __mod__(self, variable):
        raise AssertionError(f"Undefined in a template: {variable}")


@pytest.fixture
def strict_templates():
    engine = engines["django"].engine
    engine.string_if_invalid = Undefined("%s")
    yield
    engine.string_if_invalid = ""


def test_every_page_in_every_language_is_whole_and_no_link_is_broken(
    client, full_site, strict_templates
):
    pages, sources = sitemap(client), {}
    paths = {path.split("/", 2)[2] for path in pages}
    assert len(paths) == 37
    assert set(pages) == {f"/{code}/{path}" for code in REGISTRY for path in paths}
    for path, links in pages.items():
        response = client.get(path)
        assert response.status_code == 200, path
        entry = REGISTRY[path.split("/")[1]]
        page = Reading(response.content.decode())
        root, _ = page.one("html")
        assert (root["lang"], root["dir"]) == (entry.tag, entry.direction), path
        assert len(page.all("h1")) == 1, path
        assert page.one("h1")[1], path
        assert response.headers["Content-Language"] == entry.tag
        assert not response.cookies
        assert "Cookie" not in response.headers.get("Vary", "")
        assert page.one("meta", name="description")[0]["content"], path
        alternates = {
            link["hreflang"]: link["href"] for link, _ in page.all("link", rel="alternate")
        }
        assert alternates == links, path
        assert set(alternates) == {e.hreflang for e in REGISTRY.values() if e.hreflang} | {
            "x-default"
        }
        assert page.one("link", rel="canonical")[0]["href"] == f"http://testserver{path}"
        assert not re.search(
            r"<script(?! type=\"application/ld\+json\")|\sstyle=|\son\w+=", str(response.content)
        ), path
        sources |= dict.fromkeys(targets(page, path), path)
    for target in sources.keys() - pages.keys():
        response = client.get(target)
        assert response.status_code == 200, f"{sources[target]}: {target}"
        list(response)  # read to the end, which closes the file


def test_alternates_are_reciprocal_and_exist(client, starter):
    pages = sitemap(client)
    for path, links in pages.items():
        for address in links.values():
            other = address.removeprefix(settings.SITE_URL)
            assert pages[other] == links, f"{path} → {other}"


#: What a page may lead to on demand; nothing of it is loaded.
ELSEWHERE = (
    "https://video.example.org/",
    "https://treff.example.org/",
    "https://www.openstreetmap.org/search?query=",
    "https://www.wetter.de/",
    "https://docs.openreferral.org/en/3.0/",
)


def targets(page, path):
    """Return what a page leads to and loads; all of it is on this site."""
    found = [a.get("href") for a, _ in page.all("a")]
    found += [i.get("src") for i, _ in page.all("img")]
    found += [link["href"] for link, _ in page.all("link", rel="stylesheet")]
    passed = ("#inhalt", "tel:", "mailto:", "geo:", "/static/", *ELSEWHERE)
    found = {urljoin(path, target) for target in found if not target.startswith(passed)}
    assert not [target for target in found if not target.startswith("/")], path
    return found


def test_every_template_is_used(client, full_site, staff_client, rf, monkeypatch, tmp_path):
    used = set()

    def note(sender, template, **kwargs):
        used.add(template.name)

    template_rendered.connect(note)
    try:
        for path in [p for p in sitemap(client) if p.startswith(("/de/", "/ar/"))]:
            client.get(path)
        Offer.objects.filter(slug="offener-treff").update(closed=True)
        for path in ("", "impressum/", "kontakte/meliha-delalic/", "angebote/offener-treff/"):
            client.get(f"/de/{path}?blatt=a4")
        client.get("/de/angebote/?ort=elz&blatt=a4")
        client.get("/de/kontakte/?z=a1-k1")
        client.get("/de/merkzettel/?z=a1-k1", follow=True)
        client.get("/de/merkzettel/?z=a1-k1&blatt=a4", follow=True)
        ContactPerson.objects.update(role_ar="")
        client.get("/ar/kontakte/")
        client.get("/de/gibt-es-nicht/")
        client.post("/de/kontakte/meliha-delalic/fehler/", content_type="text/plain")
        client.get("/de/rueckmeldung/danke/")
        client.get("/aussehen.css")
        from wirportal.mirror.links import prepared
        from wirportal.mirror.site import Mirror
        from wirportal.views import forbidden, server_error

        request = rf.get("/de/")
        request.language, request.languages = REGISTRY["de"], []
        forbidden(request)
        server_error(request)
        Client(enforce_csrf_checks=True).post("/verwaltung/login/")
        staff_client.get("/verwaltung/")
        area = Area.objects.first()
        staff_client.get(f"/verwaltung/programme/area/{area.pk}/change/")
        staff_client.get(f"/verwaltung/programme/area/{area.pk}/history/")
        offer = Offer.objects.first()
        staff_client.get(f"/verwaltung/offers/offer/{offer.pk}/change/")
        staff_client.get("/verwaltung/offers/offer/")
        page = "/verwaltung/offers/offer/einlesen/"
        staff_client.get(page)
        file = SimpleUploadedFile("angebote.csv", b"Titel;Organisation\nTreff;gibt es nicht\n")
        list(staff_client.post(page, {"file": file}))
        monkeypatch.setattr("wirportal.views.PAGES_IN_A_SITEMAP", 1)
        client.get("/sitemap.xml")
        Mirror(tmp_path, tmp_path).add_start_page()
        prepared("<form></form>", "/de/", "de")
        staff_client.get("/verwaltung/abdeckung/")
        staff_client.get("/verwaltung/protokoll/")
        staff_client.get("/verwaltung/anleitung/redaktion/")
        staff_client.get("/verwaltung/zahlen/")
        staff_client.get("/verwaltung/programme/area/geloescht/")
        staff_client.get("/verwaltung/uebersetzen/ar/")
        staff_client.get("/verwaltung/uebersetzen/ar/einlesen/")
        staff_client.get(f"/verwaltung/uebersetzen/ar/programme.area/{area.uuid}/title/")
        monkeypatch.setattr(settings, "HAS_MAIL", True)
        verification.run()
        row = Verification.objects.by_mail().first()
        for path in (row.link(), f"{row.link()}aendern/", "/pruefen/x/"):
            client.get(path)
        client.post(row.link(), {"answer": "gone"})
        staff_client.get(f"/verwaltung/offers/verification/{row.pk}/change/")
    finally:
        template_rendered.disconnect(note)
    root = settings.BASE_DIR / "templates"
    files = {str(file.relative_to(root)) for file in root.rglob("*") if file.is_file()}
    signing_in = {name for name in files if name.startswith(("account/", "mfa/", "429"))}
    assert files - used - signing_in == set()  # those: test_account.py
