"""Middleware of the site."""

from collections.abc import Callable

from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control

from gallery.requesters import get_requester
from inference.scheduler import requested_by


class RequesterMiddleware:
    """Tells the engine's queue who the requester is during a request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with requested_by(get_requester(request)):
            return self.get_response(request)


class PrivatePagesMiddleware:
    """Keeps pages for one person out of shared caches.

    These are all pages for who is logged in, unless the view says otherwise, and any page with a message.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if _shows_messages(request):
            del response["Cache-Control"]
        elif not request.user.is_authenticated or response.has_header("Cache-Control"):
            return response
        patch_cache_control(response, private=True, no_cache=True)
        return response


def _shows_messages(request: HttpRequest) -> bool:
    return getattr(get_messages(request), "used", False)
