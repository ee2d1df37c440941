"""What was deleted in the admin comes back with all that went with it."""

import re
from html import unescape

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from contacts.models import ContactPerson
from languages.deleted_admin import DeletedAdmin
from languages.models import Origin, Translation
from offers.models import Offer, Organisation, SearchText, Topic
from programme.models import Area, Page, Publication
from tests.admin_forms import form_data
from tests.factories import (
    make_area,
    make_full_offer,
    make_offer,
    make_organisation,
    make_page,
    make_topic,
)
from wirportal.models import Action, AuditEntry

pytestmark = pytest.mark.both_databases


def url(obj, page):
    name = f"admin:{obj._meta.app_label}_{obj._meta.model_name}_{page}"
    return reverse(name, args=[obj.pk] if page in ("change", "delete", "history") else [])


def texts(response):
    return unescape(" ".join(str(message) for message in response.context["messages"]))


def delete(client, obj):
    assert client.post(url(obj, "delete"), {"post": "yes"}).status_code == 302
    assert not type(obj).objects.filter(pk=obj.pk).exists()


def keys(client, obj):
    html = client.get(url(obj, "deleted")).content.decode()
    return re.findall(r'name="restore" value="(\d+)"', html)


def bring_back(client, obj):
    """Restore what was deleted last."""
    key = keys(client, obj)[0]
    return client.post(url(obj, "deleted"), {"restore": key}, follow=True)


def columns(*querysets):
    """Return all that is stored of these rows."""
    return [dict(row) for rows in querysets for row in rows.order_by("pk").values()]


def everything(obj):
    """Return what is stored of an object and all that belongs to it, but whether it is public."""
    model = type(obj)
    found = [model.objects.filter(pk=obj.pk), obj.translations]
    found += [
        getattr(obj, name)
        for name in ("places", "hours", "exceptions", "dates")
        if hasattr(obj, name)
    ]
    assigned = {
        f.name: sorted(getattr(obj, f.name).values_list("pk")) for f in model._meta.many_to_many
    }
    rows = columns(*(rows.all() for rows in found))
    found = SearchText.objects.filter(offer=obj.pk if model is Offer else None)
    searched = sorted(found.values_list("language", "title", "text"))
    rows = [{k: v for k, v in row.items() if k not in ("published", "modified")} for row in rows]
    return rows, assigned, searched


def examples():
    """Return one of each kind that the starter content and `full_site` have, and what shows it."""
    person = ContactPerson.objects.get(slug="meliha-delalic")
    ContactPerson.objects.filter(pk=person.pk).update(
        photo=default_storage.save("p.jpg", SimpleUploadedFile("p.jpg", b"x"))
    )
    publication = Publication.objects.get()
    return {
        person: [person.get_absolute_url(), "/de/kontakte/", "/de/"],
        Page.objects.get(slug="gebaerdensprache"): [
            "/de/gebaerdensprache/",
            "/ar/gebaerdensprache/",
        ],
        publication: [publication.get_absolute_url()],
        Offer.objects.get(slug="offener-treff"): [
            "/de/angebote/offener-treff/",
            "/ar/angebote/offener-treff/",
            "/de/angebote/?q=Treff",
        ],
    }


def test_all_of_it_comes_back_and_looks_the_same_when_published_again(staff_client, full_site):
    for obj, addresses in examples().items():
        Translation.objects.filter(object_id=obj.pk, language="ar").update(origin=Origin.IMPORT)
        before, pages = everything(obj), [Client().get(address).content for address in addresses]
        links = columns(Topic.objects.all(), Offer.objects.exclude(pk=obj.pk))
        delete(staff_client, obj)
        response = bring_back(staff_client, obj)
        assert response.redirect_chain == [(url(obj, "change"), 302)]
        assert texts(response) == f"„{obj}“ ist wiederhergestellt, aber noch nicht veröffentlicht."
        again = type(obj).objects.get(pk=obj.pk)
        assert everything(again) == before
        assert not again.published
        assert [Client().get(address).content for address in addresses] != pages
        data = form_data(staff_client, url(obj, "change"), published="on")
        assert staff_client.post(url(obj, "change"), data).status_code == 302
        assert [Client().get(address).content for address in addresses] == pages, obj
        assert columns(Topic.objects.all(), Offer.objects.exclude(pk=obj.pk)) == links
        entry = AuditEntry.objects.filter(action=Action.RESTORED).first()
        assert (entry.name, entry.label) == ("redaktion", f"{obj._meta.verbose_name}: {obj}")
    assert AuditEntry.objects.filter(action=Action.RESTORED).count() == 4


