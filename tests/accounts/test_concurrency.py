"""Many at the same moment. Only on MariaDB: the tests' SQLite lives in memory, where threads do not wait."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, connections

from accounts.models import User
from accounts.ratelimit import allow
from accounts.services import Taken, create_account

pytestmark = [
    pytest.mark.skipif(connection.vendor != "mysql", reason="DATABASE_URL names no MariaDB"),
    pytest.mark.django_db(transaction=True),
]

THREADS = 8


def at_once(action: Callable[[int], Any]) -> list[Any]:
    start = Barrier(THREADS)

    def run(number: int) -> Any:
        start.wait()
        try:
            return action(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


def test_a_limit_is_never_exceeded() -> None:
    assert sum(at_once(lambda _number: allow(scope="upload", key="mia", limit=3))) <= 3


def test_of_many_who_take_the_same_name_one_gets_it() -> None:
    def take(number: int) -> bool:
        try:
            create_account(user=User(username="Mia", email=f"{number}@example.com"))
        except Taken:
            return False
        return True

    assert sum(at_once(take)) == 1
