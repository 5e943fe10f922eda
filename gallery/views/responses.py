"""Answers that several views give, to scripts as JSON and to forms as pages."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.views.decorators.http import require_http_methods

View = Callable[..., Any]


def wants_json(request: HttpRequest) -> bool:
    """Whether a script asks, and not a form."""
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def post_only(back: str) -> Callable[[View], View]:
    """A view that acts on POST. Who comes by GET is led to the page named `back`, with the same arguments and query.

    That is where people land who had to log in again in the middle of it.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, **arguments: Any) -> HttpResponse:
            if request.method != "POST":
                query = request.META.get("QUERY_STRING", "")
                return redirect(resolve_url(back, **arguments) + (f"?{query}" if query else ""))
            return view(request, **arguments)

        return require_http_methods(["GET", "HEAD", "POST"])(guarded)

    return decorate
