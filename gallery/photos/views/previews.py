"""Previews of the styles: sample photos that everybody may see, before and after."""

import logging

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from gallery.photos.samples import SAMPLES, get_sample_preview
from gallery.storage.serving import vary_on_label
from gallery.styles import get_offered_style, get_style_preview
from imaging.errors import ImagingError
from imaging.samples import DEFAULT_SAMPLE
from inference.errors import EngineBusy, StyleNotDownloaded, UnknownStyle

logger = logging.getLogger(__name__)

# The pages add the version of the style's file to the address.
CACHE = {"Cache-Control": "public, max-age=86400"}


@login_not_required
@require_safe
def sample_preview(request: HttpRequest, name: str = DEFAULT_SAMPLE) -> HttpResponse:
    if name not in SAMPLES:
        raise Http404
    return HttpResponse(get_sample_preview(name), content_type="image/webp", headers=CACHE)


@login_not_required
@require_safe
def style_preview(request: HttpRequest, style_id: str, name: str = DEFAULT_SAMPLE) -> HttpResponse:
    if name not in SAMPLES:
        raise Http404
    try:
        get_offered_style(style_id)
    except (UnknownStyle, StyleNotDownloaded):
        if not request.user.has_perm("gallery.view_stylesetting"):  # whose page lists the others as well
            raise Http404 from None
    try:
        response = HttpResponse(get_style_preview(style_id, name), content_type="image/webp", headers=CACHE)
    except (UnknownStyle, StyleNotDownloaded):
        raise Http404 from None
    except EngineBusy as error:
        return HttpResponse(status=503, headers={"Retry-After": str(error.retry_after)})
    except ImagingError as error:
        logger.error("no preview of %s: %s", style_id, error)
        raise Http404 from error
    vary_on_label(response)
    return response
