"""Files of videos and their results, for their owner. In parts, so that browsers can seek."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from gallery.access import get_finished_job_or_404, get_video_job_or_404, get_video_or_404
from gallery.models import JobState
from gallery.storage.labels import get_visible_language, make_label
from gallery.storage.media import media_path
from gallery.storage.serving import private_file_view, send_file, send_result
from imaging.encode import CONTENT_TYPES
from imaging.labels.relabel import relabel_image


@private_file_view
def video_poster(request: HttpRequest, video_id: UUID) -> HttpResponseBase:
    return send_file(get_video_or_404(request.user, video_id).poster)


@private_file_view
def video_file(request: HttpRequest, video_id: UUID) -> HttpResponseBase:
    """As it was uploaded, to look at beside the result."""
    return send_file(get_video_or_404(request.user, video_id).file, range_request=request)


@private_file_view
def video_original(request: HttpRequest, video_id: UUID) -> HttpResponseBase:
    video = get_video_or_404(request.user, video_id)
    return send_file(video.file, content_type="application/octet-stream", download_as=video.name, range_request=request)


@require_safe
def job_preview(request: HttpRequest, job_id: UUID) -> HttpResponseBase:
    """The newest frame of a conversion that is under way; nobody keeps it, as the next one is another."""
    job = get_video_job_or_404(request.user, job_id)
    if job.state != JobState.RUNNING:
        raise Http404
    try:
        frame = media_path(job.preview).read_bytes()
    except FileNotFoundError:  # it is over since
        raise Http404 from None
    data = relabel_image(frame, "JPEG", make_label(job.pk), get_visible_language())
    response = HttpResponse(data, content_type=CONTENT_TYPES["JPEG"])
    patch_cache_control(response, private=True, no_store=True)
    return response


@private_file_view
def job_result(request: HttpRequest, job_id: UUID) -> HttpResponseBase:
    job = get_finished_job_or_404(request.user, job_id)
    return send_result(job.file, job.pk, range_request=request)


@private_file_view
def job_poster(request: HttpRequest, job_id: UUID) -> HttpResponseBase:
    job = get_finished_job_or_404(request.user, job_id)
    return send_result(job.poster, job.pk)


@private_file_view
def download_result(request: HttpRequest, job_id: UUID) -> HttpResponseBase:
    job = get_finished_job_or_404(request.user, job_id)
    return send_result(job.file, job.pk, download_as=job.result_name, range_request=request)
