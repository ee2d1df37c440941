"""What is put on record (models.AuditEntry), and where it is noticed.

Django's and allauth's own models have no method of ours that could do it: hence the signals. What
is published is noticed by the database (triggers.py), files by the admin (files.py).
"""

from allauth.core.internal import ratelimit
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed
from django.contrib.auth.models import Group, User
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_save
from django.utils.translation import gettext as _
from django.utils.translation import override
from simple_history.models import HistoricalRecords
from simple_history.signals import post_create_historical_record

from languages.deleted import RESTORED
from languages.models import Import, Language
from languages.registry import SOURCE

from ..clients import known_device
from ..models import Action, AuditEntry

#: What makes an account able to do more or less, or somebody else's.
WATCHED = ("username", "email", "password", "is_active", "is_staff", "is_superuser")
#: Names of what must not be repeated here: only that it changed.
SILENT = ("email", "password")


def current_user():
    """Return who is at work in this thread; None for a command."""
    user = getattr(getattr(HistoricalRecords.context, "request", None), "user", None)
    return user if user is not None and user.is_authenticated else None


def record(action, label="", detail="", user=None):
    user = user or current_user()
    name = user.get_username() if user else ""
    if user and not User.objects.filter(pk=user.pk).exists():  # has just deleted the own account
        user = None
    AuditEntry.objects.create(user=user, name=name, action=action, label=label, detail=detail)


def signed_in(user, **kwargs):
    record(Action.SIGNED_IN, user=user)


def signed_out(user, **kwargs):
    if user:
        record(Action.SIGNED_OUT, user=user)


def failed(credentials, request=None, **kwargs):
    """A name that nobody has is not kept: people also type their passwords there."""
    typed = str(credentials.get("username", ""))
    user = User.objects.filter(username__iexact=typed).first()
    record(Action.FAILED, detail="" if user else _("unbekannter Name"), user=user)
    # Asked for every name: how long an answer takes must not tell whether somebody has it.
    locked = request and is_locked(request, typed.casefold())
    if user and locked:
        record(Action.LOCKED, user=user)


def is_locked(request, name):
    """Tell whether the next try is refused; counted as in signin.AccountAdapter."""
    device = known_device(request, name)
    tries = {"login_failed": f"{name} {device or request.META['REMOTE_ADDR']}"}
    if not device:
        tries["login_failed_account"] = name
    return not all(
        ratelimit.consume(request, app="allauth.account", action=action, key=key, dry_run=True)
        for action, key in tries.items()
    )


def failed_factor(user, **kwargs):
    record(Action.FAILED, detail=_("zweite Sicherung"), user=user)


def shown(value):
    return {True: _("ja"), False: _("nein")}.get(value, value)


def user_changes(instance, update_fields=None, **kwargs):
    # A password in an older hash is renewed at sign-in, by itself alone: nobody changed it.
    names = [name for name in WATCHED if update_fields is None or name in update_fields]
    stored = User.objects.filter(pk=instance.pk).values(*names).first() if instance.pk else None
    if not stored or (update_fields is not None and set(update_fields) == {"password"}):
        return
    parts = []
    with override(SOURCE):
        for name in names:
            old, new = stored[name], getattr(instance, name)
            if old != new:
                title = str(User._meta.get_field(name).verbose_name)
                text = f"{title}: {shown(old)} → {shown(new)}"
                parts.append(_("%(field)s geändert") % {"field": title} if name in SILENT else text)
    if parts:
        record(Action.RIGHTS, instance.username, "; ".join(parts))


def is_setup(obj):
    """Tell whether `manage.py setup` makes the groups that there have to be."""
    return isinstance(obj, Group) and current_user() is None


def added(instance, created, **kwargs):
    if created and not is_setup(instance):
        record(Action.RIGHTS, str(instance), _("neu: %(kind)s") % {"kind": kind(instance)})


def deleted(instance, **kwargs):
    record(Action.RIGHTS, str(instance), _("gelöscht: %(kind)s") % {"kind": kind(instance)})


def kind(obj):
    with override(SOURCE):
        return str(obj._meta.verbose_name)


def factor_added(instance, created, **kwargs):
    if created:
        record(Action.RIGHTS, str(instance.user), _("eingerichtet: %s") % factor(instance))


def factor_removed(instance, **kwargs):
    record(Action.RIGHTS, str(instance.user), _("entfernt: %s") % factor(instance))


def factor(authenticator):
    return {
        Authenticator.Type.TOTP: _("App für Codes"),
        Authenticator.Type.WEBAUTHN: _("Passkey"),
        Authenticator.Type.RECOVERY_CODES: _("Notfallcodes"),
    }.get(authenticator.type, authenticator.type)


def rights_changed(sender, instance, action, model, pk_set, reverse, **kwargs):
    """A group, a right or a language was given to somebody, or taken away."""
    words = {"post_add": _("dazu: %s"), "post_remove": _("weg: %s"), "pre_clear": _("weg: %s")}
    if action not in words or is_setup(instance):
        return
    if pk_set is None:
        names = [field for field in sender._meta.fields if field.is_relation]
        own = next(field.name for field in names if isinstance(instance, field.related_model))
        other = next(field.attname for field in names if field.related_model is model)
        rows = sender.objects.filter(**{own: instance}) if instance.pk else sender.objects.none()
        pk_set = set(rows.values_list(other, flat=True))
    if pk_set:
        found = ", ".join(sorted(map(str, model.objects.filter(pk__in=pk_set))))
        record(Action.RIGHTS, str(instance), words[action] % found)


def language_changes(instance, **kwargs):
    stored = Language.objects.filter(pk=instance.pk).first() if instance.pk else None
    if stored and stored.published != instance.published:
        action = Action.PUBLISHED if instance.published else Action.UNPUBLISHED
        record(action, f"{kind(instance)}: {instance}")


def restored(instance, history_instance, **kwargs):
    if (history_instance.history_type, history_instance.history_change_reason) == ("+", RESTORED):
        record(Action.RESTORED, f"{kind(instance)}: {instance}")


def file_of_translations(instance, created, update_fields=None, **kwargs):
    if created:
        detail = _("%(language)s: %(count)s Texte")
        detail %= {"language": instance.language, "count": len(instance.changes)}
        record(Action.IMPORT, instance.filename, detail, user=instance.user)
    elif update_fields and "undone_at" in update_fields:
        record(Action.IMPORT, instance.filename, _("zurückgenommen"))


def connect():
    user_logged_in.connect(signed_in)
    user_logged_out.connect(signed_out)
    user_login_failed.connect(failed)
    authentication_failed.connect(failed_factor)
    pre_save.connect(user_changes, sender=User)
    for model in (User, Group):
        post_save.connect(added, sender=model)
        post_delete.connect(deleted, sender=model)
    post_save.connect(factor_added, sender=Authenticator)
    post_delete.connect(factor_removed, sender=Authenticator)
    for relation in (User.groups, User.user_permissions, Group.permissions, Language.translators):
        m2m_changed.connect(rights_changed, sender=relation.through)
    pre_save.connect(language_changes, sender=Language)
    post_save.connect(file_of_translations, sender=Import)
    post_create_historical_record.connect(restored)
