"""What every template may use."""

from django.conf import settings
from django.http import HttpRequest

from gallery.access import can_view_gallery


def site(request: HttpRequest) -> dict[str, object]:
    """Return `site_name`, and `gallery_is_open`: whether to show the way to the gallery."""
    # Errors may be answered before it is known who is logged in.
    is_open = hasattr(request, "user") and can_view_gallery(request.user)
    return {"site_name": settings.SITE_NAME, "gallery_is_open": is_open}
