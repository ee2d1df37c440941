"""What the tests of the log of staff actions share."""

from django.contrib.auth.models import User
from django.urls import reverse

from tests.admin_forms import form_data
from wirportal.models import Action, AuditEntry

URL = "/verwaltung/protokoll/"


def entries(*actions):
    """Return (who, what, of what, details), the oldest first; not how the test itself began."""
    rows = AuditEntry.objects.order_by("pk").exclude(name="", detail="neu: Benutzer")
    rows = rows.filter(action__in=actions) if actions else rows.exclude(action=Action.SIGNED_IN)
    return [(row.name, row.action, row.label, row.detail) for row in rows]


def change(obj):
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change", args=[obj.pk])


def save(client, obj, **changes):
    if isinstance(obj, User):  # two inputs
        changes |= {"date_joined_0": "1.2.2026", "date_joined_1": "10:00"}
    response = client.post(change(obj), form_data(client, change(obj), **changes))
    assert response.status_code == 302, response.context["adminform"].form.errors
