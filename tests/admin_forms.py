"""Filling in an admin form as a browser does: read it, change some fields, send all of it."""

from django.forms import FileField


def form_data(client, url, **changes):
    """Return what a browser would POST from the change form at `url`, with `changes` made."""
    response = client.get(url)
    assert response.status_code == 200
    data = {"_opened": response.context["adminform"].form.opened}
    for bound in response.context["adminform"].form:
        value = bound.value()
        if isinstance(bound.field, FileField):
            continue
        if value is True:
            data[bound.name] = "on"
        elif isinstance(value, list | tuple):
            data[bound.name] = [getattr(item, "pk", item) for item in value]
        elif value is not None and value is not False:
            data[bound.name] = value
    return {key: value for key, value in (data | changes).items() if value is not None}


def errors(response):
    """Return {field: [messages]} of a form that was refused."""
    assert response.status_code == 200, "the form was accepted"
    return response.context["adminform"].form.errors
