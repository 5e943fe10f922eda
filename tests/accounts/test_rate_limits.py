from datetime import timedelta

import pytest
from django.db.models import F

from accounts.models import Attempt
from accounts.rate_limits import time_until_allowed, try_acquire

pytestmark = [pytest.mark.django_db, pytest.mark.mariadb]

HALF = timedelta(minutes=30)


def attempts(number: int, *, scope: str = "upload", key: str = "mia", limit: int = 3) -> list[bool]:
    return [try_acquire(scope=scope, key=key, limit=limit) for _time in range(number)]


def time_passes(delta: timedelta) -> None:
    Attempt.objects.update(at=F("at") - delta)


def test_the_limit_is_reached_and_not_exceeded() -> None:
    assert attempts(5) == [True, True, True, False, False]


def test_people_and_purposes_are_counted_apart() -> None:
    attempts(3)
    assert attempts(1, key="noah") == [True]
    assert attempts(1, scope="signup") == [True]


def test_the_window_moves_with_the_time() -> None:
    attempts(2)
    time_passes(HALF)
    assert attempts(2) == [True, False]
    time_passes(HALF)
    assert attempts(3) == [True, True, False]


def test_who_keeps_trying_is_let_in_as_soon_as_somebody_who_waits() -> None:
    attempts(3)
    time_passes(HALF)
    assert attempts(10) == [False] * 10
    time_passes(HALF)
    assert attempts(1) == [True]


def test_another_period_than_an_hour() -> None:
    minute = timedelta(minutes=1)
    assert try_acquire(scope="quick", key="mia", limit=1, period=minute)
    assert not try_acquire(scope="quick", key="mia", limit=1, period=minute)
    time_passes(minute)
    assert try_acquire(scope="quick", key="mia", limit=1, period=minute)


def test_old_rows_of_the_scope_are_removed_whosever_they_are() -> None:
    attempts(3, key="noah")
    attempts(3, scope="signup")
    time_passes(2 * HALF)
    attempts(1)
    assert sorted(Attempt.objects.values_list("scope", "key")) == [("signup", "mia")] * 3 + [("upload", "mia")]


def test_a_limit_of_none_at_all_lets_nobody_in() -> None:
    assert attempts(1, limit=0) == [False]


def test_the_wait_lasts_until_the_oldest_attempt_is_an_hour_old() -> None:
    assert time_until_allowed(scope="upload", key="mia") == timedelta(0)
    attempts(1)
    time_passes(HALF)
    attempts(2)
    assert timedelta(minutes=29) < time_until_allowed(scope="upload", key="mia") <= HALF
