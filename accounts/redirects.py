"""Where a form leads afterwards: back to the page that somebody came from, if that is one of ours."""

from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.views import RedirectURLMixin
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

MAX_URL_LENGTH = 2000  # of what browsers and proxies pass on


class SafeRedirectMixin(RedirectURLMixin):
    """Django's mixin for views that follow `next`, with `get_next_url`."""

    request: HttpRequest

    def get_redirect_url(self, *args: Any) -> str:
        return get_next_url(self.request)


def get_next_url(request: HttpRequest) -> str:
    """Return the URL of a page of this site that the field or parameter `next` names; empty for anything else."""
    url = request.POST.get("next", request.GET.get("next", "")).strip()
    if len(url) > MAX_URL_LENGTH or not url.isprintable():
        return ""
    is_here = url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())
    # A path from the root, or a whole URL: relative to the form's own page, `-1` would lead anywhere but back.
    return url if is_here and (url.startswith("/") or urlsplit(url).netloc) else ""
