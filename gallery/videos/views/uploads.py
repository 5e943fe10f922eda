"""Videos in pieces, as tus does it: a piece says where it begins, and the server knows where the last one ended."""

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
from gallery.rate_limits import check_rate_limit
from gallery.responses import post_required
from gallery.videos import uploads as services

CHUNK_BYTES = 4 * 2**20  # bytes of a piece, which browsers are asked to keep to
OFFSET_HEADER = "Upload-Offset"
MAX_DIGITS = 18  # no file has more bytes
CONFLICT, BAD_REQUEST = 409, 400


def _bytes(text: str) -> int | None:
    """A number of bytes that somebody names."""
    return int(text) if text.isdecimal() and len(text) <= MAX_DIGITS else None


def _answer(upload: VideoUpload, status: int = 200) -> JsonResponse:
    address = reverse("gallery:video_upload", args=[upload.pk])
    facts = {
        "id": str(upload.pk),
        "address": address,
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


def _refuse(error: Exception) -> JsonResponse:
    problem = get_failure(error)
    return JsonResponse({"error": problem.message}, status=problem.status)


@post_required(back="gallery:videos")
def begin(request: HttpRequest) -> HttpResponse:
    """A file called `name` of `size` bytes is going to come: 201 with its address and the size of a piece."""
    if answer := check_rate_limit(request, scope="video", limit=settings.VIDEO_UPLOADS_PER_HOUR):
        return answer
    size = _bytes(request.POST.get("size", ""))
    if size is None:
        return JsonResponse({"error": "size"}, status=BAD_REQUEST)
    try:
        upload = services.begin_upload(owner=require_user(request), name=request.POST.get("name", ""), size=size)
    except EXPECTED_ERRORS as error:
        return _refuse(error)
    response = _answer(upload, 201)
    response["Location"] = reverse("gallery:video_upload", args=[upload.pk])
    return response


@require_http_methods(["GET", "HEAD", "PATCH", "DELETE"])
def upload(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """GET and HEAD: how much has arrived. PATCH: the next piece. DELETE: forget it.

    To who did not hear that the last piece had arrived, GET and PATCH also say where the video is.
    """
    try:
        found = get_video_upload_or_404(request.user, upload_id)
    except Http404:
        if request.method == "DELETE":
            raise
        return _finished(get_video_or_404(request.user, upload_id), 201 if request.method == "PATCH" else 200)
    if request.method == "PATCH":
        return _receive(request, found)
    if request.method == "DELETE":
        services.discard_upload(found)
        return HttpResponse(status=204)
    return _answer(found)


def _receive(request: HttpRequest, upload: VideoUpload) -> HttpResponse:
    """200 with the new offset; 201 with the video's page after the last; 409 with the offset that it should have."""
    offset = _bytes(request.headers.get(OFFSET_HEADER, ""))
    try:
        if offset is None:
            raise services.WrongOffset(upload.received_bytes)
        upload = services.receive_chunk(upload=upload, offset=offset, source=request)
        if upload.received_bytes < upload.size:
            return _answer(upload)
        return _finished(services.finish_upload(upload))
    except services.WrongOffset as error:
        upload.received_bytes = error.expected_offset
        return _answer(upload, CONFLICT)
    except UnreadablePostError:
        return HttpResponse(status=BAD_REQUEST)  # nobody is there to read it
    except EXPECTED_ERRORS as error:
        video = Video.objects.filter(pk=upload.pk).first()  # of another request, which was quicker
        return _finished(video) if video else _refuse(error)


def _finished(video: Video, status: int = 201) -> JsonResponse:
    page = reverse("gallery:video", args=[video.pk])
    return JsonResponse({"id": str(video.pk), "page": page}, status=status, headers={"Cache-Control": "no-store"})


@require_http_methods(["GET", "HEAD", "POST"])
def discard(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """For the button on the page, to which who comes by GET is led back."""
    if request.method == "POST":
        services.discard_upload(get_video_upload_or_404(request.user, upload_id))
    return redirect("gallery:videos")
