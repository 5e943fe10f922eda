"""Files of videos and their results, for their owner. In parts, so that browsers can seek."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponseBase

from ..access import video_job_or_404, video_or_404
from ..models import VideoJob
from .media import private, send


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


def _done_or_404(request: HttpRequest, job_id: UUID) -> VideoJob:
    job = video_job_or_404(request.user, job_id)
    if not job.file:
        raise Http404
    return job


@private
def result(request: HttpRequest, job_id: UUID) -> HttpResponseBase:
    return send(_done_or_404(request, job_id).file, part_for=request)


@private
def result_poster(request: HttpRequest, job_id: UUID) -> HttpResponseBase:
    return send(_done_or_404(request, job_id).poster)


@private
def download(request: HttpRequest, job_id: UUID) -> HttpResponseBase:
    job = _done_or_404(request, job_id)
    return send(job.file, download_as=job.result_name, part_for=request)
