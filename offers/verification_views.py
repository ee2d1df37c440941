"""Where an organisation says whether an entry is still right: without an account, by its link.

Reading a page changes nothing, so that programs which look at the links of an e-mail do no harm.
The address is secret and is the proof: there is no cookie, and so no CSRF token.
"""

from functools import wraps

from django.db import transaction
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from languages.registry import REGISTRY, SOURCE

from .models import Answer, Verification
from .verification_facts import facts
from .verification_forms import LONGEST_MESSAGE, answer_form

#: What one button says; a change needs a form.
BUTTONS = (Answer.RIGHT, Answer.GONE, Answer.NOT_OURS)


def page(request, template, status=200, **context):
    """Return a page that nobody keeps, and whose address no other site is told."""
    request.language = REGISTRY[SOURCE]
    response = render(request, f"offers/verify/{template}.html", context, status=status)
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def by_link(view):
    """Let a view have the round that a link is for, or say why the link no longer works."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def wrapped(request, token):
        if request.method != "POST":
            return answerable(request, Verification.objects.of_token(token), token, view)
        with transaction.atomic():  # of two answers at once, only the first counts
            locked = Verification.objects.select_for_update(of=["self"])
            return answerable(request, locked.of_token(token), token, view)

    return wrapped


def answerable(request, row, token, view):
    if row is None:
        return page(request, "over", 404, title=_("Diesen Link gibt es nicht"))
    if row.answer:
        return page(request, "over", 410, title=_("Danke, Sie haben schon geantwortet"), row=row)
    if row.closed_at:
        return page(request, "over", 410, title=_("Danke, das ist schon erledigt"), row=row)
    if row.is_expired:
        return page(request, "over", 410, title=_("Dieser Link gilt nicht mehr"), row=row)
    return view(request, row, token)


@by_link
def verify(request, row, token):
    answer = request.POST.get("answer")
    if answer not in BUTTONS:
        context = {"row": row, "facts": facts(row.entry), "token": token, "Answer": Answer}
        return page(request, "question", 400 if request.method == "POST" else 200, **context)
    row.receive(answer, comment=message(request))
    return page(request, "thanks", row=row)


def message(request):
    """Return what somebody wrote beside a button, as far as it can be stored."""
    return request.POST.get("comment", "").replace("\0", "").strip()[:LONGEST_MESSAGE]


@by_link
def change(request, row, token):
    form = answer_form(row.entry, request.POST if request.method == "POST" else None)
    if not form.is_valid():
        status = 400 if form.is_bound else 200
        return page(request, "change", status, row=row, form=form, token=token)
    row.receive(Answer.CHANGED, form.proposal(), form.cleaned_data["comment"])
    return page(request, "thanks", row=row)
