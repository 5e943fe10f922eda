"""Pages that belong to no app."""

from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from gallery.styles import style_cards


@login_not_required
@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    """What the site is; who is logged in goes straight to the studio."""
    if request.user.is_authenticated:
        return redirect("gallery:studio")
    return render(request, "landing.html", {"styles": style_cards(request.LANGUAGE_CODE)})


@login_not_required
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """200 where the process answers and the database does, for load balancers and monitors."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "400.html", status=400)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    # Rendered without the request: whatever broke may break the context processors too.
    from django.template.loader import render_to_string

    try:
        return HttpResponse(render_to_string("500.html"), status=500)
    except Exception:
        return HttpResponse("Something broke.", status=500, content_type="text/plain")
