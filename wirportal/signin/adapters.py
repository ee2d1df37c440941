"""Signing in to the admin: who may try how often, and what allauth says and sends."""

import logging
import math
import time
from datetime import timedelta
from threading import Thread
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from programme.site import site_of

from ..clients import device_name, known_device, remember_device

logger = logging.getLogger(__name__)

APP = "allauth.account"
#: Recovery codes are no factor of their own: they replace one that is lost.
FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]

#: What is said in place of allauth's templates; what is not here needs no words.
MESSAGES = {
    "account/messages/logged_out.txt": _("Sie sind abgemeldet."),
    "account/messages/password_changed.txt": _("Das Passwort ist geändert."),
    "account/messages/password_set.txt": _("Das Passwort ist geändert."),
    "mfa/messages/totp_activated.txt": _("Die App ist eingerichtet."),
    "mfa/messages/totp_deactivated.txt": _("Die App ist entfernt."),
    "mfa/messages/webauthn_added.txt": _("Der Passkey ist eingerichtet."),
    "mfa/messages/webauthn_removed.txt": _("Der Passkey ist entfernt."),
}
#: What is told by e-mail.
NEWS = {
    "new_device": _("Jemand hat sich mit Ihrem Namen an einem neuen Gerät angemeldet."),
    "account/email/password_changed": _("Ihr Passwort wurde geändert."),
    "account/email/password_reset": _("Ihr Passwort wurde geändert."),
    "account/email/password_set": _("Ihr Passwort wurde geändert."),
    "mfa/email/totp_activated": _("Eine App für Codes wurde eingerichtet."),
    "mfa/email/totp_deactivated": _("Die App für Codes wurde entfernt."),
    "mfa/email/webauthn_added": _("Ein Passkey wurde eingerichtet."),
    "mfa/email/webauthn_removed": _("Ein Passkey wurde entfernt."),
    "mfa/email/recovery_codes_generated": _("Neue Notfallcodes wurden erzeugt."),
}
WAYS = {
    "reauthenticate": _("mit Ihrem Passwort"),
    "mfa_reauthenticate": _("mit einem Code"),
    "mfa_reauthenticate:webauthn": _("mit einem Passkey"),
}
WRONG_CODE = _("Dieser Code stimmt nicht, oder er wurde schon benutzt.")


def has_factor(user):
    return Authenticator.objects.filter(user=user, type__in=FACTORS).exists()


def lacks_factor(user):
    """Tell whether this user must first set up a second factor before anything else."""
    return settings.REQUIRE_MFA and user.is_authenticated and not has_factor(user)


def end_in_time(session):
    """Let a session end for good, however busy it is."""
    session.set_expiry(timezone.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE))


def deliver(message):
    try:
        message.send()
    except OSError as error:  # smtplib's errors, too; they may name the recipient
        logger.error("An e-mail could not be sent: %s", type(error).__name__)


def minutes_left(request, action, key):
    """Return after how many minutes there is one more try."""
    until = 0
    for rate in ratelimit.get_rates(app=APP, action=action):
        place = ratelimit.get_cache_key(request, app=APP, action=action, rate=rate, key=key)
        tries = cache.get(place, [])  # the newest first
        if len(tries) >= rate.amount:
            until = max(until, tries[rate.amount - 1] + rate.duration)
    return max(1, math.ceil((until - time.time()) / 60))


def please_wait(minutes):
    text = ngettext(
        "Zu viele falsche Versuche. Bitte warten Sie %(minutes)d Minute. Vorher wird auch das "
        "richtige Passwort nicht angenommen.",
        "Zu viele falsche Versuche. Bitte warten Sie %(minutes)d Minuten. Vorher wird auch das "
        "richtige Passwort nicht angenommen.",
        minutes,
    )
    return ValidationError(text % {"minutes": minutes}, code="too_many_login_attempts")


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": _("Benutzername oder Passwort stimmen nicht."),
        "incorrect_password": _("Das Passwort stimmt nicht."),
        "enter_current_password": _("Das Passwort stimmt nicht."),
        "too_many_login_attempts": _("Zu viele falsche Versuche. Bitte warten Sie 15 Minuten."),
        "rate_limited": _("Zu viele falsche Versuche. Bitte warten Sie 15 Minuten."),
    }

    def is_open_for_signup(self, request):
        return False

    def is_safe_url(self, url):
        """Only this very host: ALLOWED_HOSTS also has names for the machine itself."""
        return url_has_allowed_host_and_scheme(
            url, {self.request.get_host()}, require_https=self.request.is_secure()
        )

    def pre_authenticate(self, request, **credentials):
        """Count this try; refuse it before the password is looked at."""
        name = credentials["username"].casefold()
        device = known_device(request, name)
        tries = {"login_failed": f"{name} {device or request.META['REMOTE_ADDR']}"}
        if not device:
            tries["login_failed_account"] = name
        counted = ratelimit.RateLimitUsage(usage=[])
        for action, key in tries.items():
            usage = ratelimit.consume(request, app=APP, action=action, key=key)
            if not usage:
                raise please_wait(minutes_left(request, action, key))
            counted.usage += usage.usage
        self._login_failed_rl_usage = counted  # taken back when the password is right

    def login(self, request, user):
        before = user.last_login
        super().login(request, user)
        request.session["before"] = before and before.isoformat()
        end_in_time(request.session)
        if not has_factor(user):  # the password was typed just now: enough to set up the first
            reauthenticate_by_password(request)

    def post_login(self, request, user, **kwargs):
        response = super().post_login(request, user, **kwargs)
        if not known_device(request, user.username):
            if request.session["before"]:
                self.send_notification_mail("new_device", user)
            remember_device(request, response, user.username)
        return response

    def get_reauthentication_methods(self, user):
        methods = super().get_reauthentication_methods(user)
        return [{**method, "description": WAYS[method["id"]]} for method in methods]

    def get_password_change_redirect_url(self, request):
        return settings.ACCOUNT_PATH

    def add_message(self, request, level, message_template=None, *args, message=None, **kwargs):
        if message := message or MESSAGES.get(message_template):
            messages.add_message(request, level, message)

    def get_reset_password_from_key_url(self, key):
        return settings.SITE_URL + urlsplit(super().get_reset_password_from_key_url(key)).path

    def send_notification_mail(self, template_prefix, user, context=None, email=None):
        if settings.HAS_MAIL and user.email:
            device = device_name(self.get_http_user_agent(self.request))
            news = {"user": user, "news": NEWS[template_prefix], "device": device}
            self.send_mail("account/email/news", user.email, news)

    def send_mail(self, template_prefix, email, context):
        """Send aside: how long an answer takes must not tell whether there is such an account."""
        context = {"now": timezone.now(), "site_url": settings.SITE_URL, **context}
        Thread(target=deliver, args=[self.render_mail(template_prefix, email, context)]).start()


class MFAAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": WRONG_CODE,
        "cannot_delete_authenticator": _(
            "Das ist Ihre einzige zweite Sicherung. Richten Sie zuerst eine andere ein."
        ),
        "cannot_generate_recovery_codes": _("Richten Sie zuerst eine App oder einen Passkey ein."),
    }

    def can_delete_authenticator(self, authenticator):
        others = Authenticator.objects.filter(user=authenticator.user_id, type__in=FACTORS)
        return not settings.REQUIRE_MFA or others.exclude(pk=authenticator.pk).exists()

    def get_totp_label(self, user):
        return user.get_username()

    def _get_site_name(self):
        return site_of(self.request).programme.site_name

    def generate_authenticator_name(self, user, type):
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return _("Passkey %(number)d") % {"number": number}
