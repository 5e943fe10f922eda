"""Pages that belong to no app."""

import sys

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from animegan_site.pages.learning import reports
from gallery.photos.samples import SAMPLES, get_samples_for
from gallery.responses import wants_json
from gallery.showcase.listing import ExhibitListing
from gallery.showcase.tiles import build_tiles
from gallery.showcase.views.gallery import PUBLIC_MAX_AGE_SECONDS
from gallery.styles import list_style_cards
from imaging.samples import DEFAULT_SAMPLE
from inference.runtime import warm_up

LATEST = 10
UNAVAILABLE = 503
RETRY_SECONDS = 5  # a database that is started again is back by then, or soon after


@login_not_required
@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    """What the site is; who is logged in goes straight to the studio."""
    if request.user.is_authenticated:
        return redirect("gallery:studio")
    styles = [card for card in list_style_cards(request.LANGUAGE_CODE) if card.is_available]
    context = {
        "styles": styles,
        "portrait": SAMPLES[DEFAULT_SAMPLE],
        "shelf": [(style, get_samples_for(style.subject)) for style in styles],
        "credits": [sample.credit for sample in SAMPLES.values()],
        "tiles": build_tiles(ExhibitListing().get_first(LATEST), ExhibitListing()) if settings.PUBLIC_GALLERY else [],
    }
    response = render(request, "landing.html", context)
    patch_cache_control(response, public=True, max_age=PUBLIC_MAX_AGE_SECONDS)
    return response


@login_not_required
@require_safe
def learning(request: HttpRequest) -> HttpResponse:
    """How a network learns, and the reports of training runs."""
    context = {
        "styles": [card for card in list_style_cards(request.LANGUAGE_CODE) if card.is_available],
        "portrait": SAMPLES[DEFAULT_SAMPLE],
        "reports": reports(request.LANGUAGE_CODE),
    }
    response = render(request, "learning/page.html", context)
    if not request.user.is_authenticated:
        patch_cache_control(response, public=True, max_age=PUBLIC_MAX_AGE_SECONDS)
    return response


@login_not_required
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Search engines may read what everybody may, with all that these pages are made of."""
    open_to_all = ["/gallery/"] if settings.PUBLIC_GALLERY else []
    paths = ("/$", "/static/", "/styles/", reverse("learning"), reverse("texts"), "/sitemap", *open_to_all)
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
    is_ready = warm_up.is_finished
    return JsonResponse({"status": "ready" if is_ready else "starting"}, status=200 if is_ready else 503)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "400.html", status=400)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Whatever broke, said to people and to scripts.

    503 with Retry-After where it may well go by itself, as the database is away.
    """
    is_away = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    status = UNAVAILABLE if is_away else 500
    try:
        response = _sorry(request, status)
    except Exception:
        response = HttpResponse("Something broke.", status=status, content_type="text/plain")
    if is_away:
        response["Retry-After"] = str(RETRY_SECONDS)
    return response


def _sorry(request: HttpRequest, status: int) -> HttpResponse:
    if wants_json(request):
        text = _(
            "This is a problem on our side. Your photos and works are safe. The operator can find the cause in the log."
        )
        return JsonResponse({"error": text}, status=status)
    # Rendered without the request: whatever broke may break the context processors too.
    return HttpResponse(render_to_string("500.html"), status=status)
