"""How stored files leave the site: by nginx or by Django, whole or in parts.

Browsers seek in a video by asking for parts of its file (RFC 9110, section 14).
"""

import re
from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from gallery.failures import get_failure
from gallery.storage.labels import get_visible_language, prepare_result
from gallery.storage.media import StorageError, media_path
from imaging.encode import CONTENT_TYPES, EXTENSIONS
from imaging.errors import ImagingError

CONTENT_TYPE_BY_SUFFIX = {f".{extension}": CONTENT_TYPES[name] for name, extension in EXTENSIONS.items()} | {
    ".mp4": "video/mp4",
    ".mov": "video/quicktime",
    ".webm": "video/webm",
    ".mkv": "video/x-matroska",
}
CHUNK_BYTES = 256 * 2**10
SINGLE_RANGE = re.compile(r"bytes=\s*(\d{0,18})-(\d{0,18})\s*")  # no file has more bytes
PARTIAL_CONTENT, RANGE_NOT_SATISFIABLE = 206, 416
PRIVATE_MAX_AGE_SECONDS = 3600

View = Callable[..., HttpResponseBase]


class RangeNotSatisfiable(Exception):
    """The range lies beyond the file's end."""


def private_file_view(view: View) -> View:
    """Decorate a view that sends a file to its owner: only their browser may keep it.

    A file never changes under its URL.
    """

    @wraps(view)
    def wrapper(request: HttpRequest, **arguments: Any) -> HttpResponseBase:
        response = view(request, **arguments)
        if response.status_code in (200, PARTIAL_CONTENT):
            patch_cache_control(response, private=True, max_age=PRIVATE_MAX_AGE_SECONDS, immutable=True)
        return response

    return require_safe(wrapper)


def send_file(
    name: str,
    *,
    content_type: str | None = None,
    download_as: str | None = None,
    range_request: HttpRequest | None = None,
) -> HttpResponseBase:
    """Return a stored file, sent by nginx where ACCEL_REDIRECT names its internal location, else by Django.

    With a `range_request`, return only the part of the file that it asks for. Raise Http404 if there is no such file.
    """
    path = media_path(name)
    content_type = content_type or CONTENT_TYPE_BY_SUFFIX.get(path.suffix, "application/octet-stream")
    if not path.is_file():
        raise Http404
    response: HttpResponseBase
    if settings.ACCEL_REDIRECT:
        response = HttpResponse(content_type=content_type)
        response["X-Accel-Redirect"] = f"{settings.ACCEL_REDIRECT.rstrip('/')}/{quote(name)}"
    elif range_request:
        response = build_range_response(path, range_request, content_type)
    else:
        response = FileResponse(path.open("rb"), content_type=content_type)
    response["Content-Disposition"] = (
        content_disposition_header(download_as is not None, download_as or path.name) or ""
    )
    return response


def prepare_for_response(name: str, key: UUID) -> str | HttpResponse:
    """Return the stored name of the file to send for a result, which says that AI made it as the settings ask for.

    `key` is of its work or video conversion. Return an answer where it cannot be made. Raise Http404.
    """
    try:
        return prepare_result(name, key, get_visible_language())
    except FileNotFoundError:
        raise Http404 from None
    except (ImagingError, StorageError) as error:
        failure = get_failure(error)
        return HttpResponse(failure.message, status=failure.status, headers=failure.headers)


def send_result(
    name: str, key: UUID, *, download_as: str | None = None, range_request: HttpRequest | None = None
) -> HttpResponseBase:
    """Do what `send_file` does for a file that a style made, labeled as in `prepare_for_response`."""
    prepared = prepare_for_response(name, key)
    if not isinstance(prepared, str):
        return prepared
    response = send_file(prepared, download_as=download_as or None, range_request=range_request)
    vary_on_label(response)
    return response


def vary_on_label(response: HttpResponseBase) -> None:
    """Tell caches that the visible label, if there is one, is in the language of who asks."""
    if get_visible_language():
        patch_vary_headers(response, ("Accept-Language", "Cookie"))


def build_download_name(title: str, style: str, extension: str) -> str:
    """Return what a result is called on its owner's disk: `holiday_comic.jpg`."""
    return f"{title.replace('/', '-')}_{style}.{extension}"


def parse_range(header: str, size: int) -> range | None:
    """Return the bytes that a Range header asks for, of `size`; None for all of them.

    All of them are also the answer to what is malformed or asks for several ranges, as the standard allows.
    Raise RangeNotSatisfiable for a range beyond the end.
    """
    found = SINGLE_RANGE.fullmatch(header)
    if not found or not any(found.groups()):
        return None
    first, last = found.groups()
    if not first:  # so many from the end
        start, stop = max(0, size - int(last)), size
    elif last and int(last) < int(first):
        return None
    else:
        start, stop = int(first), min(size, int(last) + 1) if last else size
    if start >= stop:
        raise RangeNotSatisfiable
    return range(start, stop)


def build_range_response(path: Path, request: HttpRequest, content_type: str) -> HttpResponseBase:
    """Return 200 with the file, 206 with the part that is asked for, or 416. Files never change under their name."""
    size, etag = path.stat().st_size, f'"{path.stem}"'
    response: HttpResponseBase
    try:
        part = parse_range(request.headers.get("Range", ""), size)
    except RangeNotSatisfiable:
        response = HttpResponse(status=RANGE_NOT_SATISFIABLE, headers={"Content-Range": f"bytes */{size}"})
    else:
        if part is None or request.headers.get("If-Range", etag) != etag:
            response = FileResponse(path.open("rb"), content_type=content_type)
        else:
            response = StreamingHttpResponse(_read(path, part), status=PARTIAL_CONTENT, content_type=content_type)
            response["Content-Length"] = str(len(part))
            response["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
    response["Accept-Ranges"], response["ETag"] = "bytes", etag
    return response


def _read(path: Path, part: range) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(part.start)
        remaining = len(part)
        while remaining and (chunk := file.read(min(CHUNK_BYTES, remaining))):
            remaining -= len(chunk)
            yield chunk
