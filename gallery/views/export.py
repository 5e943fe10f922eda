"""Taking everything home."""

from django.http import HttpRequest, StreamingHttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from ..access import member
from ..export import export_of


@require_GET  # not HEAD: the whole zip would be made and thrown away
@cache_control(private=True, no_store=True)
def export(request: HttpRequest) -> StreamingHttpResponse:
    """All that this person has here, as a zip. It changes nothing."""
    response = StreamingHttpResponse(export_of(member(request)), content_type="application/zip")
    response["Content-Disposition"] = 'attachment; filename="my-data.zip"'
    return response
