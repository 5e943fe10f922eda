"""Answers that several views give, to scripts as JSON and to forms as pages."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from gallery.models import FaceMode, Work
from gallery.photos.faces import render_face_picker
from gallery.photos.views.files import get_before_url
from gallery.styles import get_style_titles

View = Callable[..., Any]


def wants_json(request: HttpRequest) -> bool:
    """Whether a script asks, and not a form."""
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def post_required(back: str) -> Callable[[View], View]:
    """A view that acts on POST. Who comes by GET is led to the page named `back`, with the same arguments and query.

    That is where people land who had to log in again in the middle of it.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, **arguments: Any) -> HttpResponse:
            if request.method != "POST":
                query = request.META.get("QUERY_STRING", "")
                return redirect(resolve_url(back, **arguments) + (f"?{query}" if query else ""))
            return view(request, **arguments)

        return require_http_methods(["GET", "HEAD", "POST"])(guarded)

    return decorate


def serialize_work(work: Work, language: str, *, is_new: bool, note: str = "") -> dict[str, Any]:
    """A work as the scripts need it. `picker` has the boxes of its faces, as HTML; empty for whole pictures."""
    return {
        "id": str(work.pk),
        "name": work.photo.name,
        "style": work.style,
        "styleTitle": get_style_titles(language).get(work.style, work.style),
        "detail": work.detail,
        "detailTitle": work.get_detail_display(),
        "faces": work.faces,
        "facesTitle": "" if work.faces == FaceMode.OFF else work.get_faces_display(),
        "picker": "" if work.faces == FaceMode.OFF else render_face_picker(work, mode=work.faces),
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
        "downloads": {kind: reverse("gallery:download", args=[work.pk, kind]) for kind in ("jpeg", "png")},
    }
