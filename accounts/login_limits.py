"""What stops people who guess passwords: a lock of a name for a client IP, and a limit of a client IP for all names."""

from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.clock import correct_future_times
from accounts.rate_limits import RateLimitExceeded, acquire


class LoginHandler(AxesDatabaseHandler):
    """Axes' own, which also limits the failures of a client IP over all names.

    A failure that a clock which was ahead has dated into the future counts as one of now.

    Each attempt counts before its password is checked, so that many at the same time are not all let through;
    `forget_attempt` takes back those that were right.
    """

    def is_allowed(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
        if not super().is_allowed(request, credentials):
            return False
        client_ip = request.axes_ip_address  # type: ignore[attr-defined]
        if client_ip is None:  # everybody comes through the same socket
            return True
        try:
            attempt = acquire(scope="login", key=client_ip, limit=settings.LOGIN_FAILURES_PER_HOUR)
        except RateLimitExceeded as error:
            request.login_wait = error.wait  # type: ignore[attr-defined]
            return False
        request.login_attempt = attempt  # type: ignore[attr-defined]
        return True

    def get_user_attempts(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> list[QuerySet[Any]]:
        for attempts in self.filter_user_attempts(request, credentials):
            correct_future_times(attempts, "attempt_time", timezone.now())
        return super().get_user_attempts(request, credentials)

    def user_login_failed(self, sender: Any, credentials: dict[str, Any], request: Any = None, **kwargs: Any) -> None:
        if getattr(request, "login_wait", None) is None:
            super().user_login_failed(sender, credentials, request, **kwargs)
        else:  # nothing was tried, so there is no failure to note
            request.axes_locked_out, request.axes_credentials = True, credentials


def forget_attempt(request: HttpRequest | None) -> None:
    """Do not count this request's attempt to log in: it was right, or its password was not checked at all."""
    attempt = getattr(request, "login_attempt", None)
    if attempt:
        attempt.delete()
        request.login_attempt = None  # type: ignore[union-attr]
