"""allauth's forms in our words: labels instead of placeholders."""

from allauth.account import forms as account
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.base import forms as codes
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from .adapters import WRONG_CODE, end_in_time

SECONDS_OF_A_CODE = 90  # with the one before and the one after


class Plain:
    LABELS = {}
    HELP = {}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = self.LABELS.get(name, field.label)
            field.help_text = self.HELP.get(name, "")
            field.widget.attrs.pop("placeholder", None)
            if name in {"code", "login"}:  # what phones would make of it is never right
                field.widget.attrs |= {"autocapitalize": "none", "spellcheck": "false"}


PASSWORD = {"password": _("Passwort")}
NEW_PASSWORD = {
    "oldpassword": _("Jetziges Passwort"),
    "password1": _("Neues Passwort"),
    "password2": _("Neues Passwort noch einmal"),
}


class SignInForm(Plain, account.LoginForm):
    LABELS = PASSWORD | {"login": _("Benutzername")}

    def login(self, request, redirect_url=None):
        response = super().login(request, redirect_url)
        end_in_time(request.session)
        return response


class PasswordAgainForm(Plain, account.ReauthenticateForm):
    LABELS = PASSWORD


class Twice(Plain):
    LABELS = NEW_PASSWORD
    HELP = {
        "oldpassword": "",
        "password1": _("Mindestens 12 Zeichen. Gut zu merken ist ein kurzer, eigener Satz."),
        "password2": "",
    }

    def clean_password2(self):
        again = self.cleaned_data["password2"]
        if again != self.cleaned_data.get("password1", again):
            raise ValidationError(_("Die beiden neuen Passwörter sind nicht gleich."))
        return again


class ChangePasswordForm(Twice, account.ChangePasswordForm):
    pass


class SetPasswordForm(Twice, account.SetPasswordForm):
    pass


class NewPasswordForm(Twice, account.ResetPasswordKeyForm):
    pass


class ForgottenPasswordForm(Plain, account.ResetPasswordForm):
    LABELS = {"email": _("E-Mail-Adresse")}


class OnlyOnce:
    """A code that was seen over somebody's shoulder is worth nothing, as long as it is valid."""

    def clean_code(self):
        code = super().clean_code()
        used = salted_hmac("code", f"{self.user.pk} {normalize_user_code(code)}").hexdigest()
        if not cache.add(f"code:{used}", True, timeout=SECONDS_OF_A_CODE):
            raise ValidationError(WRONG_CODE, code="incorrect_code")
        return code


CODE = {"code": _("Code aus der App oder Notfallcode")}


class CodeForm(OnlyOnce, Plain, codes.AuthenticateForm):
    LABELS = CODE


class CodeAgainForm(OnlyOnce, Plain, codes.ReauthenticateForm):
    LABELS = CODE


class AppForm(Plain, ActivateTOTPForm):
    LABELS = {"code": _("Code aus der App")}


class PasskeyForm(Plain, AddWebAuthnForm):
    LABELS = {"name": _("Name"), "passwordless": _("auch ohne Passwort anmelden")}
    HELP = {"name": _("Zum Wiedererkennen, zum Beispiel: Diensttelefon")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["passwordless"].initial = True


class PasskeyNameForm(Plain, EditWebAuthnForm):
    LABELS = {"name": _("Name")}
