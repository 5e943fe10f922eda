"""Pages that belong to no app."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from gallery.queries.showcase import Listing
from gallery.samples import DEFAULT, SAMPLES
from gallery.styles import style_cards
from gallery.tiles import tiles
from gallery.views.showcase import PUBLIC_SECONDS
from inference.runtime import warm_up

LATEST = 10


@login_not_required
@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    """What the site is; who is logged in goes straight to the studio."""
    if request.user.is_authenticated:
        return redirect("gallery:studio")
    context = {
        "styles": [card for card in style_cards(request.LANGUAGE_CODE) if card.downloaded],
        "portrait": SAMPLES[DEFAULT],
        "samples": [sample for name, sample in SAMPLES.items() if name != DEFAULT],
        "tiles": tiles(Listing().first(LATEST), Listing()) if settings.PUBLIC_GALLERY else [],
    }
    response = render(request, "landing.html", context)
    patch_cache_control(response, public=True, max_age=PUBLIC_SECONDS)
    return response


@login_not_required
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Search engines may read what everybody may, with all that these pages are made of."""
    open_to_all = ["/gallery/"] if settings.PUBLIC_GALLERY else []
    paths = ("/$", "/static/", "/styles/", reverse("texts"), "/sitemap", *open_to_all)
    lines = ["User-agent: *", *(f"Allow: {path}" for path in paths)]
    lines += ["Disallow: /", f"Sitemap: {request.build_absolute_uri(reverse('sitemap'))}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain", headers={"Cache-Control": "public, max-age=3600"})


@login_not_required
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """200 where the process answers and the database does, for load balancers and monitors."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})


@login_not_required
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """200 when conversions need not wait for the engine to start; 503 until then, for load balancers."""
    is_ready = warm_up.is_over
    return JsonResponse({"status": "ready" if is_ready else "starting"}, status=200 if is_ready else 503)


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
