"""Health checks for load balancers and monitors."""

from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from inference.runtime import warm_up


@login_not_required
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """Return 200 where the process answers and the database does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})


@login_not_required
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Return 200 when conversions need not wait for the engine to start, and 503 until then."""
    is_ready = warm_up.is_finished
    return JsonResponse({"status": "ready" if is_ready else "starting"}, status=200 if is_ready else 503)
