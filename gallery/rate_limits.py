"""Answers to people who do something too often."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from accounts import rate_limits
from accounts.rate_limits import TOO_MANY_REQUESTS, render_wait_page
from gallery.responses import wants_json


def check_rate_limit(request: HttpRequest, *, scope: str, limit: int) -> HttpResponse | None:
    """The answer to a person who has done this `limit` times within an hour; None, and one more, to others."""
    key = str(request.user.pk)
    if rate_limits.try_acquire(scope=scope, key=key, limit=limit):
        return None
    wait = rate_limits.time_until_allowed(scope=scope, key=key)
    if wants_json(request):
        text = _("You have done this too often within an hour. Please try again later.")
        headers = {"Retry-After": str(max(1, round(wait.total_seconds())))}
        return JsonResponse({"error": text}, status=TOO_MANY_REQUESTS, headers=headers)
    return render_wait_page(request, "gallery/too_many.html", wait=wait)
