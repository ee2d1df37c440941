"""Uploaded files, sent by the application itself: there need not be a web server in front."""

import re

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404
from django.views.decorators.http import require_safe

SHOWN_IN_PAGE = (".jpg", ".mp4", ".vtt")


@require_safe
def media(request, path):
    """Send an uploaded file; its random name is never used twice, so it may be kept for ever."""
    if not re.fullmatch(r"[a-z]+/[a-z0-9]+\.[a-z0-9]+", path) or not default_storage.exists(path):
        raise Http404
    file = default_storage.open(path)
    response = FileResponse(file, as_attachment=not path.endswith(SHOWN_IN_PAGE))
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Accept-Ranges"] = "bytes"
    if asked := re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("Range", "")):
        send_range(response, file, int(asked[1]), int(asked[2] or file.size - 1))
    return response


def send_range(response, file, first, last):
    """Answer with the bytes first to last only (RFC 9110, 14): iPhones play no video without."""
    last = min(last, file.size - 1)
    if first > last:
        response.status_code = 416
        response.headers["Content-Range"] = f"bytes */{file.size}"
        response.headers["Content-Length"] = "0"
        response.streaming_content = []
        return
    file.seek(first)
    response.status_code = 206
    response.headers["Content-Range"] = f"bytes {first}-{last}/{file.size}"
    response.headers["Content-Length"] = str(last - first + 1)
    response.streaming_content = chunks(file, last - first + 1)


def chunks(file, remaining):
    while remaining > 0 and (chunk := file.read(min(65_536, remaining))):
        remaining -= len(chunk)
        yield chunk
