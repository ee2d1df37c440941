"""The pages for signing in and for the own account: of allauth's, only those that are needed."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from django.urls import path, re_path
from django.utils.translation import gettext_lazy as _

from .views import AccountPage, RemovePasskey, enrol, forgotten_password, sign_out


def page(view, title, lead="", button=None, back=True):
    """Return the view with one of the two plain templates: a form, or only words."""
    words = {"title": title, "lead": lead, "button": button, "back": back}
    template = "account/form.html" if button else "account/notice.html"
    return view.as_view(template_name=template, extra_context=words)


AGAIN = _("Sind Sie es wirklich?")
WHY_AGAIN = _("Bevor Sie an Ihrem Zugang etwas ändern, zeigen Sie bitte noch einmal, wer Sie sind.")
CONFIRM = _("Bestätigen")

urlpatterns = [
    path("", AccountPage.as_view(), name="mfa_index"),
    path("", AccountPage.as_view(), name="mfa_list_webauthn"),
    path("einrichten/", enrol, name="account_enrol"),
    # Signing in and out
    path("anmelden/", account.login, name="account_login"),
    path("anmelden/code/", mfa.authenticate, name="mfa_authenticate"),
    path("anmelden/passkey/", passkeys.login_webauthn, name="mfa_login_webauthn"),
    path("abmelden/", sign_out, name="account_logout"),
    path(
        "gesperrt/",
        page(
            account.AccountInactiveView,
            _("Dieser Zugang ist gesperrt"),
            _("Fragen Sie die Person, die die Zugänge verwaltet."),
            back=False,
        ),
        name="account_inactive",
    ),
    # Once more, before something changes
    path(
        "bestaetigen/",
        page(account.ReauthenticateView, AGAIN, WHY_AGAIN, CONFIRM),
        name="account_reauthenticate",
    ),
    path(
        "bestaetigen/code/",
        page(mfa.ReauthenticateView, AGAIN, WHY_AGAIN, CONFIRM),
        name="mfa_reauthenticate",
    ),
    path(
        "bestaetigen/passkey/",
        passkeys.reauthenticate_webauthn,
        name="mfa_reauthenticate_webauthn",
    ),
    # Password
    path(
        "passwort/",
        page(
            account.PasswordChangeView,
            _("Passwort ändern"),
            _("Danach sind alle anderen Geräte abgemeldet."),
            _("Ändern"),
        ),
        name="account_change_password",
    ),
    path(
        "passwort/setzen/",
        page(account.PasswordSetView, _("Passwort setzen"), "", _("Speichern")),
        name="account_set_password",
    ),
    path("passwort/vergessen/", forgotten_password, name="account_reset_password"),
    path(
        "passwort/gesendet/",
        page(
            account.PasswordResetDoneView,
            _("Sehen Sie in Ihr Postfach"),
            _(
                "Wenn es einen Zugang mit dieser Adresse gibt, kommt gleich eine E-Mail. Der Link "
                "darin gilt eine Stunde und nur einmal. Sehen Sie auch im Spam-Ordner nach."
            ),
            back=False,
        ),
        name="account_reset_password_done",
    ),
    path(
        "passwort/fertig/",
        page(
            account.PasswordResetFromKeyDoneView,
            _("Das Passwort ist geändert"),
            _("Sie können sich jetzt anmelden."),
            back=False,
        ),
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^passwort/neu/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        page(account.PasswordResetFromKeyView, _("Neues Passwort"), "", _("Speichern"), back=False),
        name="account_reset_password_from_key",
    ),
    # Second factors
    path("app/", totp.activate_totp, name="mfa_activate_totp"),
    path(
        "app/entfernen/",
        page(
            totp.DeactivateTOTPView,
            _("App entfernen"),
            _("Die Codes der App gelten dann nicht mehr."),
            _("Entfernen"),
        ),
        name="mfa_deactivate_totp",
    ),
    path("passkey/", passkeys.add_webauthn, name="mfa_add_webauthn"),
    path(
        "passkey/<int:pk>/",
        page(passkeys.EditWebAuthnView, _("Passkey umbenennen"), "", _("Speichern")),
        name="mfa_edit_webauthn",
    ),
    path(
        "passkey/<int:pk>/entfernen/",
        page(
            RemovePasskey,
            _("Passkey entfernen"),
            _("Mit diesem Passkey kann sich dann niemand mehr anmelden."),
            _("Entfernen"),
        ),
        name="mfa_remove_webauthn",
    ),
    path("notfallcodes/", recovery.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "notfallcodes/datei/",
        recovery.download_recovery_codes,
        name="mfa_download_recovery_codes",
    ),
    path(
        "notfallcodes/neu/",
        page(
            recovery.GenerateRecoveryCodesView,
            _("Neue Notfallcodes"),
            _("Die alten Notfallcodes gelten dann nicht mehr."),
            _("Erzeugen"),
        ),
        name="mfa_generate_recovery_codes",
    ),
]
