"""URLs that leave the site: in mails, in the sitemap, for search engines, in links that people share."""

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port


def build_absolute_url(path: str, request: HttpRequest) -> str:
    """Return the whole URL of a path: below SITE_URL, or where that is not set, below what the request was sent to."""
    return f"{get_origin(request)}{path}"


def get_origin(request: HttpRequest) -> str:
    """Return `https://host`, with a port where it is not the usual one.

    A Host header may name any port, and mails would lead there. So it is only believed where the server itself
    listens on it, or where the settings name the origin.
    """
    if settings.SITE_URL:
        return settings.SITE_URL.rstrip("/")
    origin = f"{request.scheme}://{request.get_host()}"
    domain, port = split_domain_port(request.get_host())
    if not port or port == request.get_port() or origin in settings.CSRF_TRUSTED_ORIGINS:
        return origin
    return f"{request.scheme}://{domain}"
