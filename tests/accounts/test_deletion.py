from typing import Any

import pytest
from axes.models import AccessAttempt, AccessLog
from django.test import Client
from django.urls import reverse

from accounts.models import Attempt, User
from accounts.rate_limits import try_acquire
from accounts.services import delete_account
from tests.accounts.browsing import errors, is_logged_in, log_in, text
from tests.conftest import PASSWORD

pytestmark = pytest.mark.mariadb


def delete(client: Client, password: str = PASSWORD) -> Any:
    return client.post(reverse("accounts:delete"), {"password": password}, REMOTE_ADDR="192.0.2.1")


def test_an_account_is_deleted_with_its_password(owner_client: Client, other: User) -> None:
    response = delete(owner_client)
    assert (response.status_code, response["Location"]) == (302, reverse("landing"))
    assert "Your account and all your pictures were deleted." in text(owner_client.get("/"))
    assert list(User.objects.all()) == [other]
    assert not is_logged_in(owner_client)
    assert log_in(Client(), "Mia").status_code == 200


@pytest.mark.parametrize("password", ["", "wrong"])
def test_without_the_password_it_stays(owner_client: Client, password: str) -> None:
    assert list(errors(delete(owner_client, password))) == ["password"]
    assert User.objects.exists()
    assert is_logged_in(owner_client)


def test_asking_for_the_page_deletes_nothing(owner_client: Client) -> None:
    assert "Delete everything" in text(owner_client.get(reverse("accounts:delete")))
    assert User.objects.exists()


def test_guessing_the_password_here_locks_like_at_the_log_in(owner_client: Client) -> None:
    assert [delete(owner_client, "guess").status_code for _time in range(5)] == [200, 200, 200, 200, 429]
    assert delete(owner_client).status_code == 429
    assert User.objects.exists()


def test_what_was_noted_about_log_ins_and_uploads_goes_too(owner: User, other: User) -> None:
    for name in ("Mia", "Noah"):
        AccessLog.objects.create(username=name, ip_address="192.0.2.7")
        log_in(Client(), f"{name}@example.com", "wrong", address="192.0.2.7")
    try_acquire(scope="upload", key=str(owner.pk), limit=9)
    try_acquire(scope="upload", key=str(other.pk), limit=9)
    delete_account(user=owner)
    assert set(AccessLog.objects.values_list("username", flat=True)) == {"Noah"}
    assert set(AccessAttempt.objects.values_list("username", flat=True)) == {"noah"}
    assert [attempt.key for attempt in Attempt.objects.filter(scope="upload")] == [str(other.pk)]


def test_deleting_twice_does_no_harm(owner: User, other: User) -> None:
    delete_account(user=User.objects.get(pk=owner.pk))
    delete_account(user=owner)
    assert list(User.objects.all()) == [other]


def test_the_name_and_the_address_are_free_again(owner_client: Client) -> None:
    delete(owner_client)
    User.objects.create_user("mia", "mia@example.com", PASSWORD)


def test_other_sessions_of_a_deleted_person_are_over(owner: User, owner_client: Client) -> None:
    elsewhere = Client()
    elsewhere.force_login(owner)
    delete(owner_client)
    assert not is_logged_in(elsewhere)
