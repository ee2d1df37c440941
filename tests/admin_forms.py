"""Filling in an admin form as a browser does: read it, change some fields, send all of it."""

from unittest.mock import patch

from django.forms import FileField
from django.template.response import TemplateResponse


def form_data(client, url, **changes):
    """Return what a browser would POST from the change form at `url`, with `changes` made.

    The page is not drawn, which takes longest: how it looks is tested where it is looked at.
    """
    with patch.object(TemplateResponse, "rendered_content", ""):
        response = client.get(url)
    assert response.status_code == 200
    form = response.context_data["adminform"].form
    data = {"_opened": form.opened} if hasattr(form, "opened") else {}
    data |= fields(form)
    for table in response.context_data["inline_admin_formsets"]:
        for part in (table.formset.management_form, *table.formset.forms):
            data |= fields(part)
    return {key: value for key, value in (data | changes).items() if value is not None}


def fields(form):
    """Return the names and values of one form, or of one row of a table."""
    data = {}
    for bound in form:
        value = bound.value()
        if isinstance(bound.field, FileField):
            continue
        if value is True:
            data[bound.html_name] = "on"
        elif isinstance(value, list | tuple):
            data[bound.html_name] = [getattr(item, "pk", item) for item in value]
        elif value is not None and value is not False:
            data[bound.html_name] = value
    return data


def errors(response):
    """Return {field: [messages]} of a form that was refused."""
    assert response.status_code == 200, "the form was accepted"
    return response.context["adminform"].form.errors
