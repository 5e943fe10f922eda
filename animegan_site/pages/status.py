"""The status page: conversions, storage, styles, and what the site runs on; and the links of the staff's first page."""

import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.mail.queue import get_mail_queue_stats
from animegan_site.pages.status_chart import build_chart
from gallery.access import can_manage_studies
from gallery.conversion_log import VIDEO_PREFIX
from gallery.failures import get_image_failure_text, get_video_failure_text
from gallery.models import ExhibitState, JobState
from gallery.statistics import (
    STATISTICS_DAYS,
    count_waiting_exhibits,
    get_conversion_stats,
    get_storage_stats,
    get_totals,
    get_video_queue_stats,
    list_open_reports,
)
from gallery.styles import StyleTitles, get_style_titles, load_style_catalog
from gallery.styles.files import list_published_missing
from imaging.errors import BAD_IMAGE_TEXTS, ImagingError
from inference import engine as engines
from inference.errors import DeviceUnavailable
from inference.runtime import get_engine, get_style_registry
from inference.styles import Style

PACKAGES = ("Django", "openvino", "torch", "gunicorn", "pillow")


def can_view_status(user: Any) -> bool:
    return user.is_staff and user.has_perm("gallery.view_conversion")


@require_safe
def status_page(request: HttpRequest, site_context: dict[str, Any]) -> HttpResponse:
    if not can_view_status(request.user):
        raise PermissionDenied
    titles, weights, problem = _describe_styles(request.LANGUAGE_CODE)
    conversions = get_conversion_stats()
    counts, queue = get_totals(), get_video_queue_stats()
    context = {
        **site_context,
        "title": _("Site status"),
        "days": STATISTICS_DAYS,
        "conversions": conversions,
        "chart": build_chart(conversions.by_day, titles),
        "speeds": [(titles[speed.style], speed) for speed in conversions.speeds],
        "failures": [(get_failure_label(reason), number) for reason, number in conversions.failures],
        "numbers": counts,
        "states": [(state.label, counts.exhibits.get(state, 0)) for state in ExhibitState],
        "queue": queue,
        "jobs": [(state.label, queue.jobs.get(state, 0)) for state in JobState],
        "storage": get_storage_stats(),
        "mail": get_mail_queue_stats(),
        "weights": weights,
        "weights_problem": problem,
        "runs_on": [(_("Engine"), describe_engine()), *list_versions()],
    }
    return TemplateResponse(request, "admin/status.html", context)


def _describe_styles(language: str) -> tuple[StyleTitles, list[dict[str, Any]], str]:
    """Return (title by id, the rows of the table, what is wrong with the manifest)."""
    try:
        rows = [_describe_style(style, language) for style in get_style_registry().all()]
    except ImagingError as error:
        return StyleTitles(language, []), [], str(error)
    titles = get_style_titles(language)
    titles.load_remembered()  # statistics are of styles that may be gone
    return titles, rows, ""


def _describe_style(style: Style, language: str) -> dict[str, Any]:
    return {
        "id": style.id,
        "title": style.title_in(language),
        "bytes": style.path.stat().st_size if style.is_available else None,
        "license": style.license_in(language),
    }


def get_failure_label(reason: str) -> str:
    if reason.startswith(VIDEO_PREFIX):
        return _("Videos: %(problem)s") % {"problem": get_video_failure_text(reason.removeprefix(VIDEO_PREFIX))}
    if reason in BAD_IMAGE_TEXTS:
        return get_image_failure_text(reason)
    texts = {
        "left": _("Client disconnected while waiting"),
        "busy": _("Queue full"),
        "bad_weights": _("Damaged weights"),
        "not_finite": _("Style gave no valid result"),
        "device_unavailable": _("Device not available"),
        "style_not_downloaded": _("Style not downloaded"),
        "unknown_style": _("Unknown style"),
        "gone": _("Deleted in the meantime"),
    }
    return texts.get(reason, reason)


def describe_engine() -> str:
    """Return back end and device; not where finding out would load torch, which takes seconds."""
    if _needs_torch() and "torch" not in sys.modules:
        return _("torch, loaded with the first conversion")
    try:
        backend = get_engine().backend
    except DeviceUnavailable as error:
        return str(error)
    return f"{backend.name}, {backend.device}"


def _needs_torch() -> bool:
    if settings.INFERENCE_DEVICE == "auto" and settings.INFERENCE_BACKEND != "openvino" and engines.has_nvidia_gpu():
        return True
    return settings.INFERENCE_BACKEND == "torch" or settings.INFERENCE_DEVICE == "cuda"


def list_versions() -> list[tuple[str, str]]:
    """Return (name, version) of what the site runs on, without loading the packages."""
    versions = [("Python", platform.python_version())]
    for package in PACKAGES:
        try:
            versions.append((package, version(package)))
        except PackageNotFoundError:
            versions.append((package, _("not installed")))
    database = ".".join(str(part) for part in connection.get_database_version())
    return [*versions, (connection.display_name, database)]


def _link_to_missing_styles(user: Any) -> list[tuple[str, str, int]]:
    """Return the link to the page of styles as long as published ones can be downloaded there."""
    if not user.has_perm("gallery.change_stylesetting"):
        return []
    try:
        count = len(list_published_missing(load_style_catalog()))
    except ImagingError:  # which that page and the status page tell of
        return []
    text = ngettext("%(count)s style can be downloaded", "%(count)s styles can be downloaded", count)
    return [(text % {"count": count}, reverse("admin:gallery_stylesetting_changelist"), 0)] if count else []


def get_pending_reviews(user: Any) -> dict[str, Any]:
    """Return the context of the staff's first page: how much waits for a decision, as far as this person may see."""
    links = []
    if user.has_perm("gallery.view_exhibit") or user.has_perm("gallery.change_exhibit"):
        count = count_waiting_exhibits()
        text = ngettext("%(count)s work waits for review", "%(count)s works wait for review", count)
        url = reverse("admin:gallery_exhibit_changelist", query={"state": "waiting"})
        links.append((text % {"count": count}, url, count))
    if user.has_perm("gallery.view_report") or user.has_perm("gallery.change_report"):
        count = list_open_reports().count()
        text = ngettext("%(count)s report is open", "%(count)s reports are open", count)
        url = reverse("admin:gallery_report_changelist", query={"settled": "open"})
        links.append((text % {"count": count}, url, count))
    links += _link_to_missing_styles(user)
    return {
        "pending_reviews": links,
        "can_view_status": can_view_status(user),
        "can_manage_studies": can_manage_studies(user),
    }
