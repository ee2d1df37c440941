"""Apps, passkeys and recovery codes, and that none can be gone around."""

import time
from collections import defaultdict

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth
from django.contrib.auth.models import Group, Permission, User
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import get_resolver, reverse

from languages.models import Language
from tests.wirportal.staff import (
    ACCOUNT,
    ENROL,
    LOGIN,
    TOO_MANY,
    again,
    code_of,
    is_signed_in,
    make_app,
    sign_in,
)
from wirportal.environment import flag

CONFIRMED = {"post": "yes"}


@pytest.fixture
def required(settings):
    settings.REQUIRE_MFA = True


def admin_pages():
    """Return an address of every page that the admin has, and one that it has not."""
    prefix, resolver = get_resolver().namespace_dict["admin"]
    values = defaultdict(lambda: "1", uuid="8f0f3f5e-6b5c-4c1d-9d55-2f7f0d0a7b11", code="ar")
    names = [name for name in resolver.reverse_dict if isinstance(name, str)]
    found = {
        f"/{prefix}{route % values}"
        for name in names
        for routes, *_rest in resolver.reverse_dict.getlist(name)
        for route, _parameters in routes
    }
    return sorted(found - {reverse("admin:login"), reverse("admin:logout")})


def test_without_the_required_factor_only_the_way_to_one_is_open(client, staff, required):
    answer = sign_in(client)
    pages = admin_pages()
    assert {"/verwaltung/", "/verwaltung/jsi18n/", "/verwaltung/abdeckung/"} < set(pages)
    for path in [*pages, "/verwaltung/gibt-es-nicht/"]:
        for method in (client.get, client.post):
            assert method(path).headers.get("Location") == ENROL, path
    page = client.get(answer.headers["Location"], follow=True).content.decode()
    assert "Noch ein Schritt" in page
    assert "App einrichten" in page
    make_app(staff)
    assert client.get("/verwaltung/").status_code == 200


def test_without_the_required_factor_no_draft_can_be_seen(client, staff, required, starter):
    Language.objects.filter(code="tr").update(published=False)
    client.force_login(staff)
    assert client.get("/tr/").status_code == 404
    make_app(staff)
    draft = client.get("/tr/")
    assert draft.status_code == 200
    assert draft.headers["Cache-Control"] == "private, no-store"
    assert "Cookie" in draft.headers["Vary"]


def test_a_second_factor_is_required_exactly_for_https(settings):
    assert flag("REQUIRE_MFA", True) is True
    assert flag("REQUIRE_MFA", False) is False


