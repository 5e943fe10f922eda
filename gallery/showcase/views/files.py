"""Pictures and videos of exhibits: open to whoever may see the exhibit."""

from collections.abc import Callable
from functools import wraps
from pathlib import PurePath
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from gallery.access import can_download, can_view_original, gallery_access_required, get_exhibit_or_404
from gallery.models import Exhibit
from gallery.storage.serving import (
    RANGE_NOT_SATISFIABLE,
    build_download_name,
    prepare_for_response,
    send_file,
    vary_on_label,
)

# A file never changes under its URL; but it may be unpublished, and then caches should soon forget it. Asking whether
# it is still there costs little, as it has an ETag.
MAX_AGE_SECONDS, SHARED_MAX_AGE_SECONDS = 300, 60


class StoredFile(NamedTuple):
    """A file below MEDIA_ROOT; its name where it is handed out as a download; whether a style made it."""

    name: str
    download_as: str | None = None
    is_result: bool = True


def _exhibit_file_view(choose: Callable[..., StoredFile]) -> Callable[..., HttpResponseBase]:
    """Turn a function that chooses a file of an exhibit into the view that sends it."""

    @require_safe
    @gallery_access_required
    @wraps(choose)
    def view(request: HttpRequest, work_id: UUID, **arguments: Any) -> HttpResponseBase:
        exhibit = get_exhibit_or_404(request.user, work_id)
        file = choose(request, exhibit, **arguments)
        name = prepare_for_response(file.name, exhibit.work_key) if file.is_result else file.name
        if not isinstance(name, str):
            return name
        etag = quote_etag(PurePath(name).stem)
        not_modified: HttpResponse | None = get_conditional_response(request, etag=etag)
        response = not_modified or send_file(name, download_as=file.download_as, range_request=request)
        response["ETag"] = etag
        vary_on_label(response)
        if response.status_code == RANGE_NOT_SATISFIABLE:
            return response
        if settings.PUBLIC_GALLERY and exhibit.is_public and not request.user.is_authenticated:
            patch_cache_control(response, public=True, max_age=MAX_AGE_SECONDS, s_maxage=SHARED_MAX_AGE_SECONDS)
        else:
            patch_cache_control(response, private=True, max_age=MAX_AGE_SECONDS)
        return response

    return view


@_exhibit_file_view
def rendition(request: HttpRequest, exhibit: Exhibit, width: int) -> StoredFile:
    """One of the WebP pictures that were made when the work was published."""
    files: dict[int, str] = dict(exhibit.renditions)
    if width not in files:
        raise Http404
    return StoredFile(files[width])


@_exhibit_file_view
def link_card(request: HttpRequest, exhibit: Exhibit) -> StoredFile:
    """The JPEG that messengers show beside a link."""
    return StoredFile(exhibit.card)


@_exhibit_file_view
def full_size(request: HttpRequest, exhibit: Exhibit) -> StoredFile:
    """The result at its own size. Of faces, others get what fills a screen and no more."""
    if not (exhibit.work and can_download(request.user, exhibit)):
        raise Http404
    return StoredFile(exhibit.work.file)


@_exhibit_file_view
def exhibit_video(request: HttpRequest, exhibit: Exhibit) -> StoredFile:
    """What plays. Of faces, too: a browser shows no more than it is sent."""
    if exhibit.job is None:
        raise Http404
    return StoredFile(exhibit.job.file)


@_exhibit_file_view
def exhibit_photo(request: HttpRequest, exhibit: Exhibit) -> StoredFile:
    """The photo, without its metadata, where its owner lets others see it; of it no more than a portrait shows.

    Of a video the picture that its poster was made of, and nothing else.
    """
    if not can_view_original(request.user, exhibit):
        raise Http404
    return StoredFile(exhibit.before, is_result=False)


@_exhibit_file_view
def download_exhibit(request: HttpRequest, exhibit: Exhibit) -> StoredFile:
    """The result as a file; of faces only for their owner."""
    if not can_download(request.user, exhibit):
        raise Http404
    file = exhibit.subject.file
    extension = file.rpartition(".")[2]
    return StoredFile(file, build_download_name(exhibit.title, exhibit.style, extension))
