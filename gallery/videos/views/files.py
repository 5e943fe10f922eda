"""Files of videos and their results, for their owner. In parts, so that browsers can seek."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from gallery.access import finished_job_or_404, video_job_or_404, video_or_404
from gallery.models import JobState
from gallery.photos.views.files import private, send


@private
def poster(request: HttpRequest, video_id: UUID) -> HttpResponseBase:
    return send(video_or_404(request.user, video_id).poster)


@private
def file(request: HttpRequest, video_id: UUID) -> HttpResponseBase:
    """As it was uploaded, to look at beside the result."""
    return send(video_or_404(request.user, video_id).file, part_for=request)


@private
def original(request: HttpRequest, video_id: UUID) -> HttpResponseBase:
    video = video_or_404(request.user, video_id)
    return send(video.file, content_type="application/octet-stream", download_as=video.name, part_for=request)


@require_safe
def preview(request: HttpRequest, job_id: UUID) -> HttpResponseBase:
    """The newest frame of a conversion that is under way; nobody keeps it, as the next one is another."""
    job = video_job_or_404(request.user, job_id)
    if job.state != JobState.RUNNING:
        raise Http404
    try:
        response = send(job.preview)
    except FileNotFoundError:  # it is over since
        raise Http404 from None
    patch_cache_control(response, private=True, no_store=True)
    return response


@private
def result(request: HttpRequest, job_id: UUID) -> HttpResponseBase:
    return send(finished_job_or_404(request.user, job_id).file, part_for=request)


@private
def result_poster(request: HttpRequest, job_id: UUID) -> HttpResponseBase:
    return send(finished_job_or_404(request.user, job_id).poster)


@private
def download(request: HttpRequest, job_id: UUID) -> HttpResponseBase:
    job = finished_job_or_404(request.user, job_id)
    return send(job.file, download_as=job.result_name, part_for=request)
