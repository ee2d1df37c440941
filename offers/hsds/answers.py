"""From what was found to an answer: a page of it, or all of it line by line."""

import json
from functools import wraps
from hashlib import sha256
from itertools import islice
from threading import BoundedSemaphore

from django.core.paginator import EmptyPage, Paginator
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpResponse, StreamingHttpResponse
from django.utils import timezone, translation
from django.utils.http import http_date
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import condition, require_safe

from programme.site import version_of
from programme.version import BUILD

from .parameters import OPEN, USUAL, Refused, language_of, nothing_there, problem

#: So much is read and written at once of what is sent line by line.
CHUNK = 100
#: So many of these answers each process sends at the same time: they keep it busy for a while.
AT_ONCE = 2

_free = BoundedSemaphore(AT_ONCE)


def state_of(request, **parts):
    """Return the ETag: software, content and day make an answer, so nothing has to be read for it.

    None where the software is not known: without the page store, in development.
    """
    if BUILD not in request.META:
        return None
    state = f"{request.META[BUILD]}{version_of(request)}{timezone.localdate()}"
    return f'W/"{sha256(state.encode()).hexdigest()[:20]}"'


def open_data(view):
    """Decorator for what everybody may read from everywhere, in the language asked for."""
    view = gzip_page(condition(etag_func=state_of)(view))

    @require_safe
    @wraps(view)
    def answer(request, **parts):
        try:
            with translation.override(language_of(request)):
                response = view(request, **parts)
        except Refused as refused:
            return problem(refused)
        for name, value in OPEN.items():
            response.headers[name] = value
        return response

    return answer


def written(content):
    return json.dumps(content, cls=DjangoJSONEncoder, ensure_ascii=False)


def answered(content):
    response = HttpResponse(written(content), content_type="application/json")
    if moment := content.get("last_modified"):
        # Told, not compared: a contact person who changes is no edit of the offer.
        response.headers["Last-Modified"] = http_date(moment.timestamp())
    return response


def single(found):
    """Answer with the only one of a list; 404 for none."""
    if not found:
        raise nothing_there()
    return answered(found[0])


def listing(rows, write, chosen, most):
    """Answer with one page of what `write` makes of these rows, or with all of them as lines."""
    if chosen.get("format") == "ndjson":
        return streamed(as_lines(rows, write), "application/x-ndjson")
    pages = Paginator(rows, min(chosen.get("per_page", USUAL), most))
    try:
        page = pages.page(chosen.get("page", 1))
    except EmptyPage:
        raise nothing_there() from None
    contents = write(list(page.object_list))
    return answered(
        {
            "total_items": pages.count,
            "total_pages": pages.num_pages if pages.count else 0,
            "page_number": page.number,
            "size": len(contents),
            "first_page": page.number == 1,
            "last_page": not page.has_next(),
            "empty": not contents,
            "contents": contents,
        }
    )


def as_lines(rows, write):
    """Yield the lines of a part at a time; which rows there are is settled at the beginning."""
    keys, code = list(rows), translation.get_language()
    for start in range(0, len(keys), CHUNK):
        with translation.override(code):
            found = write(keys[start : start + CHUNK])
        yield "".join(f"{written(one)}\n" for one in found)


class Stream:
    """What is written while it is sent."""

    def __init__(self, chunks):
        if not _free.acquire(blocking=False):
            raise Refused(
                429,
                "Gerade laden schon andere alles herunter. Bitte in einer Minute noch einmal.",
                "Others are downloading everything already. Please try again in a minute.",
            )
        self.chunks, self.is_open = chunks, True
        try:
            self.first = list(islice(chunks, 1))  # what fails here is answered as a failure
        except BaseException:
            self.close()
            raise

    def __iter__(self):
        return self

    def __next__(self):
        return self.first.pop() if self.first else next(self.chunks)

    def close(self):
        self.chunks.close()
        if self.is_open:
            self.is_open = False
            _free.release()


def streamed(chunks, content_type):
    return StreamingHttpResponse(Stream(chunks), content_type=content_type)
