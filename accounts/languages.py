"""The language cookie, which decides for people who are not logged in."""

from django.conf import settings
from django.http import HttpResponse

YEAR = 60 * 60 * 24 * 365


def is_offered(code: str) -> bool:
    return code in dict(settings.LANGUAGES)


def remember(response: HttpResponse, code: str) -> None:
    """Set the cookie; delete it for "", so that the browser decides."""
    name = settings.LANGUAGE_COOKIE_NAME
    if code:
        response.set_cookie(name, code, max_age=YEAR, secure=settings.HTTPS, httponly=True, samesite="Lax")
    else:
        response.delete_cookie(name, samesite="Lax")