def test_the_first_sign_in_sets_up_the_app_and_shows_the_codes(client, staff, required):
    sign_in(client)
    page = client.get(f"{ACCOUNT}app/")
    secret = page.context["form"].secret
    assert secret in page.content.decode()
    wrong = client.post(f"{ACCOUNT}app/", {"code": "000000"})
    assert "stimmt nicht" in wrong.content.decode()
    code = auth.format_hotp_value(auth.hotp_value(secret, int(time.time()) // 30))
    done = client.post(f"{ACCOUNT}app/", {"code": code})
    assert done.headers["Location"] == f"{ACCOUNT}notfallcodes/"
    again(client)
    codes = client.get(f"{ACCOUNT}notfallcodes/").context["unused_codes"]
    assert len(codes) == 10
    assert codes[0] in client.get(f"{ACCOUNT}notfallcodes/datei/").content.decode()
    assert client.get("/verwaltung/").status_code == 200


def test_the_code_of_the_app_opens_once_and_a_recovery_code_once(staff):
    app = make_app(staff)
    recovery = RecoveryCodes.activate(staff).get_unused_codes()[0]
    for code, opens in [
        (code_of(app), True),
        (code_of(app), False),
        (code_of(app, 5), False),
        (recovery, True),
        (recovery, False),
    ]:
        client = Client()
        assert sign_in(client).headers["Location"] == f"{LOGIN}code/"
        assert client.get("/verwaltung/").status_code == 302
        client.post(f"{LOGIN}code/", {"code": code})
        assert is_signed_in(client) is opens


def test_a_code_cannot_be_used_again_while_it_is_still_accepted(staff, settings):
    """allauth forgets it after 30 seconds, but takes it for 90."""
    app = make_app(staff)
    code = code_of(app)
    first, second = Client(), Client()
    sign_in(first)
    first.post(f"{LOGIN}code/", {"code": code})
    assert is_signed_in(first)
    cache.delete(f"allauth.mfa.totp.used?user={staff.pk}&code={code}")
    sign_in(second)
    second.post(f"{LOGIN}code/", {"code": code})
    assert not is_signed_in(second)


def test_the_code_of_the_sign_in_does_not_confirm_a_change_as_well(client, staff):
    app = make_app(staff)
    code = code_of(app)
    sign_in(client)
    client.post(f"{LOGIN}code/", {"code": code})
    for text, status in ((code, 200), (code_of(app, 1), 302)):
        cache.delete(f"allauth.mfa.totp.used?user={staff.pk}&code={text}")
        answer = client.post(f"{ACCOUNT}bestaetigen/code/", {"code": text})
        assert answer.status_code == status


def test_codes_cannot_be_guessed(client, staff):
    app = make_app(staff)
    sign_in(client)
    for _ in range(5):
        client.post(f"{LOGIN}code/", {"code": "000000"})
    page = client.post(f"{LOGIN}code/", {"code": code_of(app)})
    assert TOO_MANY in page.content.decode()
    assert not is_signed_in(client)


def test_a_change_of_factors_asks_for_the_password_again(client, staff):
    app = make_app(staff)
    client.force_login(staff)
    answer = client.post(f"{ACCOUNT}app/entfernen/")
    assert answer.headers["Location"].startswith(f"{ACCOUNT}bestaetigen/?next=")
    assert Authenticator.objects.filter(pk=app.pk).exists()
    again(client, "falsch")
    client.post(f"{ACCOUNT}app/entfernen/")
    assert Authenticator.objects.filter(pk=app.pk).exists()
    again(client)
    client.post(f"{ACCOUNT}app/entfernen/")
    assert not Authenticator.objects.exists()


def make_passkey(user):
    data = {"name": "Telefon", "credential": {}}
    return Authenticator.objects.create(user=user, type="webauthn", data=data)


def test_the_last_factor_stays_where_one_is_required(client, staff, required):
    app, passkey = make_app(staff), make_passkey(staff)
    RecoveryCodes.activate(staff)
    client.force_login(staff)
    again(client)
    client.post(f"{ACCOUNT}passkey/{passkey.pk}/entfernen/")
    assert not Authenticator.objects.filter(pk=passkey.pk).exists()
    page = client.post(f"{ACCOUNT}app/entfernen/")
    assert "einzige zweite Sicherung" in page.content.decode()
    passkey = make_passkey(staff)
    client.post(f"{ACCOUNT}app/entfernen/")
    assert not Authenticator.objects.filter(pk=app.pk).exists()
    client.post(f"{ACCOUNT}passkey/{passkey.pk}/entfernen/")
    assert Authenticator.objects.filter(pk=passkey.pk).exists()


def test_nobody_reaches_the_passkey_of_someone_else(client, staff):
    passkey = make_passkey(User.objects.create_user("andere"))
    client.force_login(staff)
    again(client)
    for path in (f"passkey/{passkey.pk}/", f"passkey/{passkey.pk}/entfernen/"):
        assert client.post(f"{ACCOUNT}{path}", {"name": "x"}).status_code == 404
    assert Authenticator.objects.get().data["name"] == "Telefon"


def test_a_lost_phone_is_reset_and_every_device_signed_out(client, staff, capsys, caplog):
    make_app(staff)
    RecoveryCodes.activate(staff)
    sign_in(client)
    client.post(f"{LOGIN}code/", {"code": code_of(Authenticator.objects.get(type="totp"))})
    assert is_signed_in(client)
    call_command("resetmfa", "redaktion")
    assert "Entfernt: 1" in capsys.readouterr().out
    assert "'redaktion' were reset" in caplog.text
    assert not Authenticator.objects.exists()
    assert not is_signed_in(client)
    with pytest.raises(CommandError, match="niemand"):
        call_command("resetmfa", "niemand")


def test_the_lead_resets_a_colleague_but_not_the_operator(client, staff, starter):
    lead = User.objects.create_user("leitung", password="x", is_staff=True)
    lead.groups.add(Group.objects.get(name="Leitung"))
    colleague = User.objects.create_user("kollegin", password="x", is_staff=True)
    make_app(staff)
    make_app(colleague)
    client.force_login(lead)
    chosen = {"action": "reset_second_factor", "_selected_action": [staff.pk, colleague.pk]}
    client.post("/verwaltung/auth/user/", chosen)
    assert list(Authenticator.objects.values_list("user", flat=True)) == [staff.pk]
    log = client.get(f"/verwaltung/auth/user/{colleague.pk}/history/").content.decode()
    assert "Zweite Sicherung zurückgesetzt." in log
    for path in ("change/", "password/"):
        change = f"/verwaltung/auth/user/{staff.pk}/{path}"
        new = {"password1": "ganz neues Passwort", "password2": "ganz neues Passwort"}
        assert client.post(change, new).status_code == 403
    page = client.get(f"/verwaltung/auth/user/{lead.pk}/change/").content.decode()
    assert 'name="is_superuser"' not in page
    assert 'name="groups"' in page


def test_the_lead_gives_no_rights_but_those_of_a_group(client, staff, starter):
    lead = User.objects.create_user("leitung", password="x", is_staff=True)
    lead.groups.add(Group.objects.get(name="Leitung"))
    client.force_login(lead)
    right = Permission.objects.get(codename="delete_user")
    form = {"username": "leitung", "is_active": "on", "is_staff": "on"}
    form |= {"groups": lead.groups.get().pk}
    form |= {"date_joined_0": "1.2.2026", "date_joined_1": "10:00"}
    more = {"is_superuser": "on", "user_permissions": right.pk, "first_name": "Lea"}
    response = client.post(f"/verwaltung/auth/user/{lead.pk}/change/", form | more)
    assert response.status_code == 302
    lead.refresh_from_db()
    assert lead.first_name == "Lea"
    assert not lead.is_superuser
    assert not lead.user_permissions.exists()


def test_no_right_lets_the_lead_delete_the_operator(client, staff, starter):
    lead = User.objects.create_user("leitung", password="x", is_staff=True)
    lead.groups.add(Group.objects.get(name="Leitung"))
    Group.objects.get(name="Leitung").permissions.add(  # the lead may change it
        Permission.objects.get(codename="delete_user")
    )
    colleague = User.objects.create_user("kollegin", password="x")
    client.force_login(lead)
    assert client.post(f"/verwaltung/auth/user/{staff.pk}/delete/", CONFIRMED).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [staff.pk, colleague.pk]}
    client.post("/verwaltung/auth/user/", chosen | CONFIRMED)
    assert User.objects.count() == 3
    client.post("/verwaltung/auth/user/", chosen | CONFIRMED | {"_selected_action": colleague.pk})
    assert set(User.objects.all()) == {staff, lead}
