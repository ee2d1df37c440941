"""Accounts in the admin: what allauth would show there is left out."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from .adapters import FACTORS, has_factor

RESET = _("Zweite Sicherung zurückgesetzt.")


def reset_factors(user):
    """Remove second factors and recovery codes, and sign out everywhere; return how many."""
    count = Authenticator.objects.filter(user=user, type__in=FACTORS).count()
    Authenticator.objects.filter(user=user).delete()
    for session in UserSession.objects.filter(user=user):
        session.end()
    return count


@admin.action(
    description=_("Zweite Sicherung zurücksetzen (Telefon verloren)"),
    permissions=["change"],
)
def reset_second_factor(model_admin, request, users):
    done = 0
    for user in users:
        if model_admin.has_change_permission(request, user):
            reset_factors(user)
            model_admin.log_change(request, user, str(RESET))
            done += 1
    text = ngettext("%(done)d Zugang zurückgesetzt.", "%(done)d Zugänge zurückgesetzt.", done)
    messages.success(request, text % {"done": done})


def is_within_reach(user, other):
    return other is None or not other.is_superuser or user.is_superuser


class StaffUserAdmin(UserAdmin):
    """Who looks after accounts cannot take over, make or delete one that may do everything."""

    actions = [reset_second_factor]
    list_display = ["username", "first_name", "last_name", "is_staff", "second_factor"]

    @admin.display(description=_("zweite Sicherung"), boolean=True)
    def second_factor(self, user):
        return has_factor(user)

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and is_within_reach(request.user, obj)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and is_within_reach(request.user, obj)

    def get_readonly_fields(self, request, obj=None):
        fields = super().get_readonly_fields(request, obj)
        return (
            fields if request.user.is_superuser else [*fields, "is_superuser", "user_permissions"]
        )


def put_in_order():
    """After every app has registered its models."""
    for model in (Authenticator, EmailAddress, UserSession, User):
        admin.site.unregister(model)
    admin.site.register(User, StaffUserAdmin)
