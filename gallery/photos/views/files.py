"""Files of works and photos, for their owner; and `send`, by which every stored file leaves the site."""

from collections.abc import Callable
from functools import wraps
from pathlib import PurePath
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from gallery.access import get_photo_or_404, get_work_or_404
from gallery.failures import get_busy_failure
from gallery.models import FaceMode, Work
from gallery.photos.conversion import reencode_result
from gallery.storage.media import media_path
from gallery.storage.ranges import build_range_response
from imaging.decode import JPEG_MAX_SIDE
from imaging.encode import CONTENT_TYPES, EXTENSIONS
from inference.errors import EngineBusy
from inference.faces import PORTRAIT_SIZES

CONTENT_TYPE_BY_SUFFIX = {f".{extension}": CONTENT_TYPES[name] for name, extension in EXTENSIONS.items()} | {
    ".mp4": "video/mp4",
    ".mov": "video/quicktime",
    ".webm": "video/webm",
    ".mkv": "video/x-matroska",
}
DOWNLOAD_FORMATS = {"jpeg": "JPEG", "png": "PNG"}

View = Callable[..., HttpResponseBase]


def private_file_view(view: View) -> View:
    # A file never changes under its address; only the browser of its owner may keep it.
    @wraps(view)
    def kept_by_owner(request: HttpRequest, **arguments: Any) -> HttpResponseBase:
        response = view(request, **arguments)
        if response.status_code in (200, 206):
            patch_cache_control(response, private=True, max_age=3600, immutable=True)
        return response

    return require_safe(kept_by_owner)


def send_file(
    name: str,
    *,
    content_type: str | None = None,
    download_as: str | None = None,
    part_for: HttpRequest | None = None,
) -> HttpResponseBase:
    """A stored file, sent by nginx where ACCEL_REDIRECT names its internal location, else by Django.

    For a request given as `part_for`, only that part of it which the request asks for.
    """
    path = media_path(name)
    content_type = content_type or CONTENT_TYPE_BY_SUFFIX.get(path.suffix, "application/octet-stream")
    if not path.is_file():
        raise Http404
    response: HttpResponseBase
    if settings.ACCEL_REDIRECT:
        response = HttpResponse(content_type=content_type)
        response["X-Accel-Redirect"] = f"{settings.ACCEL_REDIRECT.rstrip('/')}/{quote(name)}"
    elif part_for:
        response = build_range_response(path, part_for, content_type)
    else:
        response = FileResponse(path.open("rb"), content_type=content_type)
    response["Content-Disposition"] = (
        content_disposition_header(download_as is not None, download_as or path.name) or ""
    )
    return response


def build_download_name(title: str, style: str, extension: str) -> str:
    """`holiday_comic.jpg`: what the picture is called, and the style."""
    return f"{title.replace('/', '-')}_{style}.{extension}"


@private_file_view
def result(request: HttpRequest, work_id: UUID) -> HttpResponseBase:
    return send_file(get_work_or_404(request.user, work_id).file)


@private_file_view
def thumbnail(request: HttpRequest, work_id: UUID) -> HttpResponseBase:
    return send_file(get_work_or_404(request.user, work_id).thumbnail)


@private_file_view
def photo_preview(request: HttpRequest, photo_id: UUID) -> HttpResponseBase:
    return send_file(get_photo_or_404(request.user, photo_id).preview)


@private_file_view
def before(request: HttpRequest, work_id: UUID) -> HttpResponseBase:
    """What lies under a portrait: the same square of the photo; for other works their photo."""
    return send_file(get_work_or_404(request.user, work_id).before)


def get_before_url(work: Work) -> str:
    """Where what lies under a result is; one address for all works of a photo that show the whole of it."""
    if work.cut:
        return reverse("gallery:before", args=[work.pk])
    return reverse("gallery:photo_preview", args=[work.photo_id])


@private_file_view
def photo_original(request: HttpRequest, photo_id: UUID) -> HttpResponseBase:
    photo = get_photo_or_404(request.user, photo_id)
    return send_file(photo.file, content_type="application/octet-stream", download_as=photo.name)


def _is_offered(work: Work, kind: str, side: int | None) -> bool:
    has_side = side is None or (work.faces == FaceMode.PORTRAIT and side in PORTRAIT_SIZES)
    fits = kind != "jpeg" or max(work.width, work.height) <= JPEG_MAX_SIDE
    return kind in DOWNLOAD_FORMATS and has_side and fits


@private_file_view
def download(request: HttpRequest, work_id: UUID, kind: str, side: int | None = None) -> HttpResponseBase:
    """The result as a file, JPEG or PNG, portraits also smaller; the stored one as it is where it is that."""
    work = get_work_or_404(request.user, work_id)
    if not _is_offered(work, kind, side):
        raise Http404
    extension = EXTENSIONS[DOWNLOAD_FORMATS[kind]]
    style = f"{work.style}_{side}" if side else work.style
    name = build_download_name(PurePath(work.photo.name).stem, style, extension)
    if PurePath(work.file).suffix == f".{extension}" and side in (None, work.width):
        return send_file(work.file, download_as=name)
    try:
        data = reencode_result(media_path(work.file), DOWNLOAD_FORMATS[kind], work.style, side)
    except FileNotFoundError:
        raise Http404 from None
    except EngineBusy as error:
        problem = get_busy_failure(error.retry_after)
        return HttpResponse(problem.message, status=problem.status, headers={"Retry-After": str(problem.retry_after)})
    response = HttpResponse(data, content_type=CONTENT_TYPES[DOWNLOAD_FORMATS[kind]])
    response["Content-Disposition"] = content_disposition_header(True, name) or ""
    return response
