"""Taking everything home."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from gallery.access import member
from gallery.rate_limits import refusal
from gallery.storage.export import export_of


@require_GET  # not HEAD: the whole zip would be made and thrown away
@cache_control(private=True, no_store=True)
def export(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """All that this person has here, as a zip. It changes nothing, but reads every file that they keep."""
    if answer := refusal(request, scope="export", limit=settings.EXPORTS_PER_HOUR):
        return answer
    response = StreamingHttpResponse(export_of(member(request)), content_type="application/zip")
    response["Content-Disposition"] = 'attachment; filename="my-data.zip"'
    return response
