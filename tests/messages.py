"""Writing to staff as a browser does."""

import time
from urllib.parse import urlencode

from django.core.signing import TimestampSigner, b62_encode

from tests.pages import Reading

FEEDBACK, BARRIER = "/de/rueckmeldung/", "/de/barriere-melden/"
SENT = "/de/rueckmeldung/danke/"
TEXT = "Bitte auch abends öffnen."


def proof_of(age, token="ein-token"):
    """Return what a form holds that was opened so many seconds ago."""
    signer = TimestampSigner(salt="contacts.message")
    signer.timestamp = lambda: b62_encode(int(time.time() - age))
    return signer.sign(token)


def opened(client, path=FEEDBACK, age=60, **headers):
    """Open a form; return what it holds, as if that had been so many seconds ago."""
    page = Reading(client.get(path, **headers).content.decode())
    values = {a["name"]: a.get("value", "") for a, _ in page.all("input") if a["type"] != "radio"}
    return values | {"proof": proof_of(age, values["proof"].rsplit(":", 2)[0])}


def send(client, path, values, **headers):
    """Send a form: encoded as browsers do where no file goes with it."""
    kind = "application/x-www-form-urlencoded"
    return client.post(path, urlencode(values, doseq=True), kind, **headers)


def write(client, path=FEEDBACK, age=60, **values):
    """Open a form, fill it in and send it."""
    return send(client, path, opened(client, path, age) | {"text": TEXT} | values)


def complaints(response):
    """Return what the summary above the form says, with where its links lead."""
    page = Reading(response.content.decode())
    [(_attributes, _text)] = page.all("div", id="meldung")
    found = {}
    for item in response.context["form"].errors.values():
        for text in item:
            links = [a["href"] for a, label in page.all("a") if label == text]
            found[text] = links[0] if links else None
    return found
