"""The studio: photos in, anime out, inside the request."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any
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
from gallery.failures import EXPECTED_ERRORS, Failure, get_failure, get_form_failure
from gallery.models import ConversionSpeed, DetailLevel, FaceMode, Work
from gallery.photos import queries, services
from gallery.photos.conversion import ConversionOptions
from gallery.photos.faces import render_face_picker
from gallery.photos.forms import ConversionForm, UploadForm, get_chosen_style, list_speed_choices
from gallery.photos.views.files import DOWNLOAD_FORMATS, get_before_url
from gallery.request_bodies import accept_files
from gallery.responses import failure_json, post_required, wants_json
from gallery.styles import get_style_titles, list_style_cards, load_style_catalog
from imaging.folders import SYSTEM_NAMES, SYSTEM_PREFIXES, UNFINISHED_SUFFIXES
from imaging.formats import IMAGE_SUFFIXES
from imaging.samples import sample_file
from inference.runtime import get_engine

# What static/js/folders.js goes by where a folder is dropped.
FOLDER_RULES = {
    "suffixes": IMAGE_SUFFIXES,
    "names": sorted(SYSTEM_NAMES),
    "prefixes": SYSTEM_PREFIXES,
    "unfinished": UNFINISHED_SUFFIXES,
}
Outcome = tuple[Work, bool] | Failure  # the work, and whether it is new; or why there is none


@accept_files("photos", max_bytes_setting="UPLOAD_MAX_BYTES", max_files=settings.DATA_UPLOAD_MAX_NUMBER_FILES)
@require_http_methods(["GET", "HEAD", "POST"])
def studio(request: HttpRequest) -> HttpResponse:
    """Show the studio; a POST converts its files one after another and answers with the last work.

    Scripts send one file a request and ask for JSON: 201 with the work, 200 if it was there already, else
    `{"error": text}` with 403, 413, 422, 429, 503 or 507.
    """
    if request.method != "POST":
        return _render_studio(request, [])
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _respond(request, form, [("", get_form_failure(form))])
    user, outcomes = require_user(request), list[tuple[str, Outcome]]()
    outcome: Outcome | None = None
    for file in request.FILES.getlist("photos"):
        name = file.name or ""
        if not (isinstance(outcome, Failure) and outcome.is_for_all_files):
            outcome = _convert(request, form, partial(services.convert_upload, owner=user, name=name, stream=file))
        outcomes.append((name, outcome))
    return _respond(request, form, outcomes)


@post_required(back="gallery:work")
def convert_again(request: HttpRequest, work_id: UUID) -> HttpResponse:
    """Convert the photo of a work once more, in another style or detail, or with others of its faces."""
    photo = get_work_or_404(request.user, work_id).photo
    form = ConversionForm(request.POST, face_count=len(photo.faces or ()))
    return _respond(request, form, [("", _convert(request, form, partial(services.convert_photo, photo=photo)))])


@post_required(back="gallery:studio")
def convert_sample(request: HttpRequest) -> HttpResponse:
    """Convert the sample photo as if it had been uploaded, for a first look."""
    form = ConversionForm(request.POST)
    with sample_file().open("rb") as stream:
        upload = partial(services.convert_upload, owner=require_user(request), name="astronaut.png", stream=stream)
        return _respond(request, form, [("", _convert(request, form, upload))])


def _convert(request: HttpRequest, form: ConversionForm, service: Callable[..., tuple[Work, bool]]) -> Outcome:
    """Count one conversion against the person's limit, and let the service make it with the options of the form."""
    if not form.is_valid():
        return get_form_failure(form)
    try:
        rate_limits.acquire(scope="upload", key=str(request.user.pk), limit=settings.UPLOADS_PER_HOUR)
        return service(options=form.get_options())
    except EXPECTED_ERRORS as error:
        return get_failure(error)


def _respond(request: HttpRequest, form: ConversionForm, outcomes: Sequence[tuple[str, Outcome]]) -> HttpResponse:
    """Answer with the last work, or with what went wrong with which file; the status is that of the first failure."""
    failures = [(name, outcome) for name, outcome in outcomes if isinstance(outcome, Failure)]
    if failures:
        return _respond_failures(request, failures)
    work, is_new = outcomes[-1][1]  # type: ignore[misc]  # no Failure is left
    return _respond_work(request, work, is_new, form.get_options())


def _respond_failures(request: HttpRequest, failures: Sequence[tuple[str, Failure]]) -> HttpResponse:
    first = failures[0][1]
    if wants_json(request):
        return failure_json(first)
    texts = [f"{name}: {failure.message}" if name else failure.message for name, failure in failures]
    response = _render_studio(request, texts, first.status)
    for header, value in first.headers.items():
        response[header] = value
    return response


