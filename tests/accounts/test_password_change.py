import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.accounts.browsing import errors, is_logged_in, log_in, text
from tests.conftest import PASSWORD

NEW = "a newer horse 10"


def change(client: Client, **changes: str) -> object:
    data = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    return client.post(reverse("accounts:password_change"), {**data, **changes}, follow=True)


def test_the_new_password_works_and_the_old_one_no_longer(owner_client: Client) -> None:
    assert "Your password was changed." in text(change(owner_client))
    assert log_in(Client(), "Mia", PASSWORD).status_code == 200
    assert log_in(Client(), "Mia", NEW).status_code == 302


def test_this_browser_stays_logged_in_and_all_others_are_logged_out(owner: User, owner_client: Client) -> None:
    elsewhere = Client()
    elsewhere.force_login(owner)
    change(owner_client)
    assert is_logged_in(owner_client)
    assert not is_logged_in(elsewhere)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"old_password": "wrong"}, "old_password"),
        ({"new_password1": "short1", "new_password2": "short1"}, "new_password2"),
        ({"new_password2": "another horse 11"}, "new_password2"),
        ({"new_password1": "mia@example.com", "new_password2": "mia@example.com"}, "new_password2"),
    ],
)
def test_what_is_wrong_or_weak_changes_nothing(
    owner: User, owner_client: Client, changes: dict[str, str], field: str
) -> None:
    assert list(errors(change(owner_client, **changes))) == [field]
    owner.refresh_from_db()
    assert owner.check_password(PASSWORD)
