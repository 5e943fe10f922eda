"""Previews of the styles: the one sample photo, so public."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from inference.errors import EngineBusy, StyleNotDownloaded, UnknownStyle

from ..styles import sample_preview, style_preview

A_DAY = 24 * 60 * 60


@login_not_required
@require_safe
@cache_control(public=True, max_age=A_DAY)
def sample(request: HttpRequest) -> HttpResponse:
    return HttpResponse(sample_preview(), content_type="image/webp")


@login_not_required
@require_safe
@cache_control(public=True, max_age=A_DAY)
def style(request: HttpRequest, style_id: str) -> HttpResponse:
    try:
        return HttpResponse(style_preview(style_id), content_type="image/webp")
    except (UnknownStyle, StyleNotDownloaded):
        raise Http404 from None
    except EngineBusy as error:
        return HttpResponse(status=503, headers={"Retry-After": str(error.retry_after)})
