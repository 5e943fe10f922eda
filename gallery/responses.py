"""Answers that several views give: JSON to scripts, pages to forms."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import rate_limits
from gallery.failures import Failure, get_failure
from gallery.storage.deletion import count_failed_deletions

View = Callable[..., Any]


def wants_json(request: HttpRequest) -> bool:
    """Return whether a script asks, and not a form."""
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def post_required(back: str) -> Callable[[View], View]:
    """Decorate a view that acts on POST. A GET is redirected to the page named `back`, with its arguments and query.

    That is where people land who had to log in again in the middle of it.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(request: HttpRequest, **arguments: Any) -> HttpResponse:
            if request.method != "POST":
                query = request.META.get("QUERY_STRING", "")
                return redirect(resolve_url(back, **arguments) + (f"?{query}" if query else ""))
            return view(request, **arguments)

        return require_http_methods(["GET", "HEAD", "POST"])(wrapper)

    return decorate


def failure_json(failure: Failure) -> JsonResponse:
    """Return `{"error": text}` with the failure's status."""
    return JsonResponse({"error": failure.message}, status=failure.status, headers=failure.headers)


def check_rate_limit(request: HttpRequest, *, scope: str, limit: int) -> HttpResponse | None:
    """Count one attempt of whoever is logged in; return the answer if they had `limit` of them within an hour."""
    try:
        rate_limits.acquire(scope=scope, key=str(request.user.pk), limit=limit)
    except rate_limits.RateLimitExceeded as error:
        if wants_json(request):
            return failure_json(get_failure(error))
        return rate_limits.render_wait_page(request, "gallery/too_many.html", wait=error.wait)
    return None


def warn_of_failed_deletions(request: HttpRequest) -> None:
    """Say on the next page that files could not be deleted yet, if so, to whoever has just deleted something."""
    if count_failed_deletions():
        text = _("Some files could not be deleted yet. The server tries again until they are gone.")
        messages.warning(request, text)