def test_whoever_referred_to_it_does_so_again(staff_client, starter):
    person, area = ContactPerson.objects.get(slug="meliha-delalic"), make_area()
    person.areas.add(area)
    topic, other = make_topic(slug="a", contact=person), make_topic(slug="b", contact=person)
    colleague = ContactPerson.objects.exclude(pk=person.pk).first()
    offer = make_full_offer(contact=person, area=area)
    delete(staff_client, person)
    delete(staff_client, area)
    other.refresh_from_db()
    other.contact = colleague
    other.save()
    bring_back(staff_client, area)
    assert "Das fehlt" not in texts(bring_back(staff_client, person))
    for obj in (topic, other, offer):
        obj.refresh_from_db()
    assert (topic.contact, other.contact, offer.contact) == (person, colleague, person)
    assert offer.area == area
    assert topic.history.first().contact_id == person.pk
    assert area in person.areas.all()


def test_an_area_is_given_back_to_its_contacts(staff_client, starter):
    person, area = ContactPerson.objects.get(slug="meliha-delalic"), make_area()
    person.areas.add(area)
    delete(staff_client, area)
    assert area not in person.areas.all()
    bring_back(staff_client, area)
    assert area in person.areas.all()


def test_rows_deleted_before_stay_deleted(staff_client, db):
    offer = make_offer(places=[{"street": "Weg 1"}, {"street": "Weg 2"}])
    offer.places.get(street="Weg 1").delete()
    offer.title_en = "Course"
    offer.save()
    offer.title_en = ""
    offer.save()
    delete(staff_client, offer)
    bring_back(staff_client, offer)
    assert [place.street for place in offer.places.all()] == ["Weg 2"]
    assert not offer.translations.exists()
    html = staff_client.get(url(offer, "history")).content.decode()
    assert "Weg 1" in html and "Weg 2" not in html


def test_of_many_deleted_at_once_each_comes_back_with_its_own(staff_client, db):
    topic = make_topic()
    offers = [
        make_offer(title_de=f"Nr. {n}", places=[{"city": f"Ort {n}"}], topics=[topic])
        for n in range(3)
    ]
    data = {"action": "delete_selected", "post": "yes", "_selected_action": [o.pk for o in offers]}
    staff_client.post(url(offers[0], "changelist"), data)
    assert not Offer.objects.exists()
    html = unescape(staff_client.get(url(offers[0], "deleted")).content.decode())
    assert all(f">Nr. {n}<" in html for n in range(3)) and "redaktion" in html
    for _offer in offers:
        bring_back(staff_client, offers[0])
    assert keys(staff_client, offers[0]) == []
    for number, offer in enumerate(offers):
        offer.refresh_from_db()
        assert [place.city for place in offer.places.all()] == [f"Ort {number}"]
        assert list(offer.topics.all()) == [topic]


def test_its_history_goes_on_where_it_ended(staff_client, db):
    offer = make_offer(topics=[make_topic()])
    delete(staff_client, offer)
    bring_back(staff_client, offer)
    html = staff_client.get(url(offer, "history")).content.decode()
    assert re.findall(r'name="undo" value="\d+:(\w+)"', html) == ["published", "topics"]


def test_an_address_that_is_taken_now_is_explained_and_nothing_is_restored(staff_client, db):
    offer = make_offer(slug="kurs", places=[{"street": "Weg 1"}], title_en="Course")
    delete(staff_client, offer)
    other = make_offer(title_de="Anderer Kurs", slug="kurs")
    message = texts(bring_back(staff_client, offer))
    assert message.startswith("Nicht wiederhergestellt: ")
    assert "„kurs“ hat inzwischen „Anderer Kurs“. Bitte zuerst dort ändern." in message
    assert list(Offer.objects.all()) == [other]
    assert not Translation.objects.filter(object_id=offer.pk).exists()
    Offer.objects.filter(pk=other.pk).update(slug="anderer-kurs")
    assert "ist wiederhergestellt" in texts(bring_back(staff_client, offer))


def test_what_somebody_made_anew_is_named_with_a_link(staff_client, db):
    offer = make_offer(slug="kurs")
    delete(staff_client, offer)
    again = make_offer(title_de="Wieder <b>da", slug="kurs", uuid=offer.uuid)
    response = bring_back(staff_client, offer)
    link = f'„<a href="{url(again, "change")}">Wieder &lt;b&gt;da</a>“'
    told = f"Nicht wiederhergestellt: Angebot {link} gibt es schon wieder."
    assert told in response.content.decode()
    assert list(Offer.objects.all()) == [again]


