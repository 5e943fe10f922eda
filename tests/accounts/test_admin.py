import pytest
from axes.models import AccessAttempt
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.urls import reverse

from accounts.models import User

from ..conftest import PASSWORD
from .browsing import log_in, text

USERS = "admin:accounts_user"


@pytest.fixture
def admin_client(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root", "root@example.com", PASSWORD))
    return client


def test_people_are_listed_and_found_by_e_mail(admin_client: Client, owner: User, other: User) -> None:
    page = text(admin_client.get(reverse(f"{USERS}_changelist"), {"q": "mia@"}))
    assert "mia@example.com" in page
    assert "noah@example.com" not in page


def test_a_person_is_added_with_an_e_mail_address(admin_client: Client) -> None:
    data = {"username": "Lena", "email": "Lena@Example.com", "password1": PASSWORD, "password2": PASSWORD}
    admin_client.post(reverse(f"{USERS}_add"), {**data, "usable_password": "true"})
    assert User.objects.get(username="Lena").email == "lena@example.com"
    assert log_in(Client(), "lena@example.com").status_code == 302


def test_a_name_in_another_case_is_refused_there_too(admin_client: Client, owner: User) -> None:
    data = {"username": "MIA", "email": "else@example.com", "password1": PASSWORD, "password2": PASSWORD}
    page = admin_client.post(reverse(f"{USERS}_add"), {**data, "usable_password": "true"})
    assert list(page.context["adminform"].form.errors) == ["username"]
    assert User.objects.filter(email="else@example.com").count() == 0


def test_a_person_page_opens(admin_client: Client, owner: User) -> None:
    page = admin_client.get(reverse(f"{USERS}_change", args=[owner.pk]))
    assert 'name="language"' in text(page)


def test_deleting_one_person_takes_the_way_of_deleting_an_account(admin_client: Client, owner: User) -> None:
    log_in(Client(), "Mia", "wrong")
    admin_client.post(reverse(f"{USERS}_delete", args=[owner.pk]), {"post": "yes"})
    assert not User.objects.filter(username="Mia").exists()
    assert not AccessAttempt.objects.exists()


def test_deleting_several_people_does_so_too(admin_client: Client, owner: User, other: User) -> None:
    for name in ("Mia", "Noah"):
        log_in(Client(), name, "wrong")
    chosen = {"action": "delete_selected", "_selected_action": [owner.pk, other.pk], "post": "yes"}
    admin_client.post(reverse(f"{USERS}_changelist"), chosen)
    assert [user.username for user in User.objects.all()] == ["root"]
    assert not AccessAttempt.objects.exists()


def test_people_are_kept_out(owner_client: Client) -> None:
    assert owner_client.get(reverse(f"{USERS}_changelist")).status_code == 302


def test_createsuperuser_sees_that_a_name_is_taken_in_another_case(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    with pytest.raises(CommandError, match="taken"):
        call_command("createsuperuser", interactive=False, username="mia", email="else@example.com")
