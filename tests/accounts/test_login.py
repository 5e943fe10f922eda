import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.accounts.browsing import LOGIN, STUDIO, errors, is_logged_in, log_in, text
from tests.conftest import PASSWORD

pytestmark = pytest.mark.mariadb


@pytest.mark.parametrize("typed", ["Mia", "mia", "MIA", " Mia ", "mia@example.com", "Mia@Example.COM"])
def test_people_log_in_by_name_or_e_mail_in_any_case(anonymous: Client, owner: User, typed: str) -> None:
    response = log_in(anonymous, typed)
    assert (response.status_code, response["Location"]) == (302, STUDIO)
    assert is_logged_in(anonymous)


@pytest.mark.parametrize("typed", ["Mia", "mia@example.com", "Nobody", "nobody@example.com"])
def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(anonymous: Client, owner: User, typed: str) -> None:
    response = log_in(anonymous, typed, "not my password")
    assert response.status_code == 200
    assert errors(response) == {"__all__": ["invalid_login"]}
    assert "Incorrect username or password." in text(response)
    assert not is_logged_in(anonymous)


def test_the_password_is_case_sensitive(anonymous: Client, owner: User) -> None:
    log_in(anonymous, "Mia", PASSWORD.upper())
    assert not is_logged_in(anonymous)


def test_who_is_not_active_stays_out(anonymous: Client, owner: User) -> None:
    User.objects.update(is_active=False)
    assert errors(log_in(anonymous, "Mia")) == {"__all__": ["invalid_login"]}
    assert not is_logged_in(anonymous)


def test_who_is_made_inactive_is_logged_out(owner_client: Client) -> None:
    assert is_logged_in(owner_client)
    User.objects.update(is_active=False)
    assert not is_logged_in(owner_client)


def test_a_very_long_name_is_refused_and_breaks_nothing(anonymous: Client, db: None) -> None:
    assert log_in(anonymous, "x" * 5000).status_code == 200
    assert log_in(anonymous, "x" * 5000 + "@example.com").status_code == 200


def test_the_name_field_has_room_for_an_e_mail_address(anonymous: Client) -> None:
    assert 'maxlength="254"' in text(anonymous.get(LOGIN))


def test_who_is_logged_in_already_is_led_on(owner_client: Client) -> None:
    assert owner_client.get(LOGIN)["Location"] == STUDIO


def test_the_session_gets_a_new_key_at_log_in(anonymous: Client, owner: User) -> None:
    session = anonymous.session
    session["before"] = True
    session.save()
    before = session.session_key
    log_in(anonymous, "Mia")
    assert anonymous.session.session_key != before


def test_logging_out_needs_a_post(owner_client: Client) -> None:
    assert owner_client.get(reverse("accounts:logout")).status_code == 405
    assert is_logged_in(owner_client)
    response = owner_client.post(reverse("accounts:logout"))
    assert (response.status_code, response["Location"]) == (302, reverse("landing"))
    assert not is_logged_in(owner_client)


def test_logging_out_twice_does_no_harm(anonymous: Client) -> None:
    response = anonymous.post(reverse("accounts:logout"))
    assert (response.status_code, response["Location"]) == (302, reverse("landing"))


@pytest.mark.parametrize("name", ["login", "logout", "signup", "password_reset", "delete", "profile"])
def test_no_form_works_without_its_token(owner: User, name: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    assert client.post(reverse(f"accounts:{name}")).status_code == 403
