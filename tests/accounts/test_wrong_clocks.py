"""A clock that was ahead, and is right again, keeps nobody out for longer than it would have anyway."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.db.models import F
from django.test import Client

from accounts.models import Attempt, User
from accounts.rate_limits import time_until_allowed, try_acquire
from tests.accounts.browsing import is_logged_in, log_in

pytestmark = [pytest.mark.django_db, pytest.mark.mariadb]
LONG = timedelta(days=400)
HOUR = timedelta(hours=1)


def acquire(scope: str = "upload") -> bool:
    return try_acquire(scope=scope, key="mia", limit=2)


def test_attempts_of_the_future_count_for_an_hour_from_now() -> None:
    assert [acquire(), acquire(), acquire("other")] == [True] * 3
    Attempt.objects.update(at=F("at") + LONG)
    assert not acquire()
    assert timedelta(0) < time_until_allowed(scope="upload", key="mia") <= HOUR
    assert time_until_allowed(scope="other", key="mia") > LONG, "each scope is corrected when it is asked for"
    Attempt.objects.filter(scope="upload").update(at=F("at") - HOUR)
    assert [acquire(), acquire(), acquire()] == [True, True, False]


def test_a_clock_that_is_seconds_ahead_is_no_wrong_clock() -> None:
    acquire()
    Attempt.objects.update(at=F("at") + timedelta(seconds=20))
    before = Attempt.objects.get().at
    assert acquire()
    assert Attempt.objects.filter(at=before).exists()


def test_a_name_that_was_locked_in_the_future_is_free_after_the_usual_time(anonymous: Client, owner: User) -> None:
    for _time in range(5):
        log_in(Client(), "Mia", "wrong", address="192.0.2.1")
    AccessAttempt.objects.update(attempt_time=F("attempt_time") + LONG)
    assert log_in(anonymous, "Mia", address="192.0.2.1").status_code == 429
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(minutes=16))
    log_in(anonymous, "Mia", address="192.0.2.1")
    assert is_logged_in(anonymous)
