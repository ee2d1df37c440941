"""Who may open and send what in the admin: role × address. A new address has to be entered here."""

from copy import copy

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.db import transaction
from django.test import Client
from django.urls import get_resolver, resolve, reverse
from django.utils import timezone

from contacts.models import Message, OutgoingMail
from languages.admin import TranslatableAdmin
from languages.deleted_admin import DeletedAdmin
from languages.models import Import, Language
from offers.models import Offer, SearchTerm, Synonym, Verification
from programme.models import Area
from tests.factories import make_target_group, make_topic

ROLES = ("nobody", "Redaktion", "Übersetzung", "Leitung", "superuser")

#: The rights of each role on each model: view, add, change, delete.
MODELS = """
auth.group                -     -     -     vac-  vacd
auth.user                 -     -     -     vac-  vacd
contacts.contactperson    -     vacd  -     vacd  vacd
contacts.message          -     v-cd  -     v-cd  v-cd
contacts.outgoingmail     -     v--d  -     v--d  v--d
contacts.spokenlanguage   -     vac-  -     vac-  vacd
languages.import          -     -     -     v---  v---
languages.language        -     -     -     v-c-  v-c-
offers.helpnumber         -     vacd  -     vacd  vacd
offers.municipality       -     vacd  -     vacd  vacd
offers.offer              -     vacd  -     vacd  vacd
offers.organisation       -     vacd  -     vacd  vacd
offers.searchterm         -     v--d  -     v--d  v--d
offers.synonym            -     vacd  -     vacd  vacd
offers.targetgroup        -     vacd  -     vacd  vacd
offers.topic              -     vacd  -     vacd  vacd
offers.verification       -     v-c-  -     v-c-  v-c-
programme.area            -     vacd  -     vacd  vacd
programme.page            -     vacd  -     vacd  vacd
programme.programme       -     v-c-  -     v-c-  v-c-
programme.publication     -     vacd  -     vacd  vacd
"""

#: All other pages: the answers to each role, GET before POST.
PAGES = """
index                                    200/200 200/200 200/200 200/200 200/200
app_list                                 404/404 200/200 404/404 200/200 200/200
login                                    302/302 302/302 302/302 302/302 302/302
logout                                   200/302 200/302 200/302 200/302 200/302
password_change                          302/302 302/302 302/302 302/302 302/302
autocomplete                             403/405 403/405 403/405 403/405 403/405
jsi18n                                   200/405 200/405 200/405 200/405 200/405
view_on_site                             404/404 404/404 404/404 404/404 404/404
audit                                    403/405 403/405 403/405 200/405 200/405
offer_preview                            403/405 200/405 403/405 200/405 200/405
coverage                                 403/405 200/405 403/405 200/405 200/405
figures                                  403/405 200/405 403/405 200/405 200/405
guide                                    403/405 403/405 403/405 200/405 200/405
guide_picture                            200/405 200/405 200/405 200/405 200/405
work_list                                403/405 200/405 200/405 200/405 200/405
export_translations                      403/405 200/405 200/405 200/405 200/405
import_translations                      403/403 200/200 200/200 200/200 200/200
translate                                403/403 200/200 200/200 200/200 200/200
undo_import                              405/403 405/302 405/302 405/302 405/302
export_offers                            403/403 200/200 403/403 200/200 200/200
offer_template                           403/403 200/200 403/403 200/200 200/200
import_offers                            403/403 200/200 403/403 200/200 200/200
auth_user_password_change                403/403 403/403 403/403 200/200 200/200
"""

#: Django's own patterns without a name: they only lead on.
UNNAMED = {"<path:object_id>/", "(?P<url>.*)$"}
#: Addresses of the account, which each has for themselves: tests/wirportal/test_signin*.py.
OWN = ("account_", "mfa_")
ARGUMENTS = {
    "app_list": ["offers"],
    "guide": ["betrieb"],
    "guide_picture": ["admin"],
    "view_on_site": [1, 1],
    "work_list": ["ar"],
    "export_translations": ["ar"],
    "import_translations": ["ar"],
}


