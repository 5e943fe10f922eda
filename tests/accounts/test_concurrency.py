"""Many people, or one with many hands, at the same moment."""

from functools import partial

import pytest
from django.test import Client

from accounts.models import User
from accounts.rate_limits import try_acquire
from accounts.services import UsernameOrEmailTaken, save_account
from tests.conftest import PASSWORD
from tests.threads import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.mariadb]

THREADS = 8


def test_a_limit_is_never_exceeded() -> None:
    allowed = at_once(*[partial(try_acquire, scope="upload", key="mia", limit=3)] * THREADS)
    assert set(allowed) <= {True, False}
    assert allowed.count(True) <= 3


def test_of_many_who_take_the_same_name_one_gets_it() -> None:
    def save(number: int) -> bool:
        try:
            save_account(user=User(username="Mia", email=f"{number}@example.com"))
        except UsernameOrEmailTaken:
            return False
        return True

    results = at_once(*(partial(save, number) for number in range(THREADS)))
    assert sorted(results, key=str) == [False] * (THREADS - 1) + [True]


def test_of_many_who_change_to_the_same_address_one_gets_it_and_the_others_are_not_told() -> None:
    people = [User.objects.create_user(f"p{n}", f"p{n}@example.com", PASSWORD) for n in range(4)]

    def change(person: User) -> int:
        client = Client()
        client.force_login(person)
        profile = {"email": "wanted@example.com", "language": "", "password": PASSWORD}
        return client.post("/accounts/profile/", profile).status_code

    statuses = at_once(*(partial(change, person) for person in people))
    assert statuses == [302] * 4
    assert User.objects.filter(email="wanted@example.com").count() == 1
    assert User.objects.filter(pending_email="wanted@example.com").count() == 3
