"""The studio: photos in, anime out, inside the request."""

from math import ceil
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import ratelimit
from inference.errors import InferenceError
from inference.images import SUFFIXES

from .. import queries, services
from ..access import member, work_or_404
from ..forms import ChoiceForm, UploadForm, default_style
from ..models import Detail, Photo, Work
from ..problems import Problem, problem_of, too_many
from ..styles import sample_file, style_cards, style_titles


def wants_json(request: HttpRequest) -> bool:
    """Whether a script asks, and not a form."""
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def _page(request: HttpRequest, problems: list[str], status: int = 200) -> HttpResponse:
    cards = style_cards(request.LANGUAGE_CODE)
    styles = [card for card in cards if card.downloaded]
    context = {
        "styles": styles,
        "missing": [card for card in cards if not card.downloaded],
        "chosen_style": request.POST.get("style") or default_style(),
        "details": Detail.choices,
        "chosen_detail": request.POST.get("detail") or Detail.BALANCED,
        "problems": problems,
        "accept": ",".join(("image/*", *SUFFIXES)),
        "usual_seconds": queries.usual_seconds([card.id for card in styles], Detail.values),
        "max_bytes": settings.UPLOAD_MAX_BYTES,
        "max_megabytes": settings.UPLOAD_MAX_BYTES // 2**20,
        "max_megapixels": settings.UPLOAD_MAX_PIXELS // 10**6,
        "latest": queries.my_works(request.user)[:6],
    }
    return render(request, "gallery/studio.html", context, status=status)


def work_json(work: Work, language: str, *, is_new: bool) -> dict[str, Any]:
    """A work as the scripts need it."""
    return {
        "id": str(work.pk),
        "name": work.photo.name,
        "style": work.style,
        "styleTitle": style_titles(language).get(work.style, work.style),
        "detail": work.detail,
        "detailTitle": work.get_detail_display(),
        "width": work.width,
        "height": work.height,
        "seconds": round(work.seconds, 2),
        "isNew": is_new,
        "page": reverse("gallery:work", args=[work.pk]),
        "result": reverse("gallery:result", args=[work.pk]),
        "before": reverse("gallery:photo_preview", args=[work.photo_id]),
        "again": reverse("gallery:again", args=[work.pk]),
        "delete": reverse("gallery:delete", args=[work.pk]),
        "downloads": {kind: reverse("gallery:download", args=[work.pk, kind]) for kind in ("jpeg", "png")},
    }


def _refuse(request: HttpRequest, problem: Problem, name: str = "") -> HttpResponse:
    response: HttpResponse
    if wants_json(request):
        response = JsonResponse({"error": problem.message}, status=problem.status)
    else:
        text = f"{name}: {problem.message}" if name else problem.message
        response = _page(request, [text], problem.status)
    if problem.retry_after:
        response["Retry-After"] = str(problem.retry_after)
    return response


def _refuse_form(request: HttpRequest, form: ChoiceForm) -> HttpResponse:
    texts = [str(error) for errors in form.errors.values() for error in errors]
    return _refuse(request, Problem(" ".join(texts), 422))


def _over_the_limit(request: HttpRequest) -> Problem | None:
    """Counts one conversion; the problem where there have been too many within the hour."""
    key = str(request.user.pk)
    if ratelimit.allow(scope="upload", key=key, limit=settings.UPLOADS_PER_HOUR):
        return None
    return too_many(ceil(ratelimit.wait(scope="upload", key=key).total_seconds()))


def _done(request: HttpRequest, work: Work, is_new: bool) -> HttpResponse:
    if wants_json(request):
        return JsonResponse(work_json(work, request.LANGUAGE_CODE, is_new=is_new), status=201 if is_new else 200)
    return redirect("gallery:work", work.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def studio(request: HttpRequest) -> HttpResponse:
    """The page; a POST converts its files one after another and answers with the last work.

    Scripts send one file a request and ask for JSON: 201 with the work, 200 if it was there already, else
    `{"error": text}` with 413, 422, 429 or 503.
    """
    if request.method != "POST":
        return _page(request, [])
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _refuse_form(request, form)
    work, is_new = None, False
    for upload in request.FILES.getlist("photos"):
        if problem := _over_the_limit(request):
            return _refuse(request, problem, upload.name or "")
        try:
            work, is_new = services.convert_upload(
                owner=member(request),
                name=upload.name or "",
                stream=upload,
                style=form.cleaned_data["style"],
                detail=form.cleaned_data["detail"],
            )
        except InferenceError as error:
            return _refuse(request, problem_of(error), upload.name or "")
    assert work is not None  # noqa: S101 - the form demands a file
    return _done(request, work, is_new)


@require_POST
def again(request: HttpRequest, work_id: UUID) -> HttpResponse:
    """The photo of a work once more, in another style or detail."""
    photo = work_or_404(request.user, work_id).photo
    form = ChoiceForm(request.POST)
    if not form.is_valid():
        return _refuse_form(request, form)
    if problem := _over_the_limit(request):
        return _refuse(request, problem)
    try:
        work, is_new = services.convert_photo(photo=photo, **form.cleaned_data)
    except InferenceError as error:
        return _refuse(request, problem_of(error))
    except Photo.DoesNotExist:
        return _refuse(request, Problem(_("The photo was deleted meanwhile."), 404))
    return _done(request, work, is_new)


@require_POST
def sample(request: HttpRequest) -> HttpResponse:
    """The sample photo as if it had been uploaded, for a first look."""
    form = ChoiceForm(request.POST)
    if not form.is_valid():
        return _refuse_form(request, form)
    if problem := _over_the_limit(request):
        return _refuse(request, problem)
    try:
        with sample_file().open("rb") as stream:
            work, is_new = services.convert_upload(
                owner=member(request), name="astronaut.png", stream=stream, **form.cleaned_data
            )
    except InferenceError as error:
        return _refuse(request, problem_of(error))
    return _done(request, work, is_new)
