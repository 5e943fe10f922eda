"""Studies, for staff: the list, a new one, how far it is, and what people preferred."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import IO, Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.absolute_urls import build_absolute_url
from gallery.access import (
    can_manage_studies,
    get_study_or_404,
    require_user,
    staff_required,
    study_manager_required,
)
from gallery.comparisons import queries, services
from gallery.comparisons.forms import StudyForm
from gallery.comparisons.invitations import make_token
from gallery.comparisons.services import RefusedPhoto
from gallery.comparisons.tables import build_table, stream_votes_csv, write_table_csv
from gallery.failures import EXPECTED_ERRORS, UNPROCESSABLE_CONTENT, get_failure
from gallery.locks import ObjectDeleted
from gallery.models import Study
from gallery.request_bodies import accept_files
from gallery.responses import post_required, warn_of_failed_deletions
from gallery.styles import get_style_titles, list_style_cards
from imaging.formats import IMAGE_SUFFIXES
from imaging.samples import sample_file

PAGE_SIZE = 24


@require_safe
@staff_required
def study_list(request: HttpRequest) -> HttpResponse:
    """Show all studies, newest first."""
    page = Paginator(queries.list_studies(), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page": page, "can_manage": can_manage_studies(request.user)}
    return render(request, "comparisons/list.html", context)


@accept_files("photos", max_bytes_setting="UPLOAD_MAX_BYTES", max_files=settings.DATA_UPLOAD_MAX_NUMBER_FILES)
@require_http_methods(["GET", "HEAD", "POST"])
@study_manager_required
def create_study(request: HttpRequest) -> HttpResponse:
    """The form of a new study."""
    form = StudyForm(request.POST or None, request.FILES or None)
    if request.method != "POST" or not form.is_valid():
        return _render_form(request, form, status=UNPROCESSABLE_CONTENT if form.errors else 200)
    try:
        study, refused = _create(request, form)
    except EXPECTED_ERRORS as error:
        failure = get_failure(error)
        form.add_error(None, failure.message)
        return _render_form(request, form, status=failure.status)
    texts = [_describe_refused(photo) for photo in refused]
    if study is None:
        for text in texts:
            form.add_error("photos", text)
        return _render_form(request, form, status=UNPROCESSABLE_CONTENT)
    for text in texts:
        messages.warning(request, text)
    return redirect("gallery:study", study.pk)


def _create(request: HttpRequest, form: StudyForm) -> tuple[Study | None, list[RefusedPhoto]]:
    with ExitStack() as stack:
        photos = list(_open_samples(form.cleaned_data["samples"], stack))
        photos += [(file.name or "", file) for file in request.FILES.getlist("photos")]
        data = {name: form.cleaned_data[name] for name in ("name", "styles")}
        return services.create_study(owner=require_user(request), photos=photos, **data)


def _open_samples(names: list[str], stack: ExitStack) -> Iterator[tuple[str, IO[bytes]]]:
    for name in names:
        path = sample_file(name)
        yield f"{name}{path.suffix}", stack.enter_context(path.open("rb"))


def _describe_refused(photo: RefusedPhoto) -> str:
    return _("%(name)s: %(problem)s") % {"name": photo.name, "problem": get_failure(photo.error).message}


def _render_form(request: HttpRequest, form: StudyForm, *, status: int) -> HttpResponse:
    cards = [card for card in list_style_cards(request.LANGUAGE_CODE) if card.is_available]
    chosen = form.data.getlist("styles") if form.is_bound else [card.id for card in cards]  # type: ignore[attr-defined]
    context = {
        "form": form,
        "styles": cards,
        "chosen_styles": chosen,
        "accept": ",".join(("image/*", *IMAGE_SUFFIXES)),
        "max_megabytes": settings.UPLOAD_MAX_BYTES // 2**20,
    }
    return render(request, "comparisons/new.html", context, status=status)


@require_safe
@study_manager_required
def study_detail(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Show how far a study is, its link, and what people preferred so far."""
    study = get_study_or_404(request.user, study_id)
    titles = get_style_titles(request.LANGUAGE_CODE)
    invitation = reverse("gallery:study_invited", args=[make_token(study)])
    context = {
        **_progress_context(study, titles),
        "invitation": build_absolute_url(invitation, request),
        "photo_count": study.photos.count(),
        "table": build_table(queries.count_votes(study), titles),
    }
    return render(request, "comparisons/study.html", context)


def _progress_context(study: Study, titles: dict[str, str]) -> dict[str, Any]:
    progress = queries.get_progress(study)
    missing = [titles.get(style, style) for style in progress.missing_styles]
    return {"study": study, "progress": progress, "missing_titles": missing}


@post_required(back="gallery:study")
@study_manager_required
def prepare_study(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Make the next result of a study; scripts get how far it is then, and ask again until all are made."""
    study = get_study_or_404(request.user, study_id)
    problem, status, retry_after = "", 200, None
    try:
        services.make_next_result(study=study)
    except EXPECTED_ERRORS as error:
        failure = get_failure(error)
        problem, status, retry_after = failure.message, failure.status, failure.retry_after
    if not request.headers.get("HX-Request"):
        if problem:
            messages.error(request, problem)
        return redirect("gallery:study", study_id)
    context = _progress_context(study, get_style_titles(request.LANGUAGE_CODE))
    context |= {"problem": problem, "retry_after": retry_after}
    return render(request, "comparisons/progress.html", context, status=status)


def _change(study: Study, service: Callable[[], None]) -> str:
    """Let a service change a study; return the URL of its page. Raise Http404 where it was deleted just now."""
    try:
        service()
    except ObjectDeleted:
        raise Http404 from None
    return reverse("gallery:study", args=[study.pk])


@post_required(back="gallery:study")
@study_manager_required
def set_study_open(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Close a study, or open it again."""
    study, is_open = get_study_or_404(request.user, study_id), request.POST.get("open") == "1"
    return redirect(_change(study, partial(services.set_open, study=study, is_open=is_open)))


@post_required(back="gallery:study")
@study_manager_required
def renew_invitation(request: HttpRequest, study_id: UUID) -> HttpResponse:
    study = get_study_or_404(request.user, study_id)
    url = _change(study, partial(services.renew_invitation, study=study))
    messages.success(request, _("There is a new link. The old one no longer works."))
    return redirect(url)


@post_required(back="gallery:study")
@study_manager_required
def delete_study(request: HttpRequest, study_id: UUID) -> HttpResponse:
    study = get_study_or_404(request.user, study_id)
    _change(study, partial(services.delete_studies, owner_id=study.owner_id, study_id=study.pk))
    messages.success(request, _("The comparison was deleted, with its photos, results and votes."))
    warn_of_failed_deletions(request)
    return redirect("gallery:studies")


@require_safe
@study_manager_required
def download_table(request: HttpRequest, study_id: UUID) -> HttpResponse:
    counts = queries.count_votes(get_study_or_404(request.user, study_id))
    table = write_table_csv(build_table(counts, get_style_titles(request.LANGUAGE_CODE)))
    return HttpResponse(table, content_type="text/csv; charset=utf-8", headers=_attachment("table.csv"))


@require_safe
@study_manager_required
def download_votes(request: HttpRequest, study_id: UUID) -> StreamingHttpResponse:
    lines = stream_votes_csv(get_study_or_404(request.user, study_id))
    headers = _attachment("votes.csv")
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)


def _attachment(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
