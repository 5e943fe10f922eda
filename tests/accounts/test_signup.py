from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models.signals import pre_save
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.accounts.browsing import STUDIO, errors, is_logged_in, log_in, sign_up, text

pytestmark = pytest.mark.mariadb


def test_signing_up_logs_in_and_leads_to_the_studio(anonymous: Client) -> None:
    response = sign_up(anonymous)
    assert response.status_code == 302
    assert response["Location"] == STUDIO
    assert is_logged_in(anonymous)
    assert User.objects.get().username == "Lena"


def test_the_password_is_kept_hashed(anonymous: Client) -> None:
    sign_up(anonymous, password1="kept as a hash 7", password2="kept as a hash 7")
    user = User.objects.get()
    assert "kept" not in user.password
    assert user.check_password("kept as a hash 7")


@pytest.mark.parametrize("name", ["Mia", "mia", "MIA", "Ｍia"])
def test_a_name_that_differs_only_in_case_or_width_is_taken(anonymous: Client, owner: User, name: str) -> None:
    response = sign_up(anonymous, username=name)
    assert list(errors(response)) == ["username"]
    assert "This username is taken." in text(response)
    assert User.objects.count() == 1


def test_the_case_of_letters_beyond_ascii_does_not_matter_either(anonymous: Client, db: None) -> None:
    User.objects.create_user("Ömer", "oemer@example.com")
    assert list(errors(sign_up(anonymous, username="ömer"))) == ["username"]


@pytest.mark.parametrize("email", ["mia@example.com", "MIA@Example.COM"])
@pytest.mark.parametrize("is_verified", [True, False])
def test_signing_up_does_not_tell_who_has_an_e_mail_address(
    anonymous: Client, owner: User, settings: Any, email: str, is_verified: bool
) -> None:
    settings.EMAIL_VERIFICATION = is_verified
    free = sign_up(Client(), username="Noah", email="noah@example.com")
    taken = sign_up(anonymous, email=email)
    assert (taken.status_code, taken["Location"]) == (free.status_code, free["Location"]) == (302, STUDIO)
    assert text(anonymous.get("/accounts/profile/")).count("mia@example.com") > 0
    owner.refresh_from_db()
    assert owner.email == "mia@example.com"
    assert User.objects.get(username="Lena").email is None


def test_whose_address_it_is_still_logs_in_with_it(anonymous: Client, owner: User) -> None:
    sign_up(Client(), email="mia@example.com", password1="the other horse 9", password2="the other horse 9")
    assert log_in(Client(), "mia@example.com", "the other horse 9").status_code == 200
    assert log_in(anonymous, "mia@example.com").status_code == 302


@pytest.mark.parametrize("email", ["mia@example.com", "noah@example.com"])
def test_signing_up_asks_the_database_the_same_whoever_has_the_address(
    anonymous: Client, owner: User, settings: Any, django_assert_num_queries: Any, email: str
) -> None:
    settings.EMAIL_VERIFICATION = True
    with django_assert_num_queries(23):
        sign_up(anonymous, email=email)


def test_a_password_like_the_address_is_refused_as_ever(anonymous: Client) -> None:
    weak = {"email": "pimpernell@example.com", "password1": "pimpernell1", "password2": "pimpernell1"}
    assert list(errors(sign_up(anonymous, **weak))) == ["password2"]


def test_e_mail_addresses_are_kept_in_lower_case(anonymous: Client) -> None:
    sign_up(anonymous, email="Lena@Example.COM")
    assert User.objects.get().email == "lena@example.com"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"password1": "short1", "password2": "short1"}, "password2"),
        ({"password1": "password123", "password2": "password123"}, "password2"),
        ({"password1": "4711081547110815", "password2": "4711081547110815"}, "password2"),
        ({"username": "pimpernell", "password1": "pimpernell1", "password2": "pimpernell1"}, "password2"),
        ({"password2": "something else 9"}, "password2"),
        ({"email": ""}, "email"),
        ({"email": "nobody"}, "email"),
        ({"username": ""}, "username"),
        ({"username": "x" * 61}, "username"),
        ({"username": "mia@example.com"}, "username"),
        ({"username": "two words"}, "username"),
    ],
)
def test_what_is_weak_or_wrong_is_refused_at_its_field(anonymous: Client, changes: dict[str, str], field: str) -> None:
    response = sign_up(anonymous, **changes)
    assert list(errors(response)) == [field]
    assert not User.objects.exists()
    assert not is_logged_in(anonymous)


def test_chinese_names_are_welcome(anonymous: Client) -> None:
    sign_up(anonymous, username="小林")
    assert User.objects.get().username == "小林"


def test_a_name_taken_while_the_form_was_checked_is_an_error_and_no_crash(
    anonymous: Client,
) -> None:
    def rival(**_signal: Any) -> None:
        pre_save.disconnect(rival, sender=User)
        User.objects.create_user("LENA", "rival@example.com")

    pre_save.connect(rival, sender=User)
    response = sign_up(anonymous)
    assert response.status_code == 200
    assert list(errors(response)) == ["__all__"]
    assert not is_logged_in(anonymous)


def test_sign_ups_from_one_address_are_limited_by_the_hour(anonymous: Client, settings: Any) -> None:
    settings.SIGNUPS_PER_HOUR = 2
    for number in range(2):
        assert sign_up(Client(), username=f"lena{number}", email=f"{number}@example.com").status_code == 302
    refused = sign_up(anonymous)
    assert refused.status_code == 429
    assert 3500 < int(refused["Retry-After"]) <= 3600
    assert "60 minutes" in text(refused)
    assert not is_logged_in(anonymous)
    assert sign_up(anonymous, address="192.0.2.2").status_code == 302


def test_mistakes_in_the_form_do_not_count_as_sign_ups(anonymous: Client, settings: Any) -> None:
    settings.SIGNUPS_PER_HOUR = 1
    assert sign_up(anonymous, email="").status_code == 200
    assert sign_up(anonymous).status_code == 302


def test_somebody_logged_in_is_led_on(owner_client: Client) -> None:
    response = owner_client.get(reverse("accounts:signup"))
    assert (response.status_code, response["Location"]) == (302, STUDIO)


def test_the_database_itself_refuses_the_same_name_in_another_case(owner: User) -> None:
    with pytest.raises(IntegrityError):
        User.objects.create_user("MIA", "else@example.com")


def test_every_form_of_the_site_sees_that_a_name_is_taken(owner: User) -> None:
    with pytest.raises(ValidationError) as caught:
        User(username="mIa", email="else@example.com", password="x").full_clean()
    assert list(caught.value.message_dict) == ["username"]
