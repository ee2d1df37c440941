"""Uploaded files, sent by the application itself: there need not be a web server in front."""

import re

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404
from django.views.decorators.http import require_safe

from contacts.models import ContactPerson
from programme.models import Page, Programme, Publication

FILE_FIELDS = [
    (ContactPerson, "photo"),
    (Publication, "file"),
    (Page, "video"),
    (Page, "captions"),
]
SHOWN_IN_PAGE = (".jpg", ".png", ".mp4", ".vtt")


def is_public(path):
    """Tell whether something that is public today uses the file: a removed portrait is gone."""
    if Programme.objects.filter(logo=path).exists():
        return True
    return any(
        model.objects.published().filter(**{field: path}).exists() for model, field in FILE_FIELDS
    )


@require_safe
def media(request, path):
    if not is_public(path) or not default_storage.exists(path):
        raise Http404
    file = default_storage.open(path)
    response = FileResponse(
        file, content_type=None if path.endswith(SHOWN_IN_PAGE) else "application/pdf"
    )
    if not path.endswith(SHOWN_IN_PAGE):
        # Without a name, so that the link's own `download` name is used.
        response.headers["Content-Disposition"] = "attachment"
    response.headers["Cache-Control"] = "public, max-age=3600"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Accept-Ranges"] = "bytes"
    asked = re.fullmatch(r"bytes=(\d{1,18})-(\d{0,18})", request.headers.get("Range", ""))
    if asked and request.method == "GET":
        first, last = int(asked[1]), int(asked[2] or asked[1])
        if first <= last:  # RFC 9110: "5-3" is ignored
            end = min(last, file.size - 1) if asked[2] else file.size - 1
            send_range(response, file, first, end)
    return response


def send_range(response, file, first, last):
    """Answer with the bytes first to last only (RFC 9110, 14): iPhones play no video without."""
    if first > last:
        response.status_code = 416
        response.headers["Content-Range"] = f"bytes */{file.size}"
        response.headers["Content-Length"] = "0"
        response.streaming_content = []
        return
    file.seek(first)
    section = Section(file, last - first + 1)
    response.status_code = 206
    response.headers["Content-Range"] = f"bytes {first}-{last}/{file.size}"
    response.headers["Content-Length"] = str(section.left)
    response.streaming_content = iter(lambda: section.read(65_536), b"")
    response.file_to_stream = section  # so that the server sends it as it does a whole file


class Section:
    """The next bytes of a file, as if there were no more."""

    def __init__(self, file, length):
        self.file, self.left = file, length
        self.fileno = file.fileno

    def read(self, size):
        data = self.file.read(min(size, self.left))
        self.left -= len(data)
        return data
