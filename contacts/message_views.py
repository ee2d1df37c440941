"""Writing to staff, without an account: on a page of its own, or about an entry."""

import time
from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import BadRequest
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from languages.readers import attach_states
from programme.models import Page

from .forms import FORMS
from .models import ContactPerson, Message
from .presence import presence_of

#: A whole house may share one address.
MOST, WITHIN = 20, 60 * 60  # messages, seconds
TOO_MANY = _(
    "Von Ihrem Anschluss kamen gerade sehr viele Nachrichten. "
    "Bitte senden Sie diese in einer Stunde noch einmal, oder rufen Sie uns an."
)
#: Pages that staff edit, with a form below their text: {address: kind of message}.
PAGES = {"rueckmeldung": Message.Kind.FEEDBACK, "barriere-melden": Message.Kind.BARRIER}
#: Where a message of each kind leads to.
SENT = {
    Message.Kind.ERROR: "message-sent",
    Message.Kind.FEEDBACK: "message-sent",
    Message.Kind.BARRIER: "barrier-sent",
}

read_or_send = require_http_methods(["GET", "HEAD", "POST"])


@read_or_send
def page_with_form(request, slug):
    page = get_object_or_404(Page.objects.published().for_reader(), slug=slug)
    attach_states(subject=page)
    context = {"page": page, "translated": page.translated_into(), "with_form": True}
    return answer(request, "contacts/message_page.html", Message(kind=PAGES[slug]), context)


@read_or_send
def report(request, model, slug):
    """Report an error in one entry that the public can see."""
    entry = get_object_or_404(model.objects.published().for_reader(), slug=slug)
    message = Message(kind=Message.Kind.ERROR, entry=entry, entry_name=str(entry)[:250])
    return answer(request, "contacts/message_report.html", message, {"entry": entry})


def answer(request, template, message, context):
    """Show the form, or take what was sent and lead on."""
    if request.content_type == "multipart/form-data":  # may hold files; none of our forms does
        raise BadRequest
    message.language, status = request.language.code, 200
    data = request.POST if request.method == "POST" else None
    initial = {"page": page_before(request)}
    form = FORMS[message.kind](data, instance=message, initial=initial)
    if form.is_valid():
        if form.is_repeated or is_counted(request):
            form.send()
            return see_other(reverse(SENT[message.kind]))
        form.add_error(None, TOO_MANY)
        status = 429
    context |= {"form": form, "is_indexed": "page" in context and not form.is_bound}
    response = render(request, template, context, status=status)
    # Each form is another one. Not "no-store": over https, browsers forget what was typed there.
    response.headers["Cache-Control"] = "private, no-cache"
    if status == 429:
        response.headers["Retry-After"] = str(WITHIN)
    return response


def see_other(address):
    response = HttpResponseRedirect(address)
    response.status_code = 303  # a reload sends nothing again
    return response


def page_before(request):
    """Return the page of this site from which the reader came, to report a barrier on it."""
    before = request.headers.get("Referer", "")[:300]
    is_own = before.startswith(f"{settings.SITE_URL}/") and urlsplit(before).path != request.path
    return before if is_own else ""


def is_counted(request):
    """Count one more message from this client; False where there were too many within the hour.

    The address is only a stand-in here (wirportal/middleware.py). With the day in its name, nobody
    can tell that two counters belong to the same client.
    """
    who = f"{timezone.localdate()} {request.META['REMOTE_ADDR']}"
    counter = "messages:" + salted_hmac("messages", who, algorithm="sha256").hexdigest()
    now = time.time()
    sent = [at for at in cache.get(counter, []) if at > now - WITHIN]
    if len(sent) < MOST:
        cache.set(counter, [*sent, now], WITHIN)
    return len(sent) < MOST


@require_safe
def message_sent(request, is_barrier=False):
    guide = ContactPerson.objects.for_reader().guide(presence_of(request))
    attach_states(*filter(None, [guide]))
    context = {"is_barrier": is_barrier, "guide": guide, "is_indexed": False}
    return render(request, "contacts/message_sent.html", context)
