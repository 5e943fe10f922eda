"""Files of works and photos, for their owner."""

from pathlib import PurePath
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.http import content_disposition_header

from gallery.access import get_photo_or_404, get_work_or_404
from gallery.failures import get_failure
from gallery.models import FaceMode, Work
from gallery.photos.renditions import reencode_result
from gallery.responses import check_rate_limit
from gallery.storage.labels import get_result_label, get_visible_language
from gallery.storage.media import media_path
from gallery.storage.serving import build_download_name, private_file_view, send_file, send_result
from imaging.decode import MAX_JPEG_SIDE_PX
from imaging.encode import CONTENT_TYPES, EXTENSIONS
from inference.errors import EngineBusy
from inference.faces import PORTRAIT_SIZES

DOWNLOAD_FORMATS = {"jpeg": "JPEG", "png": "PNG"}  # by the word in the URL


@private_file_view
def result(request: HttpRequest, work_id: UUID) -> HttpResponseBase:
    work = get_work_or_404(request.user, work_id)
    return send_result(work.file, work.pk)


@private_file_view
def thumbnail(request: HttpRequest, work_id: UUID) -> HttpResponseBase:
    work = get_work_or_404(request.user, work_id)
    return send_result(work.thumbnail, work.pk)


@private_file_view
def photo_preview(request: HttpRequest, photo_id: UUID) -> HttpResponseBase:
    return send_file(get_photo_or_404(request.user, photo_id).preview)


@private_file_view
def before(request: HttpRequest, work_id: UUID) -> HttpResponseBase:
    """Send what lies under a portrait, the same square of the photo; for other works their photo."""
    return send_file(get_work_or_404(request.user, work_id).before)


def get_before_url(work: Work) -> str:
    """Return the URL of what lies under a result: one for all works of a photo that show the whole of it."""
    if work.photo_crop:
        return reverse("gallery:before", args=[work.pk])
    return reverse("gallery:photo_preview", args=[work.photo_id])


@private_file_view
def photo_original(request: HttpRequest, photo_id: UUID) -> HttpResponseBase:
    photo = get_photo_or_404(request.user, photo_id)
    return send_file(photo.file, content_type="application/octet-stream", download_as=photo.name)


def _is_offered(work: Work, kind: str, side: int | None) -> bool:
    has_side = side is None or (work.faces == FaceMode.PORTRAIT and side in PORTRAIT_SIZES)
    fits = kind != "jpeg" or max(work.width, work.height) <= MAX_JPEG_SIDE_PX
    return kind in DOWNLOAD_FORMATS and has_side and fits


@private_file_view
def download(request: HttpRequest, work_id: UUID, kind: str, side: int | None = None) -> HttpResponseBase:
    """Send the result as a JPEG or PNG, portraits also smaller; as it is stored where that is what is asked for.

    What has to be made first takes seconds of a core, each time, so it is limited.
    """
    work = get_work_or_404(request.user, work_id)
    if not _is_offered(work, kind, side):
        raise Http404
    file_format = DOWNLOAD_FORMATS[kind]
    extension = EXTENSIONS[file_format]
    style = f"{work.style}_{side}" if side else work.style
    name = build_download_name(PurePath(work.photo.name).stem, style, extension)
    if PurePath(work.file).suffix == f".{extension}" and side in (None, work.width):
        return send_result(work.file, work.pk, download_as=name)
    headers = {"Content-Disposition": content_disposition_header(True, name) or ""}
    if request.method == "HEAD":
        return HttpResponse(content_type=CONTENT_TYPES[file_format], headers=headers)
    if answer := check_rate_limit(request, scope="download", limit=settings.DOWNLOADS_PER_HOUR):
        return answer
    try:
        data = reencode_result(
            media_path(work.file),
            file_format,
            work.style,
            side,
            label=get_result_label(work.file, work.pk),
            language=get_visible_language(),
        )
    except FileNotFoundError:
        raise Http404 from None
    except EngineBusy as error:
        failure = get_failure(error)
        return HttpResponse(failure.message, status=failure.status, headers=failure.headers)
    return HttpResponse(data, content_type=CONTENT_TYPES[file_format], headers=headers)
