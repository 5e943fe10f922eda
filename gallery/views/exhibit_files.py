"""Pictures of exhibits: open to whoever may see the exhibit."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from ..access import exhibit_or_404, gallery_view, may_download, may_see_photo
from ..models import Exhibit
from .media import download_name, send

# A picture never changes under its address; but it may be unpublished, and then caches should soon forget it.
SECONDS = 3600

View = Callable[[HttpRequest, Exhibit], HttpResponseBase]


def _exhibit_file(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    @require_safe
    @gallery_view
    @wraps(view)
    def guarded(request: HttpRequest, work_id: UUID, **arguments: Any) -> HttpResponseBase:
        exhibit = exhibit_or_404(request.user, work_id)
        response = view(request, exhibit, **arguments)
        if settings.PUBLIC_GALLERY and exhibit.is_public and not request.user.is_authenticated:
            patch_cache_control(response, public=True, max_age=SECONDS)
        else:
            patch_cache_control(response, private=True, max_age=SECONDS)
        return response

    return guarded


@_exhibit_file
def rendition(request: HttpRequest, exhibit: Exhibit, width: int) -> HttpResponseBase:
    """One of the WebP pictures that were made when the work was published."""
    files: dict[int, str] = dict(exhibit.renditions)
    if width not in files:
        raise Http404
    return send(files[width])


@_exhibit_file
def card(request: HttpRequest, exhibit: Exhibit) -> HttpResponseBase:
    """The JPEG that messengers show beside a link."""
    return send(exhibit.card)


@_exhibit_file
def full(request: HttpRequest, exhibit: Exhibit) -> HttpResponseBase:
    """The result at its own size. Of faces, others get what fills a screen and no more."""
    if not may_download(request.user, exhibit):
        raise Http404
    return send(exhibit.work.file)


@_exhibit_file
def photo(request: HttpRequest, exhibit: Exhibit) -> HttpResponseBase:
    """The photo, without its metadata, where its owner lets others see it."""
    if not may_see_photo(request.user, exhibit):
        raise Http404
    return send(exhibit.work.photo.preview)


@_exhibit_file
def download(request: HttpRequest, exhibit: Exhibit) -> HttpResponseBase:
    """The result as a file; of faces only for their owner."""
    if not may_download(request.user, exhibit):
        raise Http404
    extension = exhibit.work.file.rpartition(".")[2]
    return send(exhibit.work.file, download_as=download_name(exhibit.title, exhibit.style, extension))
