"""My works: the grid, one work, deleting and downloading many."""

from collections.abc import Iterable
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
from gallery.models import ConversionSpeed, DetailLevel, FaceMode, VideoJob, Work
from gallery.photos import queries, services
from gallery.photos.faces import render_face_picker
from gallery.photos.forms import get_chosen_style, list_speed_choices
from gallery.photos.views.files import get_before_url
from gallery.responses import check_rate_limit, post_required, wants_json, warn_of_failed_deletions
from gallery.showcase.forms import PublishForm, build_publishing_context
from gallery.storage.archive import stream_works_zip
from gallery.styles import StyleTitles, get_style_card, get_style_titles, list_style_cards, load_style_catalog
from inference.faces import PORTRAIT_SIZES

PAGE_SIZE = 24

AnyWork = TypeVar("AnyWork", Work, VideoJob)


def add_style_titles(works: Iterable[AnyWork], titles: StyleTitles) -> list[AnyWork]:
    """Return the works, each with the title of its style in `style_title`."""
    listed = list(works)
    for work in listed:
        work.style_title = titles[work.style]  # type: ignore[attr-defined]
    return listed


@require_safe
def work_list(request: HttpRequest) -> HttpResponse:
    """Show works, newest first, in pages, of one style if `?style=` says so."""
    works = queries.list_works(request.user, style=request.GET.get("style", ""))
    context = _build_page(request, "works", works, queries.list_work_styles(request.user))
    return render(request, "gallery/works.html", context)


def _build_page(request: HttpRequest, name: str, works: QuerySet[AnyWork], styles: Iterable[str]) -> dict[str, Any]:
    """One page of a list, under that name, and all styles to choose from."""
    titles = get_style_titles(request.LANGUAGE_CODE)
    page = Paginator(works, PAGE_SIZE).get_page(request.GET.get("page"))
    return {
        "page": page,
        name: add_style_titles(page, titles),
        "styles": [(style, titles[style]) for style in styles],
        "chosen_style": request.GET.get("style", ""),
    }


@require_safe
def video_work_list(request: HttpRequest) -> HttpResponse:
    """Show finished conversions of videos in the same way."""
    jobs = queries.list_video_works(request.user, style=request.GET.get("style", ""))
    context = _build_page(request, "jobs", jobs, queries.list_video_work_styles(request.user))
    return render(request, "gallery/work_videos.html", context)


def render_work(request: HttpRequest, work: Work, form: PublishForm | None = None, status: int = 200) -> HttpResponse:
    """Render one work beside its photo; with a `form` that was not accepted, if there is one."""
    catalog = load_style_catalog()
    context = {
        "work": work,
        **build_publishing_context(work, form, get_style_card(work.style, request.LANGUAGE_CODE)),
        "styles": list_style_cards(request.LANGUAGE_CODE, catalog),
        "chosen_style": get_chosen_style({"style": work.style}, catalog),
        "details": DetailLevel.choices,
        "speeds": list_speed_choices(catalog),
        "chosen_speed": ConversionSpeed.FAST if work.is_fast else ConversionSpeed.BEST,
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
    warn_of_failed_deletions(request)
    return redirect("gallery:works")


def _get_selected_ids(request: HttpRequest) -> list[UUID]:
    ids = []
    for text in request.POST.getlist("works"):
        try:
            ids.append(UUID(text))
        except ValueError:
            continue
    return ids


@post_required(back="gallery:works")
def act_on_selection(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Download as a zip, or delete, the selected works; those of other people are skipped."""
    works = queries.get_works_by_id(request.user, _get_selected_ids(request))
    if not works:
        messages.info(request, _("Select at least one work first."))
        return redirect("gallery:works")
    if request.POST.get("action") == "zip":
        if answer := check_rate_limit(request, scope="download", limit=settings.DOWNLOADS_PER_HOUR):
            return answer
        response = StreamingHttpResponse(stream_works_zip(works), content_type="application/zip")
        response["Content-Disposition"] = 'attachment; filename="anime.zip"'
        return response
    if request.POST.get("action") == "delete":
        count = services.delete_works(owner=require_user(request), works=works)
        text = ngettext("%(count)s work is deleted.", "%(count)s works are deleted.", count)
        messages.success(request, text % {"count": count})
        warn_of_failed_deletions(request)
    return redirect("gallery:works")
