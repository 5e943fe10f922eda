import pytest
from axes.models import AccessAttempt
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


@pytest.mark.parametrize("path", ["/accounts/password/", "/admin/password_change/"])
def test_guessing_the_old_password_locks_like_at_the_log_in(owner: User, path: str) -> None:
    User.objects.update(is_staff=True)
    client = Client()
    client.force_login(owner)
    form = client.get(path, follow=True).request["PATH_INFO"]
    data = {"new_password1": NEW, "new_password2": NEW}
    answers = [client.post(form, {**data, "old_password": f"guess {n}"}).status_code for n in range(5)]
    assert answers == [200, 200, 200, 200, 429]
    assert client.post(form, {**data, "old_password": PASSWORD}).status_code == 429
    owner.refresh_from_db()
    assert owner.check_password(PASSWORD)
    assert "guess" not in "".join(AccessAttempt.objects.values_list("post_data", flat=True))
