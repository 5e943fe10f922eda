"""Voting: two results of a photo side by side, for staff, and for whoever has been given the link."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from accounts import rate_limits
from gallery.access import (
    get_invited_study_or_404,
    get_study_or_404,
    get_study_photo_or_404,
    get_study_result_or_404,
    staff_required,
)
from gallery.comparisons import queries, services
from gallery.comparisons.forms import VoteForm
from gallery.comparisons.voters import get_limit_key, get_or_create_voter, get_voter
from gallery.failures import UNPROCESSABLE_CONTENT, Failure, get_failure
from gallery.locks import ObjectDeleted
from gallery.models import Study
from gallery.storage.serving import private_file_view, send_file, send_result

GONE = 410

StudyUrl = Callable[..., str]


def _staff_url(study_id: UUID) -> StudyUrl:
    return lambda name, *keys: reverse(f"gallery:study_{name}", args=[study_id, *keys])


def _invited_url(token: str) -> StudyUrl:
    routes = {"vote": "study_invited", "photo": "study_invited_photo", "result": "study_invited_result"}
    return lambda name, *keys: reverse(f"gallery:{routes[name]}", args=[token, *keys])


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required
def vote(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Ask staff about the next pair; a POST is an answer."""
    return _vote(request, get_study_or_404(request.user, study_id), _staff_url(study_id))


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(private=True, no_cache=True)
def vote_invited(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whoever has the link, in the same way."""
    return _vote(request, get_invited_study_or_404(token), _invited_url(token))


def _vote(request: HttpRequest, study: Study, url: StudyUrl) -> HttpResponse:
    if not study.is_open:
        return _render_closed(request)
    if request.method != "POST":
        return _render_question(request, study, url)
    form = VoteForm(request.POST, study=study)
    if not form.is_valid():
        # Made up, or of results that are gone. The next question is as good.
        return _render_question(request, study, url, Failure("", UNPROCESSABLE_CONTENT))
    try:
        rate_limits.acquire(scope="vote", key=get_limit_key(request), limit=settings.VOTES_PER_HOUR)
        services.record_vote(study=study, voter=get_or_create_voter(request), **form.cleaned_data)
    except rate_limits.RateLimitExceeded as error:
        return _render_question(request, study, url, get_failure(error))
    except services.StudyClosed:
        return _render_closed(request)
    except ObjectDeleted:
        raise Http404 from None
    return _render_question(request, study, url) if _is_fragment(request) else redirect(url("vote"))


def _is_fragment(request: HttpRequest) -> bool:
    return "HX-Request" in request.headers


def _render_question(request: HttpRequest, study: Study, url: StudyUrl, failure: Failure | None = None) -> HttpResponse:
    ballot = queries.get_ballot(study, get_voter(request))
    context: dict[str, Any] = {
        "ballot": ballot,
        "vote_url": url("vote"),
        "problem": failure.message if failure else "",
        "is_preparing": not ballot.total,
    }
    if question := ballot.question:
        context |= {
            "question": question,
            "photo_url": url("photo", question.photo.pk),
            "left_url": url("result", question.left.pk),
            "right_url": url("result", question.right.pk),
        }
    template = "comparisons/question.html" if _is_fragment(request) else "comparisons/vote.html"
    status, headers = (failure.status, failure.headers) if failure else (200, {})
    response = render(request, template, context, status=status)
    for header, value in headers.items():
        response[header] = value
    return response


def _render_closed(request: HttpRequest) -> HttpResponse:
    return render(request, "comparisons/closed.html", status=GONE)


@private_file_view
@staff_required
def study_photo(request: HttpRequest, study_id: UUID, photo_id: UUID) -> HttpResponseBase:
    return send_file(get_study_photo_or_404(get_study_or_404(request.user, study_id), photo_id).preview)


@private_file_view
@staff_required
def study_result(request: HttpRequest, study_id: UUID, result_id: UUID) -> HttpResponseBase:
    result = get_study_result_or_404(get_study_or_404(request.user, study_id), result_id)
    return send_result(result.file, result.pk)


@login_not_required
@private_file_view
def invited_photo(request: HttpRequest, token: str, photo_id: UUID) -> HttpResponseBase:
    return send_file(get_study_photo_or_404(_get_open_study_or_404(token), photo_id).preview)


@login_not_required
@private_file_view
def invited_result(request: HttpRequest, token: str, result_id: UUID) -> HttpResponseBase:
    result = get_study_result_or_404(_get_open_study_or_404(token), result_id)
    return send_result(result.file, result.pk)


def _get_open_study_or_404(token: str) -> Study:
    study = get_invited_study_or_404(token)
    if not study.is_open:
        raise Http404
    return study
