"""What every template may use."""

from django.conf import settings
from django.http import HttpRequest

from gallery.access import can_view_gallery


def site(request: HttpRequest) -> dict[str, object]:
    return {"site_name": settings.SITE_NAME, "gallery_is_open": _may_look(request)}


def _may_look(request: HttpRequest) -> bool:
    # Errors may be answered before anybody knows who asks.
    return hasattr(request, "user") and can_view_gallery(request.user)