def _respond_work(request: HttpRequest, work: Work, is_new: bool, options: ConversionOptions) -> HttpResponse:
    has_no_face = options.faces != FaceMode.OFF and work.photo.faces == []
    note = _("No face was found, so the whole picture was converted.") if has_no_face else ""
    if wants_json(request):
        data = serialize_work(work, request.LANGUAGE_CODE, is_new=is_new, note=note)
        return JsonResponse(data, status=201 if is_new else 200)
    if note:
        messages.info(request, note)
    return redirect("gallery:work", work.pk)


def _render_studio(request: HttpRequest, problems: list[str], status: int = 200) -> HttpResponse:
    catalog = load_style_catalog()
    styles = list_style_cards(request.LANGUAGE_CODE, catalog)
    context = {
        "styles": styles,
        "chosen_style": get_chosen_style(request.POST, catalog),
        "details": DetailLevel.choices,
        "speeds": list_speed_choices(catalog),
        "chosen_speed": request.POST.get("speed") or ConversionForm.default_speed,
        "chosen_detail": request.POST.get("detail") or DetailLevel.BALANCED,
        "face_modes": FaceMode.choices,
        "chosen_faces": request.POST.get("faces") or FaceMode.OFF,
        "problems": problems,
        "accept": ",".join(("image/*", *IMAGE_SUFFIXES)),
        "folder_rules": FOLDER_RULES,
        "usual_seconds": queries.get_typical_seconds([card.id for card in styles], DetailLevel.values),
        "max_bytes": settings.UPLOAD_MAX_BYTES,
        "max_megabytes": settings.UPLOAD_MAX_BYTES // 2**20,
        "max_megapixels": settings.UPLOAD_MAX_PIXELS // 10**6,
        "latest": queries.list_works(request.user)[:6],
    }
    return render(request, "gallery/studio.html", context, status=status)


@require_safe
def queue_position(request: HttpRequest, ticket: str) -> JsonResponse:
    """Say how many conversions come before the one with this ticket of this person, and for about how many seconds.

    Both null where it does not wait: it is being converted, or done, or another process of the server has it.
    """
    position = get_engine().queue.queue_position(ticket, request.user.pk)
    return JsonResponse(asdict(position) if position else {"ahead": None, "seconds": None})


@post_required(back="gallery:work")
def find_faces(request: HttpRequest, work_id: UUID) -> HttpResponse:
    """Look for the faces of a work's photo; scripts get their boxes as HTML."""
    work = get_work_or_404(request.user, work_id)
    try:
        services.find_faces(photo=work.photo)
    except EXPECTED_ERRORS as error:
        return _respond_failures(request, [("", get_failure(error))])
    if wants_json(request):
        note = "" if work.photo.faces else _("No face was found in this photo.")
        return JsonResponse({"picker": render_face_picker(work), "note": note})
    return redirect(reverse("gallery:work", args=[work.pk]) + "#faces")


def serialize_work(work: Work, language: str, *, is_new: bool, note: str = "") -> dict[str, Any]:
    """Return a work as the scripts need it. `picker` has the boxes of its faces as HTML; empty for whole pictures."""
    has_faces = work.faces != FaceMode.OFF
    return {
        "id": str(work.pk),
        "name": work.photo.name,
        "style": work.style,
        "styleTitle": get_style_titles(language)[work.style],
        "detail": work.detail,
        "detailTitle": work.get_detail_display(),
        "speed": ConversionSpeed.FAST if work.is_fast else ConversionSpeed.BEST,
        "speedTitle": ConversionSpeed.FAST.label if work.is_fast else "",
        "faces": work.faces,
        "facesTitle": work.get_faces_display() if has_faces else "",
        "picker": render_face_picker(work, mode=work.faces) if has_faces else "",
        "note": note,
        "width": work.width,
        "height": work.height,
        "seconds": round(work.seconds, 2),
        "isNew": is_new,
        "page": reverse("gallery:work", args=[work.pk]),
        "result": reverse("gallery:result", args=[work.pk]),
        "before": get_before_url(work),
        "photo": reverse("gallery:photo_preview", args=[work.photo_id]),
        "again": reverse("gallery:again", args=[work.pk]),
        "delete": reverse("gallery:delete", args=[work.pk]),
        "downloads": {kind: reverse("gallery:download", args=[work.pk, kind]) for kind in DOWNLOAD_FORMATS},
    }