def test_a_failure_half_way_restores_nothing(staff_client, db):
    offer = make_offer(title_en="Course")
    row = offer.translations.get()
    delete(staff_client, offer)
    Translation(**{f.attname: getattr(row, f.attname) for f in row._meta.fields} | {"id": 0}).save()
    with pytest.raises(IntegrityError):
        bring_back(staff_client, offer)
    assert not Offer.objects.exists()


def test_what_it_cannot_be_without_has_to_come_first(staff_client, db):
    organisation = make_organisation(name="Bücherei")
    offer = make_offer(organisation=organisation)
    delete(staff_client, offer)
    delete(staff_client, organisation)
    message = texts(bring_back(staff_client, offer))
    assert (
        "Organisation „Bücherei“ ist auch gelöscht. Bitte das zuerst wiederherstellen." in message
    )
    assert not Offer.objects.exists()
    bring_back(staff_client, organisation)
    bring_back(staff_client, offer)
    assert Offer.objects.get().organisation == Organisation.objects.get() == organisation


def test_what_it_can_be_without_is_named(staff_client, full_site):
    offer, area = Offer.objects.get(slug="offener-treff"), make_area(title_de="Anderer Bereich")
    Offer.objects.filter(pk=offer.pk).update(area=area)
    page = Page.objects.get(slug="gebaerdensprache")
    topic = offer.topics.get(slug="begegnung")
    delete(staff_client, offer)
    Area.objects.filter(pk=area.pk).delete()
    topic.delete()
    message = texts(bring_back(staff_client, offer))
    assert "Das fehlt noch: WIR-Bereich „Anderer Bereich“; Themen „Begegnung" in message
    assert [topic.slug for topic in Offer.objects.get(pk=offer.pk).topics.all()] == [
        "frauen-gewaltschutz"
    ]
    delete(staff_client, page)
    default_storage.delete(page.video.name)
    message = texts(bring_back(staff_client, page))
    assert "Das fehlt noch: Video (Datei fehlt, bitte neu hochladen)." in message
    page.refresh_from_db()
    assert not page.video and page.captions


def test_what_has_no_switch_comes_back_as_it_was(staff_client, db):
    topic = make_topic()
    delete(staff_client, topic)
    assert texts(bring_back(staff_client, topic)) == "„Sprache“ ist wiederhergestellt."


def test_deleted_twice_it_is_listed_once_and_the_second_click_says_so(staff_client, db):
    page = make_page(title_de="Erste")
    delete(staff_client, page)
    [old] = keys(staff_client, page)
    bring_back(staff_client, page)
    assert keys(staff_client, page) == []
    Page.objects.update(title_de="Zweite")
    Page.objects.get().save()
    delete(staff_client, page)
    [new] = keys(staff_client, page)
    assert ">Zweite<" in staff_client.get(url(page, "deleted")).content.decode()
    for key in (old, "", "x", "0", "-1", "9" * 30, new + " or 1=1"):
        assert staff_client.post(url(page, "deleted"), {"restore": key}).status_code == 404
    assert not Page.objects.exists()
    bring_back(staff_client, page)
    again = staff_client.post(url(page, "deleted"), {"restore": new}, follow=True)
    assert texts(again) == "Das ist schon wiederhergestellt."
    assert again.redirect_chain == [(url(page, "change"), 302)]
    assert Page.objects.count() == 1


def test_restoring_needs_the_rights_to_add_and_to_change(client, staff_client, db):
    page = make_page()
    delete(staff_client, page)
    [key] = keys(staff_client, page)
    user = User.objects.create_user("halb", is_staff=True)
    client.force_login(user)
    every = {"add", "change", "delete", "view"}
    for lacking in ("add", "change"):
        names = [f"{right}_page" for right in every - {lacking}]
        user.user_permissions.set(Permission.objects.filter(codename__in=names))
        assert "geloescht" not in client.get(url(page, "changelist")).content.decode()
        assert client.get(url(page, "deleted")).status_code == 403
        assert client.post(url(page, "deleted"), {"restore": key}).status_code == 403
    user.user_permissions.set(
        Permission.objects.filter(codename__in=["add_page", "change_page", "view_page"])
    )
    assert url(page, "deleted") in client.get(url(page, "changelist")).content.decode()
    assert client.post(url(page, "deleted"), {"restore": key}).status_code == 302


def test_whatever_keeps_a_history_and_can_be_deleted_can_be_restored():
    kept = {model for model in admin.site._registry if hasattr(model, "history")}
    assert {m for m, a in admin.site._registry.items() if isinstance(a, DeletedAdmin)} == kept
    assert Area in kept
