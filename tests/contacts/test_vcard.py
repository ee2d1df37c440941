from datetime import date, timedelta

import pytest
from django.utils import timezone

from contacts.models import ContactPerson, SpokenLanguage, language_name
from contacts.vcard import fold, vcard
from tests.factories import make_area, make_contact, make_languages, make_programme
from tests.pages import read


def unfold(text):
    return text.replace("\r\n ", "").split("\r\n")


def test_a_vcard_holds_everything_needed_to_call(client, starter):
    response = client.get("/de/kontakte/marie-ostermann.vcf")
    assert response.headers["Content-Type"] == "text/vcard; charset=utf-8"
    assert 'filename="marie-ostermann.vcf"' in response.headers["Content-Disposition"]
    lines = unfold(response.content.decode())
    assert lines[:2] == ["BEGIN:VCARD", "VERSION:4.0"]
    assert "N:Ostermann;Marie;;;" in lines
    assert "TEL;VALUE=uri;TYPE=work:tel:+496431296399" in lines
    assert "EMAIL;TYPE=work:wir-koordination@limburg-weilburg.de" in lines
    assert "ADR;TYPE=work:;;Schiede 43;Limburg;;65549;" in lines
    assert "URL:http://testserver/de/kontakte/marie-ostermann/" in lines
    assert lines[-2:] == ["END:VCARD", ""]


def test_the_role_is_in_the_readers_language(client, starter):
    lines = unfold(client.get("/en/kontakte/meliha-delalic.vcf").content.decode())
    assert "TITLE:WIR case manager for refugees" in lines


def test_separators_in_names_are_escaped(db):
    person = make_contact(last_name="Muster; N, a\\b", role_de="Zeile 1\nZeile 2")
    lines = unfold(vcard(person, make_programme()))
    assert "N:Muster\\; N\\, a\\\\b;Erika;;;" in lines
    assert "TITLE:Zeile 1\\nZeile 2" in lines


@pytest.mark.parametrize("text", ["x" * 200, "ü" * 100, "ع" * 90, "€" * 80, "😀" * 60])
def test_lines_are_folded_at_75_octets_between_characters(text):
    folded = fold(f"NOTE:{text}")
    assert all(len(line.encode()) <= 75 for line in folded.split("\r\n"))
    assert folded.replace("\r\n ", "") == f"NOTE:{text}"


def test_the_qr_code_is_a_picture(client, starter):
    response = client.get("/ar/kontakte/meliha-delalic.svg")
    assert response.headers["Content-Type"] == "image/svg+xml"
    assert response.content.startswith(b"<svg")


def test_dates_decide_who_is_public(db):
    today, day = timezone.localdate(), timedelta(days=1)
    make_contact(slug="heute", valid_from=today, valid_to=today)
    make_contact(slug="morgen", valid_from=today + day)
    make_contact(slug="gestern", valid_to=today - day)
    make_contact(slug="aus", published=False)
    assert [person.slug for person in ContactPerson.objects.published()] == ["heute"]


def test_an_unpublished_person_is_nowhere(client, db):
    make_languages()
    make_programme()
    make_contact(published=False, areas=[make_area()], valid_from=date(2020, 1, 1))
    for path in ("/de/kontakte/erika-muster/", "/de/kontakte/erika-muster.vcf"):
        assert client.get(path).status_code == 404
    for path in ("/de/", "/de/kontakte/", "/de/bereiche/bereich/", "/de/inhalt/", "/sitemap.xml"):
        assert "Muster," not in client.get(path).content.decode()
        assert "erika-muster" not in client.get(path).content.decode()


def test_spoken_languages_are_named_in_the_readers_language(client, db):
    make_languages()
    make_programme()
    person = make_contact()
    person.spoken_languages.set([SpokenLanguage.objects.create(code="pl")])
    assert "Polnisch" in read(client, "/de/kontakte/").one("main")[1]
    assert "البولندية" in read(client, "/ar/kontakte/").one("main")[1]
    assert language_name("fa-af", "de-simple") == "Dari"
    assert language_name("zz", "de") == "zz"


def test_unknown_languages_are_not_mentioned(client, starter):
    assert "Spricht" not in client.get("/de/kontakte/").content.decode()
