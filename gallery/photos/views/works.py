"""My works: the grid, one work, deleting and taking many home."""

from collections.abc import Iterable
from pathlib import PurePath
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from gallery.access import get_work_or_404, require_user
from gallery.forms import PublishForm, PublishVideoForm
from gallery.models import DetailLevel, Exhibit, ExhibitKind, FaceMode, VideoJob, Work
from gallery.models.exhibits import subject_filter
from gallery.photos import queries as queries
from gallery.photos import services as services
from gallery.photos.faces import render_face_picker
from gallery.photos.views.files import get_before_url
from gallery.responses import post_required, wants_json
from gallery.storage.archive import stream_works_zip
from gallery.styles import StyleCard, get_style_titles, list_style_cards
from inference.faces import PORTRAIT_SIZES

PAGE_SIZE = 24

AnyWork = TypeVar("AnyWork", Work, VideoJob)


def add_style_titles(works: Iterable[AnyWork], titles: dict[str, str]) -> list[AnyWork]:
    """The works, each with the title of its style in `style_title`."""
    listed = list(works)
    for work in listed:
        work.style_title = titles.get(work.style, work.style)  # type: ignore[attr-defined]
    return listed


@require_safe
def work_list(request: HttpRequest) -> HttpResponse:
    """Newest first, in pages, of one style if `?style=` says so."""
    works = queries.list_works(request.user, style=_chosen_style(request))
    return render(
        request, "gallery/works.html", _page_of(request, "works", works, queries.list_work_styles(request.user))
    )


def _chosen_style(request: HttpRequest) -> str:
    return request.GET.get("style", "")


def _page_of(request: HttpRequest, name: str, works: QuerySet[AnyWork], styles: Iterable[str]) -> dict[str, Any]:
    """One page of a list, under that name, and all styles to choose from."""
    titles = get_style_titles(request.LANGUAGE_CODE)
    page = Paginator(works, PAGE_SIZE).get_page(request.GET.get("page"))
    return {
        "page": page,
        name: add_style_titles(page, titles),
        "styles": [(style, titles.get(style, style)) for style in styles],
        "chosen_style": _chosen_style(request),
    }


@require_safe
def video_work_list(request: HttpRequest) -> HttpResponse:
    """Finished conversions of videos in the same way."""
    jobs = queries.list_video_works(request.user, style=_chosen_style(request))
    return render(
        request,
        "gallery/work_videos.html",
        _page_of(request, "jobs", jobs, queries.list_video_work_styles(request.user)),
    )


def build_publishing_context(
    work: Work | VideoJob, form: PublishForm | None, cards: Iterable[StyleCard]
) -> dict[str, Any]:
    """For `gallery/publishing.html`: how a work or video is shown, and the form that changes it."""
    exhibit = Exhibit.objects.filter(subject_filter(work.pk)).first()
    style = next((card for card in cards if card.id == work.style), None)
    return {
        "exhibit": exhibit,
        "form": form or _publish_form(work, exhibit, _shows_a_face(work, style)),
        "is_reviewed": settings.GALLERY_REVIEW,
        "style": style,
    }


def _publish_form(work: Work | VideoJob, exhibit: Exhibit | None, is_face: bool) -> PublishForm:
    """Filled in with what is shown, or with what seems likely."""
    source, form = (work.photo, PublishForm) if isinstance(work, Work) else (work.video, PublishVideoForm)
    likely = {"title": PurePath(source.name).stem[:100], "kind": ExhibitKind.FACE if is_face else None}
    return form(instance=exhibit, initial=None if exhibit else likely)


def _shows_a_face(work: Work | VideoJob, style: StyleCard | None) -> bool:
    """As far as what was chosen tells."""
    has_faces = isinstance(work, Work) and work.faces != FaceMode.OFF
    return has_faces or bool(style and style.subject == "face")


def render_work(request: HttpRequest, work: Work, form: PublishForm | None = None, status: int = 200) -> HttpResponse:
    """One work beside its photo; with a `form` that was not accepted, if there is one."""
    cards = list_style_cards(request.LANGUAGE_CODE)
    context = {
        "work": work,
        **build_publishing_context(work, form, cards),
        "styles": [card for card in cards if card.is_available],
        "details": DetailLevel.choices,
        "face_modes": FaceMode.choices,
        "picker": render_face_picker(work),
        "before": get_before_url(work),
        "sides": sorted(PORTRAIT_SIZES, reverse=True) if work.faces == FaceMode.PORTRAIT else [],
        "others": add_style_titles(queries.list_sibling_works(work), get_style_titles(request.LANGUAGE_CODE)),
    }
    return render(request, "gallery/work.html", context, status=status)


@require_safe
def work_detail(request: HttpRequest, work_id: UUID) -> HttpResponse:
    return render_work(request, get_work_or_404(request.user, work_id))


@post_required(back="gallery:work")
def delete_work(request: HttpRequest, work_id: UUID) -> HttpResponse:
    services.delete_works(owner=require_user(request), works=[get_work_or_404(request.user, work_id)])
    if wants_json(request):
        return JsonResponse({"deleted": 1})
    messages.success(request, _("The work and its files were deleted."))
    return redirect("gallery:works")


def _chosen_ids(request: HttpRequest) -> list[UUID]:
    ids = []
    for text in request.POST.getlist("works"):
        try:
            ids.append(UUID(text))
        except ValueError:
            continue
    return ids


@post_required(back="gallery:works")
def act_on_selection(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Download as a zip, or delete, the marked works; those of other people are passed over."""
    works = queries.get_works_by_id(request.user, _chosen_ids(request))
    if not works:
        messages.info(request, _("Select at least one work first."))
        return redirect("gallery:works")
    if request.POST.get("action") == "zip":
        response = StreamingHttpResponse(stream_works_zip(works), content_type="application/zip")
        response["Content-Disposition"] = 'attachment; filename="anime.zip"'
        return response
    if request.POST.get("action") == "delete":
        count = services.delete_works(owner=require_user(request), works=works)
        text = ngettext("%(count)s work is deleted.", "%(count)s works are deleted.", count)
        messages.success(request, text % {"count": count})
    return redirect("gallery:works")
