"""The studio: photos in, anime out, inside the request."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from math import ceil
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import rate_limits
from gallery.access import get_work_or_404, require_user
from gallery.failures import EXPECTED_ERRORS, Failure, get_failure, get_rate_limit_failure
from gallery.forms import ChoiceForm, UploadForm, default_style
from gallery.models import DetailLevel, FaceMode, Work
from gallery.photos import queries as queries
from gallery.photos import services as services
from gallery.photos.faces import render_face_picker
from gallery.responses import post_required, serialize_work, wants_json
from gallery.styles import list_style_cards
from imaging.decode import IMAGE_SUFFIXES
from imaging.samples import sample_file
from inference.runtime import get_engine


def _page(request: HttpRequest, problems: list[str], status: int = 200) -> HttpResponse:
    cards = list_style_cards(request.LANGUAGE_CODE)
    styles = [card for card in cards if card.is_available]
    context = {
        "styles": styles,
        "missing": [card for card in cards if not card.is_available],
        "chosen_style": request.POST.get("style") or default_style(),
        "details": DetailLevel.choices,
        "chosen_detail": request.POST.get("detail") or DetailLevel.BALANCED,
        "face_modes": FaceMode.choices,
        "chosen_faces": request.POST.get("faces") or FaceMode.OFF,
        "problems": problems,
        "accept": ",".join(("image/*", *IMAGE_SUFFIXES)),
        "usual_seconds": queries.get_typical_seconds([card.id for card in styles], DetailLevel.values),
        "max_bytes": settings.UPLOAD_MAX_BYTES,
        "max_megabytes": settings.UPLOAD_MAX_BYTES // 2**20,
        "max_megapixels": settings.UPLOAD_MAX_PIXELS // 10**6,
        "latest": queries.list_works(request.user)[:6],
    }
    return render(request, "gallery/studio.html", context, status=status)


def _refuse(request: HttpRequest, problems: list[tuple[str, Failure]]) -> HttpResponse:
    """Say what went wrong with which file; the status is the first one's."""
    first = problems[0][1]
    response: HttpResponse
    if wants_json(request):
        response = JsonResponse({"error": first.message}, status=first.status)
    else:
        texts = [f"{name}: {problem.message}" if name else problem.message for name, problem in problems]
        response = _page(request, texts, first.status)
    if first.retry_after:
        response["Retry-After"] = str(first.retry_after)
    return response


def _refuse_form(request: HttpRequest, form: ChoiceForm) -> HttpResponse:
    texts = [str(error) for errors in form.errors.values() for error in errors]
    return _refuse(request, [("", Failure(" ".join(texts), 422))])


def _over_the_limit(request: HttpRequest) -> Failure | None:
    """Counts one conversion; the problem where there have been too many within the hour."""
    key = str(request.user.pk)
    if rate_limits.try_acquire(scope="upload", key=key, limit=settings.UPLOADS_PER_HOUR):
        return None
    return get_rate_limit_failure(ceil(rate_limits.time_until_allowed(scope="upload", key=key).total_seconds()))


def _done(request: HttpRequest, work: Work, is_new: bool, faces: str) -> HttpResponse:
    """The answer with a work that was to be made with `faces`."""
    note = _("No face was found, so the whole picture was converted.") if _has_none(work, faces) else ""
    if wants_json(request):
        told = serialize_work(work, request.LANGUAGE_CODE, is_new=is_new, note=note)
        return JsonResponse(told, status=201 if is_new else 200)
    if note:
        messages.info(request, note)
    return redirect("gallery:work", work.pk)


def _has_none(work: Work, faces: str) -> bool:
    return faces != FaceMode.OFF and work.photo.faces == []


def _convert_all(request: HttpRequest, form: UploadForm) -> Iterator[tuple[str, tuple[Work, bool] | Failure]]:
    """(file name, result) of each file; after a problem that the others would meet too, no more are tried."""
    waits: Failure | None = None
    for upload in request.FILES.getlist("photos"):
        name = upload.name or ""
        waits = waits or _over_the_limit(request)
        if waits:
            yield name, waits
            continue
        try:
            yield name, services.convert_upload(owner=require_user(request), name=name, stream=upload, **form.choice())
        except EXPECTED_ERRORS as error:
            problem = get_failure(error)
            waits = problem if problem.retry_after or problem.status == 403 else None
            yield name, problem


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
    outcomes = list(_convert_all(request, form))
    problems = [(name, outcome) for name, outcome in outcomes if isinstance(outcome, Failure)]
    if problems:
        return _refuse(request, problems)
    last = outcomes[-1][1]
    assert not isinstance(last, Failure)  # noqa: S101 - for the type checker
    return _done(request, *last, form.choice()["faces"])


@require_safe
def queue_position(request: HttpRequest, ticket: str) -> JsonResponse:
    """How many conversions come before the one with this ticket of this person, and for about how many seconds.

    Both null where it does not wait: it is being converted, or done, or another process of the server has it.
    """
    position = get_engine().queue.queue_position(ticket, request.user.pk)
    return JsonResponse(asdict(position) if position else {"ahead": None, "seconds": None})


@post_required(back="gallery:work")
def convert_again(request: HttpRequest, work_id: UUID) -> HttpResponse:
    """The photo of a work once more, in another style or detail, or with others of its faces."""
    photo = get_work_or_404(request.user, work_id).photo
    form = ChoiceForm(request.POST, count=len(photo.faces or ()))
    return _convert_one(request, form, partial(services.convert_photo, photo=photo))


@post_required(back="gallery:work")
def find_faces(request: HttpRequest, work_id: UUID) -> HttpResponse:
    """Look for the faces of a work's photo; scripts get their boxes as HTML."""
    work = get_work_or_404(request.user, work_id)
    try:
        services.find_faces(photo=work.photo)
    except EXPECTED_ERRORS as error:
        return _refuse(request, [("", get_failure(error))])
    if wants_json(request):
        return JsonResponse(
            {
                "picker": render_face_picker(work),
                "note": "" if work.photo.faces else _("No face was found in this photo."),
            }
        )
    return redirect(reverse("gallery:work", args=[work.pk]) + "#faces")


@post_required(back="gallery:studio")
def convert_sample(request: HttpRequest) -> HttpResponse:
    """The sample photo as if it had been uploaded, for a first look."""
    with sample_file().open("rb") as stream:
        upload = partial(services.convert_upload, owner=require_user(request), name="astronaut.png", stream=stream)
        return _convert_one(request, ChoiceForm(request.POST), upload)


def _convert_one(request: HttpRequest, form: ChoiceForm, convert: Callable[..., tuple[Work, bool]]) -> HttpResponse:
    """Answer a request for one conversion of what is here already; `convert` takes what the form chose."""
    if not form.is_valid():
        return _refuse_form(request, form)
    if problem := _over_the_limit(request):
        return _refuse(request, [("", problem)])
    try:
        return _done(request, *convert(**form.choice()), form.choice()["faces"])
    except EXPECTED_ERRORS as error:
        return _refuse(request, [("", get_failure(error))])
