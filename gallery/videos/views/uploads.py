"""Uploads in chunks, as tus does it: a chunk says where it begins, and the server knows where the last one ended."""

from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from gallery.access import get_video_or_404, get_video_upload_or_404, require_user
from gallery.failures import EXPECTED_ERRORS, get_failure
from gallery.models import Video, VideoUpload
from gallery.responses import check_rate_limit, failure_json, post_required, warn_of_failed_deletions
from gallery.videos import uploads

CHUNK_BYTES = 4 * 2**20  # which browsers are asked to keep to
OFFSET_HEADER = "Upload-Offset"
MAX_DIGITS = 18  # no file has more bytes
CONFLICT, BAD_REQUEST = 409, 400


def _parse_byte_count(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) <= MAX_DIGITS else None


def _upload_response(upload: VideoUpload, status: int = 200) -> JsonResponse:
    url = reverse("gallery:video_upload", args=[upload.pk])
    facts = {
        "id": str(upload.pk),
        "address": url,
        "offset": upload.received_bytes,
        "size": upload.size,
        "chunk": CHUNK_BYTES,
    }
    headers = {
        OFFSET_HEADER: str(upload.received_bytes),
        "Upload-Length": str(upload.size),
        "Cache-Control": "no-store",
    }
    return JsonResponse(facts, status=status, headers=headers)


@post_required(back="gallery:videos")
def begin_upload(request: HttpRequest) -> HttpResponse:
    """Announce a file called `name` of `size` bytes: 201 with the upload's URL and the size of a chunk."""
    if answer := check_rate_limit(request, scope="video", limit=settings.VIDEO_UPLOADS_PER_HOUR):
        return answer
    size = _parse_byte_count(request.POST.get("size", ""))
    if size is None:
        return JsonResponse({"error": "size"}, status=BAD_REQUEST)
    try:
        upload = uploads.begin_upload(owner=require_user(request), name=request.POST.get("name", ""), size=size)
    except EXPECTED_ERRORS as error:
        return failure_json(get_failure(error))
    response = _upload_response(upload, 201)
    response["Location"] = reverse("gallery:video_upload", args=[upload.pk])
    return response


@require_http_methods(["GET", "HEAD", "PATCH", "DELETE"])
def continue_upload(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """GET and HEAD: how many bytes were received. PATCH: the next chunk. DELETE: discard the upload.

    To a client that did not hear that the last chunk was received, GET and PATCH also say where the video is.
    """
    try:
        found = get_video_upload_or_404(request.user, upload_id)
    except Http404:
        if request.method == "DELETE":
            raise
        return _video_response(get_video_or_404(request.user, upload_id), 201 if request.method == "PATCH" else 200)
    if request.method == "PATCH":
        return _receive_chunk(request, found)
    if request.method == "DELETE":
        uploads.discard_upload(found)
        return HttpResponse(status=204)
    return _upload_response(found)


def _receive_chunk(request: HttpRequest, upload: VideoUpload) -> HttpResponse:
    """200 with the new offset; 201 with the video's page after the last chunk; 409 with the expected offset."""
    offset = _parse_byte_count(request.headers.get(OFFSET_HEADER, ""))
    try:
        if offset is None:
            raise uploads.WrongOffset(upload.received_bytes)
        upload = uploads.receive_chunk(upload=upload, offset=offset, source=request)
        if upload.received_bytes < upload.size:
            return _upload_response(upload)
        return _video_response(uploads.finish_upload(upload))
    except uploads.WrongOffset as error:
        upload.received_bytes = error.expected_offset
        return _upload_response(upload, CONFLICT)
    except UnreadablePostError:
        return HttpResponse(status=BAD_REQUEST)  # the client is gone
    except EXPECTED_ERRORS as error:
        video = Video.objects.filter(pk=upload.pk).first()  # of another request, which was quicker
        return _video_response(video) if video else failure_json(get_failure(error))


def _video_response(video: Video, status: int = 201) -> JsonResponse:
    page = reverse("gallery:video", args=[video.pk])
    return JsonResponse({"id": str(video.pk), "page": page}, status=status, headers={"Cache-Control": "no-store"})


@require_http_methods(["GET", "HEAD", "POST"])
def discard_upload(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """For the button on the page; a GET, after a log-in for example, is redirected there."""
    if request.method == "POST":
        uploads.discard_upload(get_video_upload_or_404(request.user, upload_id))
        warn_of_failed_deletions(request)
    return redirect("gallery:videos")
