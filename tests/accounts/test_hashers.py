"""Passwords are hashed a few at a time: pages go on meanwhile, and who comes too late is told to wait."""

from collections.abc import Iterator
from threading import Event, Thread

import pytest
from django.conf import LazySettings
from django.contrib.auth.hashers import PBKDF2PasswordHasher, check_password, make_password
from django.test import Client

from accounts import hashers
from accounts.hashers import BoundedPBKDF2PasswordHasher, HashingSlots, TooManyHashes
from accounts.models import Attempt, User
from tests.accounts.browsing import is_logged_in, log_in, sign_up, text
from tests.conftest import PASSWORD


@pytest.fixture(autouse=True)
def bounded_hasher(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BoundedPBKDF2PasswordHasher, "iterations", 1)
    settings.PASSWORD_HASHERS = ["accounts.hashers.BoundedPBKDF2PasswordHasher"]


@pytest.fixture
def busy(owner: User, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Somebody else's password is being hashed, in the only slot."""
    slots, held, done = HashingSlots(1, 1, 0.01), Event(), Event()
    monkeypatch.setattr(hashers, "slots", slots)

    def hold() -> None:
        with slots.slot():
            held.set()
            done.wait(60)

    thread = Thread(target=hold)
    thread.start()
    held.wait(60)
    yield
    done.set()
    thread.join()


def test_the_hashes_are_those_of_django(settings: LazySettings) -> None:
    encoded = make_password(PASSWORD)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    assert check_password(PASSWORD, encoded)
    assert PBKDF2PasswordHasher.algorithm == BoundedPBKDF2PasswordHasher.algorithm


def test_a_slot_is_free_again_whatever_happened_in_it() -> None:
    slots = HashingSlots(1, 0, 0.01)
    for _time in range(3):
        with pytest.raises(ZeroDivisionError), slots.slot():
            raise ZeroDivisionError
    with slots.slot(), pytest.raises(TooManyHashes), slots.slot():
        pass
    with slots.slot():
        pass


def test_who_has_waited_for_too_long_does_not_keep_a_place_in_line() -> None:
    slots = HashingSlots(1, 1, 0.01)
    with slots.slot():
        for _time in range(3):
            with pytest.raises(TooManyHashes), slots.slot():
                pass
    with slots.slot():
        pass


@pytest.mark.parametrize("name", ["Mia", "Nobody"])
def test_who_logs_in_while_too_many_do_is_told_to_wait(anonymous: Client, busy: None, name: str) -> None:
    response = log_in(anonymous, name)
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert "Too many people are logging in right now" in text(response)
    assert not is_logged_in(anonymous)
    assert not Attempt.objects.filter(scope="login").exists()  # no password was checked, so none was wrong


def test_signing_up_and_other_forms_wait_too_and_pages_do_not(
    anonymous: Client, owner_client: Client, busy: None
) -> None:
    assert sign_up(anonymous).status_code == 503
    assert not User.objects.filter(username="Lena").exists()
    assert not Attempt.objects.filter(scope="signup").exists()
    assert owner_client.post("/accounts/delete/", {"password": PASSWORD}).status_code == 503
    assert owner_client.get("/accounts/profile/").status_code == 200
