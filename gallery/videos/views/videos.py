"""Videos: the list, one of them, its conversions."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import rate_limits
from gallery.access import get_video_job_or_404, get_video_or_404, require_user
from gallery.failures import EXPECTED_ERRORS, UNPROCESSABLE_CONTENT, Failure, get_failure, get_form_failure
from gallery.models import DetailLevel, Video, VideoJob
from gallery.photos.forms import get_chosen_style, list_speed_choices
from gallery.request_bodies import accept_files
from gallery.responses import check_rate_limit, post_required, warn_of_failed_deletions
from gallery.styles import get_offered_style, get_style_titles, list_style_cards, load_style_catalog
from gallery.videos import queries, services, uploads, workers
from gallery.videos.forms import VideoForm
from inference.video_limits import VIDEO_SUFFIXES

PAGE_SIZE = 12


@accept_files("video", max_bytes_setting="VIDEO_MAX_BYTES", max_files=1)
@require_http_methods(["GET", "HEAD", "POST"])
def video_list(request: HttpRequest) -> HttpResponse:
    """The visitor's videos, newest first. A POST is the upload of a browser without scripts, in one request."""
    if request.method != "POST":
        return _list_page(request)
    file = request.FILES.get("video")
    if file is None:
        return _list_page(request, _("Choose a video."), UNPROCESSABLE_CONTENT)
    if answer := check_rate_limit(request, scope="video", limit=settings.VIDEO_UPLOADS_PER_HOUR):
        return answer
    try:
        video = uploads.receive_whole_file(
            owner=require_user(request), name=file.name or "", size=file.size or 0, source=file
        )
    except EXPECTED_ERRORS as error:
        failure = get_failure(error)
        return _list_page(request, failure.message, failure.status)
    return redirect("gallery:video", video.pk)


def _list_page(request: HttpRequest, problem: str = "", status: int = 200) -> HttpResponse:
    page = Paginator(queries.videos_of(request.user), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "uploads": queries.unfinished_uploads_of(request.user),
        "problems": [problem] if problem else [],
        "accept": ",".join(("video/*", *VIDEO_SUFFIXES)),
        "max_bytes": settings.VIDEO_MAX_BYTES,
        "max_megabytes": settings.VIDEO_MAX_BYTES // 2**20,
        "max_seconds": settings.VIDEO_MAX_SECONDS,
        "max_size": uploads.max_size_label(),
    }
    return render(request, "gallery/videos.html", context, status=status)


@require_safe
def video_detail(request: HttpRequest, video_id: UUID) -> HttpResponse:
    """One video, the form to convert it, and its conversions."""
    return _video_page(request, get_video_or_404(request.user, video_id))


def _video_page(request: HttpRequest, video: Video, failure: Failure | None = None) -> HttpResponse:
    cards = queries.build_job_cards(queries.jobs_of_video(video), get_style_titles(request.LANGUAGE_CODE))
    catalog = load_style_catalog()
    context = {
        "video": video,
        "job_cards": cards,
        "is_any_active": any(card.job.is_active for card in cards),
        "is_any_worker_alive": workers.alive_workers().exists(),
        "form": VideoForm(request.POST or None, seconds=video.seconds),
        "styles": list_style_cards(request.LANGUAGE_CODE, catalog),
        "chosen_style": get_chosen_style(request.POST, catalog),
        "details": DetailLevel.choices,
        "speeds": list_speed_choices(catalog),
        "chosen_speed": request.POST.get("speed") or VideoForm.default_speed,
        "chosen_detail": request.POST.get("detail") or DetailLevel.BALANCED,
        "problems": [failure.message] if failure else [],
    }
    return _render(request, "gallery/video.html", context, failure)


def _render(request: HttpRequest, template: str, context: dict[str, Any], failure: Failure | None) -> HttpResponse:
    response = render(request, template, context, status=failure.status if failure else None)
    for header, value in failure.headers.items() if failure else ():
        response[header] = value
    return response


@post_required(back="gallery:video")
def convert_video(request: HttpRequest, video_id: UUID) -> HttpResponse:
    video = get_video_or_404(request.user, video_id)
    form = VideoForm(request.POST, seconds=video.seconds)
    if not form.is_valid():
        return _video_page(request, video, get_form_failure(form))
    try:
        _count_conversion(request)
        job = services.create_job(video=video, **form.cleaned_data)
    except EXPECTED_ERRORS as error:
        return _video_page(request, video, get_failure(error))
    return redirect(f"{reverse('gallery:video', args=[video.pk])}#job-{job.pk}")


def _count_conversion(request: HttpRequest) -> None:
    """Raise RateLimitExceeded."""
    rate_limits.acquire(scope="video_job", key=str(request.user.pk), limit=settings.VIDEO_CONVERSIONS_PER_HOUR)


@post_required(back="gallery:video")
def delete_video(request: HttpRequest, video_id: UUID) -> HttpResponse:
    services.delete_video(get_video_or_404(request.user, video_id))
    messages.success(request, _("The video and everything made from it were deleted."))
    warn_of_failed_deletions(request)
    return redirect("gallery:videos")


@require_safe
def job_detail(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """The state of a conversion, for the script of the page that shows it; others are redirected to that page."""
    return _job_response(request, get_video_job_or_404(request.user, job_id))


def _job_response(request: HttpRequest, job: VideoJob, failure: Failure | None = None) -> HttpResponse:
    if not request.headers.get("HX-Request"):
        return _video_page(request, job.video, failure) if failure else redirect("gallery:video", job.video_id)
    (card,) = queries.build_job_cards([job], get_style_titles(request.LANGUAGE_CODE))
    context = {
        "card": card,
        "job": job,
        "video": job.video,
        "is_any_worker_alive": workers.alive_workers().exists(),
        "problem": failure.message if failure else "",
    }
    return _render(request, "gallery/video_job.html", context, failure)


@post_required(back="gallery:video_job")
def cancel_job(request: HttpRequest, job_id: UUID) -> HttpResponse:
    services.cancel_job(get_video_job_or_404(request.user, job_id))
    return _job_response(request, get_video_job_or_404(request.user, job_id))


@post_required(back="gallery:video_job")
def retry_job(request: HttpRequest, job_id: UUID) -> HttpResponse:
    found, failure = get_video_job_or_404(request.user, job_id), None
    try:
        get_offered_style(found.style)  # what waits in a disabled style is converted; nothing is begun in it
        _count_conversion(request)
        services.retry_job(found)
    except EXPECTED_ERRORS as error:
        failure = get_failure(error)
    return _job_response(request, get_video_job_or_404(request.user, job_id), failure)


@post_required(back="gallery:video_job")
def delete_job(request: HttpRequest, job_id: UUID) -> HttpResponse:
    found = get_video_job_or_404(request.user, job_id)
    services.delete_job(found)
    messages.success(request, _("The result was deleted."))
    warn_of_failed_deletions(request)
    return redirect("gallery:video", found.video_id)