def lines(table):
    for line in table.strip().splitlines():
        name, *cells = line.split()
        yield name, dict(zip(ROLES, cells, strict=True))


@pytest.fixture
def site(full_site, settings, tmp_path):
    """A site that has one of everything."""
    settings.DATA_DIR = tmp_path
    Import.objects.create(language="ar", filename="x.po")
    make_target_group(slug="neu")
    make_topic(slug="neu")
    Synonym.objects.create(words="Kita, Kindergarten")
    SearchTerm.objects.create(term="x", language="de")
    OutgoingMail.objects.put("x", "x@example.org", "x", "x")
    Message.objects.create(token="x", kind="feedback", language="de", text="x")
    now = timezone.now()
    Verification.objects.create(offer=Offer.objects.first(), due_on=now.date(), opened_at=now)
    User.objects.create_user("kollegin", password="x")


@pytest.fixture
def clients(site):
    def client(role):
        user = User.objects.create_user(role, password="x", is_staff=True)
        if role == "superuser":
            user.is_superuser = True
            user.save()
        elif role != "nobody":
            user.groups.add(Group.objects.get(name=role))
        user.languages.set(Language.objects.filter(code="ar"))
        client = Client()
        client.force_login(user)
        return client

    return {role: client(role) for role in ROLES}


def example(label):
    model = {f"{m._meta.label_lower}": m for m in admin.site._registry}[label]
    if model is User:
        return User.objects.get(username="kollegin")
    return model._default_manager.order_by("pk").last()  # in use by nothing else


def answer(client, method, path, data=None):
    """Return the status; what was changed, or signed out, is taken back."""
    cookies = copy(client.cookies)
    with transaction.atomic():
        response = getattr(client, method)(path, data or {})
        b"".join(response.streaming_content) if response.streaming else None
        transaction.set_rollback(True)
    client.cookies = cookies
    return response.status_code


def allowed(client, method, path, data=None):
    status = answer(client, method, path, data)
    if method == "get" and status == 302:  # the only programme: its list leads to it
        status = client.get(path, follow=True).status_code
    assert status in (200, 302, 403), (method, path, status)
    return status != 403


def test_each_role_does_to_a_model_what_the_table_says(clients):
    for label, rights in lines(MODELS):
        for role, letters in rights.items():
            found = rights_of(clients[role], label)
            expected = {right: {right[0] in letters} for right in found}
            assert found == expected, (label, role)


def test_restoring_what_was_deleted_needs_the_rights_to_add_and_to_change(clients):
    for label, rights in lines(MODELS):
        if not has_deleted(label):
            continue
        path = reverse(f"admin:{label.replace('.', '_')}_deleted")
        for role, letters in rights.items():
            expected = (200, 404) if {"a", "c"} <= set(letters) else (403, 403)
            found = answer(clients[role], "get", path), answer(clients[role], "post", path)
            assert found == expected, (label, role)


@pytest.mark.parametrize("right", ["add", "change"])
def test_one_of_the_two_rights_restores_nothing(client, site, right):
    user = User.objects.create_user("gast", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__startswith=f"{right}_"))
    client.force_login(user)
    for label, _rights in lines(MODELS):
        if has_deleted(label):
            path = reverse(f"admin:{label.replace('.', '_')}_deleted")
            assert client.get(path).status_code == 403, label
            assert client.post(path, {"restore": "1"}).status_code == 403, label


def test_who_translates_one_language_opens_no_other(clients):
    Import.objects.update(language="en")
    for name in ("work_list", "export_translations", "import_translations", "translate"):
        _language, *others = resolve(page(name)).captured_kwargs.values()
        path = reverse(f"admin:{name}", args=["en", *others])
        assert clients["Übersetzung"].get(path).status_code == 403, name
    assert clients["Übersetzung"].post(page("undo_import")).status_code == 403


def has_deleted(label):
    model = {m._meta.label_lower: m for m in admin.site._registry}[label]
    return isinstance(admin.site._registry[model], DeletedAdmin)


