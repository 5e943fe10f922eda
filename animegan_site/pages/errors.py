"""The pages of errors."""

import errno
import sys

from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from gallery.failures import CONTENT_TOO_LARGE, get_failure
from gallery.responses import failure_json, wants_json
from gallery.storage.media import StorageError

SERVICE_UNAVAILABLE = 503
FULL_DISK = (errno.ENOSPC, errno.EDQUOT)
RETRY_AFTER_SECONDS = 5  # a database that is started again is back by then, or soon after


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        return content_too_large(request)
    return render(request, "400.html", status=400)


def content_too_large(request: HttpRequest) -> HttpResponse:
    """Return the page, or the JSON for scripts, for a request with more than is expected there."""
    if wants_json(request):
        return JsonResponse({"error": _("This request is too large. Nothing was changed.")}, status=CONTENT_TOO_LARGE)
    return render(request, "413.html", status=CONTENT_TOO_LARGE)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Return the page, or the JSON for scripts, for any exception: status 500.

    503 with Retry-After where it may well pass by itself, as when the database is away; 507 where a disk is full.
    """
    error = sys.exc_info()[1]
    if isinstance(error, OSError) and error.errno in FULL_DISK:  # while a file arrived; later, views say it
        return _storage_full(request, error)
    is_database_away = isinstance(error, OperationalError | InterfaceError)
    status = SERVICE_UNAVAILABLE if is_database_away else 500
    try:
        response = _render_server_error(request, status)
    except Exception:
        response = HttpResponse("Something went wrong.", status=status, content_type="text/plain")
    if is_database_away:
        response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def _storage_full(request: HttpRequest, error: OSError) -> HttpResponse:
    failure = get_failure(StorageError(*error.args))
    if wants_json(request):
        return failure_json(failure)
    return HttpResponse(render_to_string("500.html", {"message": failure.message}), status=failure.status)


def _render_server_error(request: HttpRequest, status: int) -> HttpResponse:
    if wants_json(request):
        text = _(
            "This is a problem on our side. Your photos and works are safe. The operator can find the cause in the log."
        )
        return JsonResponse({"error": text}, status=status)
    # Rendered without the request: whatever broke may break the context processors too.
    return HttpResponse(render_to_string("500.html"), status=status)
