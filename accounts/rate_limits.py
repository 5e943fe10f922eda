"""Limits by the hour, counted in the database so that all processes of the site share them."""

from datetime import timedelta
from math import ceil

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.client_ip import get_client_ip
from accounts.clock import correct_future_times
from accounts.models import Attempt

HOUR = timedelta(hours=1)
TOO_MANY_REQUESTS = 429
MAX_PRUNED_ROWS = 1000  # old attempts that one request deletes


class RateLimitExceeded(Exception):
    """Somebody has done something as often as they may; `wait` is how long until they may do it once more."""

    def __init__(self, scope: str, limit: int, wait: timedelta) -> None:
        super().__init__(scope, limit, wait)
        self.scope, self.limit, self.wait = scope, limit, wait

    @property
    def retry_after(self) -> int:
        return _to_retry_after(self.wait)


def _to_retry_after(wait: timedelta) -> int:
    """Return whole seconds, at least 1."""
    return max(1, ceil(wait.total_seconds()))


def acquire(*, scope: str, key: str, limit: int) -> Attempt:
    """Count one attempt as `try_acquire` does, within an hour, and return it; raise RateLimitExceeded where that fails.

    An attempt that turns out not to count is deleted by the caller.
    """
    attempt = _count(scope, key, limit, HOUR)
    if attempt is None:
        raise RateLimitExceeded(scope, limit, time_until_allowed(scope=scope, key=key))
    return attempt


def try_acquire(*, scope: str, key: str, limit: int, period: timedelta = HOUR) -> bool:
    """Count one attempt of `key` in `scope`, unless it had `limit` of them within `period`; return whether it counted.

    The row is written before the rows are counted, and what others write is counted as soon as it is
    committed: of two requests at the same time at least one sees both. So call this outside a transaction.
    A refused attempt does not count: who keeps trying is let in as soon as an hour has passed.
    A scope has one period.
    """
    return _count(scope, key, limit, period) is not None


def _count(scope: str, key: str, limit: int, period: timedelta) -> Attempt | None:
    now = timezone.now()
    correct_future_times(Attempt.objects.filter(scope=scope), "at", now)
    expired = Attempt.objects.filter(scope=scope, at__lte=now - period).values_list("pk", flat=True)
    # By their keys: MariaDB locks a range that is deleted, gaps included, and those who write there then deadlock.
    Attempt.objects.filter(pk__in=list(expired[:MAX_PRUNED_ROWS])).delete()
    attempt = Attempt.objects.create(scope=scope, key=key, at=now)
    is_allowed = Attempt.objects.filter(scope=scope, key=key, at__gt=now - period).count() <= limit
    if is_allowed:
        return attempt
    attempt.delete()
    return None


def time_until_allowed(*, scope: str, key: str, period: timedelta = HOUR) -> timedelta:
    """Return how long it takes until the oldest attempt that still counts no longer does."""
    now = timezone.now()
    oldest = Attempt.objects.filter(scope=scope, key=key, at__gt=now - period).order_by("at").first()
    return oldest.at + period - now if oldest else timedelta(0)


def render_wait_page(request: HttpRequest, template: str, *, wait: timedelta) -> HttpResponse:
    """Return the page `template` with status 429; it is told the `minutes`, and the client the seconds, to wait."""
    context = {"minutes": max(1, ceil(wait / timedelta(minutes=1)))}
    response = render(request, template, context, status=TOO_MANY_REQUESTS)
    response["Retry-After"] = str(_to_retry_after(wait))
    return response


def check_client_rate_limit(request: HttpRequest, *, scope: str, limit: int) -> HttpResponse | None:
    """Count one attempt of the client's IP address; return the page to wait on if it had `limit` within an hour."""
    try:
        acquire(scope=scope, key=get_client_ip(request) or "", limit=limit)
    except RateLimitExceeded as error:
        return render_wait_page(request, "accounts/too_many.html", wait=error.wait)
    return None
