"""Owners show their works and videos to others, and take them back."""

from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from gallery.access import get_finished_job_or_404, get_work_or_404
from gallery.failures import EXPECTED_ERRORS, UNPROCESSABLE_CONTENT, get_failure
from gallery.locks import ObjectDeleted
from gallery.models import ExhibitState, VideoJob, Work
from gallery.photos.views.works import render_work
from gallery.responses import check_rate_limit, post_required
from gallery.showcase import publishing
from gallery.showcase.forms import PublishForm, PublishVideoForm, build_publishing_context
from gallery.styles import get_style_card

RenderForm = Callable[[PublishForm, int], HttpResponse]  # the page with the form, and the status to answer with


@post_required(back="gallery:work")
def publish_work(request: HttpRequest, work_id: UUID) -> HttpResponse:
    """Show a work to others, or change how it is shown."""
    work = get_work_or_404(request.user, work_id)
    done = redirect("gallery:work", work.pk)
    return _publish(request, work, PublishForm(request.POST), lambda *answer: render_work(request, work, *answer), done)


@require_http_methods(["GET", "HEAD", "POST"])
def publish_video(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """The same for a finished conversion of a video. It has no page of its own, so the form has one."""
    job = get_finished_job_or_404(request.user, job_id)
    if request.method != "POST":
        return _render_video_form(request, job)
    done = redirect("gallery:publish_video", job.pk)
    form = PublishVideoForm(request.POST)
    return _publish(request, job, form, lambda *answer: _render_video_form(request, job, *answer), done)


def _render_video_form(
    request: HttpRequest, job: VideoJob, form: PublishForm | None = None, status: int = 200
) -> HttpResponse:
    context = {"job": job, **build_publishing_context(job, form, get_style_card(job.style, request.LANGUAGE_CODE))}
    exhibit = context["exhibit"]
    context["is_open"] = exhibit is None or exhibit.state in (ExhibitState.WITHDRAWN, ExhibitState.REJECTED)
    return render(request, "gallery/publish_video.html", context, status=status)


def _publish(
    request: HttpRequest, work: Work | VideoJob, form: PublishForm, render_form: RenderForm, done: HttpResponse
) -> HttpResponse:
    if not form.is_valid():
        return render_form(form, UNPROCESSABLE_CONTENT)
    if answer := check_rate_limit(request, scope="publish", limit=settings.PUBLISHES_PER_HOUR):
        return answer
    choice = {name: form.cleaned_data[name] for name in ("kind", "title", "shows_photo")}
    try:
        exhibit = publishing.publish(work=work, **choice)
    except EXPECTED_ERRORS as error:
        failure = get_failure(error)
        form.add_error(None, failure.message)
        response = render_form(form, failure.status)
        for header, value in failure.headers.items():
            response[header] = value
        return response
    if exhibit.is_public:
        messages.success(request, _("Your work is in the gallery."))
    else:
        messages.success(request, _("Thank you. Your work appears in the gallery as soon as it is approved."))
    return done


@post_required(back="gallery:work")
def withdraw_work(request: HttpRequest, work_id: UUID) -> HttpResponse:
    """Make a work private again."""
    return _withdraw(request, get_work_or_404(request.user, work_id), "gallery:work")


@post_required(back="gallery:publish_video")
def withdraw_video(request: HttpRequest, job_id: UUID) -> HttpResponse:
    return _withdraw(request, get_finished_job_or_404(request.user, job_id), "gallery:publish_video")


def _withdraw(request: HttpRequest, work: Work | VideoJob, back: str) -> HttpResponse:
    try:
        publishing.withdraw(work=work)
    except ObjectDeleted:
        raise Http404 from None
    messages.success(request, _("Only you can see this work now."))
    return redirect(back, work.pk)
