"""What allauth's views lack: one page for everything about the own account."""

from datetime import datetime

from allauth.account import views as account
from allauth.account.adapter import get_adapter as account_adapter
from allauth.mfa.adapter import get_adapter as mfa_adapter
from allauth.mfa.base.views import IndexView
from allauth.mfa.webauthn.views import RemoveWebAuthnView
from allauth.usersessions.internal.flows.sessions import end_other_sessions
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from ..clients import device_name
from ..guides import help_address
from .adapters import has_factor, lacks_factor


def devices(user):
    """Return where `user` is signed in now: (name, last use, whether it is this one)."""
    sessions = UserSession.objects.purge_and_list(user)
    sessions.sort(key=lambda session: session.last_seen_at, reverse=True)
    return [
        (device_name(session.user_agent), session.last_seen_at, session.is_current())
        for session in sessions
    ]


class AccountPage(IndexView):
    template_name = "account/account.html"

    def get_context_data(self, **kwargs):
        user, before = self.request.user, self.request.session.get("before")
        return super().get_context_data(
            devices=devices(user),
            before=before and datetime.fromisoformat(before),
            lacks_factor=lacks_factor(user),
            help="" if lacks_factor(user) else help_address(user, "mfa_index"),
            **kwargs,
        )

    def post(self, request):
        end_other_sessions(request, request.user)
        messages.success(request, _("Alle anderen Geräte sind abgemeldet."))
        return redirect("mfa_index")


@login_required
def enrol(request):
    """The first sign-in where a second factor is required leads here."""
    if has_factor(request.user):
        return redirect("admin:index")
    return render(request, "account/enrol.html")


class RemovePasskey(RemoveWebAuthnView):
    template_name = "account/form.html"

    def form_valid(self, form):
        adapter = mfa_adapter()
        if adapter.can_delete_authenticator(self.get_object()):
            return super().form_valid(form)
        refusal = adapter.error_messages["cannot_delete_authenticator"]
        account_adapter().add_message(self.request, messages.ERROR, message=refusal)
        return redirect("mfa_index")


sign_out = account.LogoutView.as_view(
    template_name="account/form.html",
    extra_context={"title": _("Abmelden"), "button": _("Abmelden"), "back": True},
)
reset_by_mail = account.PasswordResetView.as_view()


def forgotten_password(request):
    if settings.HAS_MAIL:
        return reset_by_mail(request)
    return render(request, "account/password_reset.html")
