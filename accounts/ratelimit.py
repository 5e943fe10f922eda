"""Limits by the hour, counted in the database so that all processes of the site share them."""

from datetime import timedelta

from django.utils import timezone

from accounts.models import Attempt

HOUR = timedelta(hours=1)


def allow(*, scope: str, key: str, limit: int, period: timedelta = HOUR) -> bool:
    """Whether `key` may do this once more; if so, it counts. A scope has one period.

    The row is written before the rows are counted, and what others write is counted as soon as it is
    committed: of two requests at the same time at least one sees both. So call this outside a transaction.
    A refused attempt does not count: who keeps trying is let in as soon as an hour has passed.
    """
    now = timezone.now()
    over = Attempt.objects.filter(scope=scope, at__lte=now - period).values_list("pk", flat=True)
    # By their keys: MariaDB locks a range that is deleted, gaps included, and those who write there then deadlock.
    Attempt.objects.filter(pk__in=list(over[:1000])).delete()
    attempt = Attempt.objects.create(scope=scope, key=key, at=now)
    allowed = Attempt.objects.filter(scope=scope, key=key, at__gt=now - period).count() <= limit
    if not allowed:
        attempt.delete()
    return allowed


def wait(*, scope: str, key: str, period: timedelta = HOUR) -> timedelta:
    """How long until the oldest attempt that still counts no longer does."""
    now = timezone.now()
    oldest = Attempt.objects.filter(scope=scope, key=key, at__gt=now - period).order_by("at").first()
    return oldest.at + period - now if oldest else timedelta(0)
