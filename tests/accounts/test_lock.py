"""Five wrong passwords lock a name for one address, and nothing else; many, over many names, the address for all."""

from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.db.models import F
from django.test import Client

from accounts.models import Attempt, User
from tests.accounts.browsing import LOGIN, is_logged_in, log_in, text

pytestmark = pytest.mark.mariadb


def fail(*names: str, address: str = "192.0.2.1") -> list[int]:
    return [log_in(Client(), name, "wrong", address=address).status_code for name in names]


def test_the_fifth_failure_locks(owner: User) -> None:
    assert fail(*["Mia"] * 5) == [200, 200, 200, 200, 429]


def test_the_right_password_is_refused_while_the_name_is_locked(anonymous: Client, owner: User) -> None:
    fail(*["Mia"] * 5)
    response = log_in(anonymous, "Mia")
    assert response.status_code == 429
    assert response["Retry-After"] == "900"
    assert "Try again in 15 minutes" in text(response)
    assert not is_logged_in(anonymous)


def test_an_unknown_name_locks_in_the_same_way(db: None) -> None:
    assert fail(*["Nobody"] * 6) == [200, 200, 200, 200, 429, 429]


def test_the_other_address_of_the_same_person_is_not_locked(anonymous: Client, owner: User) -> None:
    fail(*["Mia"] * 5)
    log_in(anonymous, "Mia", address="192.0.2.2")
    assert is_logged_in(anonymous)


def test_the_neighbor_at_the_same_address_is_not_locked(anonymous: Client, owner: User, other: User) -> None:
    fail(*["Mia"] * 5)
    log_in(anonymous, "Noah")
    assert is_logged_in(anonymous)


@pytest.mark.parametrize(
    "names",
    [
        ["Mia", "mia@example.com", "MIA", "MIA@example.com", "mia"],
        ["mia@example.com"] * 5,
        ["Ｍia", " mia", "mia ", "Mia", "mIA"],
    ],
)
def test_all_ways_to_type_a_name_count_together(anonymous: Client, owner: User, names: list[str]) -> None:
    assert fail(*names)[-1] == 429
    for typed in ("Mia", "mia@example.com"):
        assert log_in(anonymous, typed).status_code == 429


def test_a_made_up_forwarding_header_does_not_get_around_the_lock(anonymous: Client, owner: User) -> None:
    fail(*["Mia"] * 5)
    data = {"username": "Mia", "password": "wrong"}
    response = anonymous.post(LOGIN, data, REMOTE_ADDR="192.0.2.1", headers={"X-Forwarded-For": "203.0.113.9"})
    assert response.status_code == 429


def test_another_browser_at_the_same_address_is_locked_too(anonymous: Client, owner: User) -> None:
    fail(*["Mia"] * 5)
    data = {"username": "Mia", "password": "wrong"}
    response = anonymous.post(LOGIN, data, REMOTE_ADDR="192.0.2.1", headers={"User-Agent": "another"})
    assert response.status_code == 429


def test_the_lock_opens_after_its_time(anonymous: Client, owner: User) -> None:
    fail(*["Mia"] * 5)
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(minutes=16))
    log_in(anonymous, "Mia")
    assert is_logged_in(anonymous)


def test_trying_again_too_early_starts_the_wait_anew_as_the_page_says(anonymous: Client, owner: User) -> None:
    fail(*["Mia"] * 5)
    for _time in range(2):
        AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(minutes=10))
        assert log_in(anonymous, "Mia").status_code == 429


def test_logging_in_forgets_the_failures_before(owner: User) -> None:
    fail(*["mia@example.com"] * 4)
    assert log_in(Client(), "MIA").status_code == 302
    assert fail(*["Mia"] * 4) == [200] * 4


def test_the_limit_is_a_setting(owner: User, settings: Any) -> None:
    settings.AXES_FAILURE_LIMIT = 2
    assert fail("Mia", "Mia") == [200, 429]


def test_the_admin_has_the_same_lock(anonymous: Client, owner: User) -> None:
    fail(*["Mia"] * 5)
    User.objects.update(is_staff=True)
    data = {"username": "Mia@example.com", "password": "wrong"}
    assert anonymous.post("/admin/login/", data, REMOTE_ADDR="192.0.2.1").status_code == 429


def test_passwords_are_not_noted_with_the_failures(owner: User) -> None:
    log_in(Client(), "Mia", "my secret of another site")
    attempt = AccessAttempt.objects.get()
    assert "secret" not in attempt.post_data + attempt.get_data


# --- Many names ---


def test_an_address_that_tries_many_names_is_stopped(owner: User, anonymous: Client, settings: Any) -> None:
    settings.LOGIN_FAILURES_PER_HOUR = 6
    assert fail(*(f"name{number}" for number in range(8))) == [200] * 6 + [429] * 2
    response = log_in(anonymous, "Mia")
    assert response.status_code == 429
    assert 3500 < int(response["Retry-After"]) <= 3600
    assert "Too many requests from your network" in text(response)
    assert not is_logged_in(anonymous)
    assert log_in(anonymous, "Mia", address="192.0.2.2").status_code == 302
    assert AccessAttempt.objects.count() == 6  # what was not tried fills no table


def test_the_limit_of_an_address_holds_at_the_admin_and_wherever_a_password_is_asked_for(
    owner: User, owner_client: Client, settings: Any
) -> None:
    settings.LOGIN_FAILURES_PER_HOUR = 2
    fail("name1", "name2")
    data = {"username": "name3", "password": "wrong"}
    assert Client().post("/admin/login/", data, REMOTE_ADDR="192.0.2.1").status_code == 429
    for path, field in (("delete", "password"), ("password", "old_password")):
        assert owner_client.post(f"/accounts/{path}/", {field: "x"}, REMOTE_ADDR="192.0.2.1").status_code == 429


def test_who_logs_in_rightly_is_not_limited(owner: User, settings: Any) -> None:
    settings.LOGIN_FAILURES_PER_HOUR = 2
    assert [log_in(Client(), "Mia").status_code for _time in range(5)] == [302] * 5
    assert not Attempt.objects.exists()


def test_a_network_of_ipv6_is_one_address(db: None, settings: Any) -> None:
    settings.LOGIN_FAILURES_PER_HOUR = 2
    answers = [fail(f"name{number}", address=f"2001:db8::{number + 1}")[0] for number in range(3)]
    assert answers == [200, 200, 429]


def test_without_any_address_nobody_is_locked_out_for_everybody(owner: User, settings: Any) -> None:
    settings.LOGIN_FAILURES_PER_HOUR = 1
    fail("name1", "name2", address="")
    assert log_in(Client(), "Mia", address="").status_code == 302
