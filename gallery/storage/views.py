"""The download of all of a person's data."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from gallery.access import require_user
from gallery.responses import check_rate_limit
from gallery.storage.export import stream_user_export


@require_GET  # not HEAD: the whole zip would be made and thrown away
@cache_control(private=True, no_store=True)
def export_data(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Send all that a person has here as a zip. It changes nothing, but reads every file, so it is limited."""
    if answer := check_rate_limit(request, scope="export", limit=settings.EXPORTS_PER_HOUR):
        return answer
    response = StreamingHttpResponse(stream_user_export(require_user(request)), content_type="application/zip")
    response["Content-Disposition"] = 'attachment; filename="my-data.zip"'
    return response
