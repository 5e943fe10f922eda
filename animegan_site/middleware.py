"""Middleware of the site."""

import select
import socket
from collections.abc import Callable
from typing import Any

from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _

from animegan_site.pages.errors import content_too_large
from gallery.request_bodies import get_max_body_bytes
from inference.scheduler import Requester, requested_by

MAX_TICKET_LENGTH = 64
REQUEST_TIMEOUT = 408


class RequesterMiddleware:
    """Tells the engine's queue who the requester is during a request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with requested_by(get_requester(request)):
            return self.get_response(request)


def get_requester(request: HttpRequest) -> Requester:
    """Return who asks for conversions in a request: the person who is logged in, and the ticket of their script.

    The engine's queue is fair between people, tells by the ticket how long it takes, and drops who has disconnected.
    """
    ticket = request.headers.get("X-Ticket", "")[:MAX_TICKET_LENGTH]
    return Requester(
        user_id=request.user.pk,
        request_id=ticket,
        is_disconnected=_watch_connection(request.META.get("gunicorn.socket")),
    )


def _watch_connection(connection: socket.socket | None) -> Callable[[], bool]:
    """Return a function that says whether the other side has closed this connection.

    It never does where the server does not show us the connection: only gunicorn does.
    """

    def is_closed() -> bool:
        if connection is None:
            return False
        try:
            poll = select.poll()  # recv() would wait where the socket has a timeout
            poll.register(connection, select.POLLIN)
            # What was sent, if anything: the end, or a next request.
            return bool(poll.poll(0)) and connection.recv(1, socket.MSG_PEEK) == b""
        except (OSError, ValueError):
            return True

    return is_closed


class BodyLimitMiddleware:
    """Refuses a form that is larger than its view accepts with 413, before a byte of it is read.

    Django reads bodies of POST alone, and of them no more than Content-Length says, nothing where it is missing. What
    views read themselves, in chunks, they limit themselves.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        try:
            length = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError:
            return None  # as if there were none
        if request.method == "POST" and length > get_max_body_bytes(request):
            return content_too_large(request)
        return None


class UnreadableRequestMiddleware:
    """Answers 408 where the client left, or was too slow, while a view read its request. It is no error of the site."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, UnreadablePostError):
            return None
        text = _("Your request did not arrive completely. Try again.")
        return HttpResponse(text, status=REQUEST_TIMEOUT, content_type="text/plain; charset=utf-8")


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