def test_whoever_may_only_look_takes_nothing_back(client, site):
    user = User.objects.create_user("gast", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(user)
    for model, model_admin in admin.site._registry.items():
        if isinstance(model_admin, TranslatableAdmin):
            base = f"admin:{model._meta.app_label}_{model._meta.model_name}"
            history = reverse(f"{base}_history", args=[example(model._meta.label_lower).pk])
            assert client.get(history).status_code == 200, model
            for form in ({"undo": "1:slug"}, {"restore": "1"}):
                assert client.post(history, form).status_code == 403, model


def rights_of(ask, label):
    """Return {right: what each request that needs it was told}; they must all agree."""
    obj, base = example(label), f"admin:{label.replace('.', '_')}"
    change, delete, history = (
        reverse(f"{base}_{page}", args=[obj.pk]) for page in ("change", "delete", "history")
    )
    return {
        "view": {
            allowed(ask, "get", path) for path in (reverse(f"{base}_changelist"), change, history)
        },
        "add": {allowed(ask, method, reverse(f"{base}_add")) for method in ("get", "post")},
        "change": {allowed(ask, "post", change)},
        "delete": {allowed(ask, "get", delete), allowed(ask, "post", delete, {"post": "yes"})},
    }


def test_each_role_gets_the_answers_of_the_table(clients):
    for name, answers in lines(PAGES):
        path = page(name)
        found = {
            role: f"{answer(client, 'get', path)}/{answer(client, 'post', path)}"
            for role, client in clients.items()
        }
        assert found == answers, name


def page(name):
    others = {
        "translate": ["ar", "programme.area", Area.objects.first().uuid, "title"],
        "undo_import": [Import.objects.get().pk],
        "auth_user_password_change": [User.objects.get(username="kollegin").pk],
        "offer_preview": [Offer.objects.first().pk, "ar"],
    }
    return reverse(f"admin:{name}", args=(ARGUMENTS | others).get(name, []))


def test_without_signing_in_there_is_nothing(client, site):
    for label, _rights in lines(MODELS):
        base, obj = f"admin:{label.replace('.', '_')}", example(label)
        for path in (
            reverse(f"{base}_changelist"),
            reverse(f"{base}_add"),
            *(reverse(f"{base}_{p}", args=[obj.pk]) for p in ("change", "delete", "history")),
            *([reverse(f"{base}_deleted")] if has_deleted(label) else []),
        ):
            assert_leads_to_signing_in(client, path)
    for name, _answers in lines(PAGES):
        if name not in ("login", "logout"):
            assert_leads_to_signing_in(client, page(name))


def assert_leads_to_signing_in(client, path):
    for method in ("get", "post", "put", "delete"):
        response = getattr(client, method)(path)
        assert response.status_code == 302, (method, path)
        assert response.headers["Location"].startswith(
            ("/verwaltung/login/?", "/verwaltung/konto/")
        )


def test_somebody_who_is_no_staff_gets_in_nowhere(client, site):
    client.force_login(User.objects.get(username="kollegin"))
    for name, _answers in lines(PAGES):
        if name not in ("login", "logout"):
            assert client.get(page(name)).status_code in (302, 403), name


def names(patterns):
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from names(pattern.url_patterns)
        else:
            yield pattern.name or str(pattern.pattern)


def test_every_address_of_the_admin_is_in_a_table(db):
    staff = get_resolver().namespace_dict["admin"][1].url_patterns
    models = {label.replace(".", "_") for label, _rights in lines(MODELS)}
    pages = {name for name, _answers in lines(PAGES)} | {"password_change_done"}
    standard = {
        f"{model}_{kind}"
        for model in models
        for kind in ("changelist", "add", "change", "delete", "history", "deleted")
    }
    assert {label.replace(".", "_") for label in registered()} == models
    assert set(names(staff)) - standard - pages - UNNAMED == set()


def registered():
    return {model._meta.label_lower for model in admin.site._registry}
