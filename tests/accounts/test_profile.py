import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.accounts.browsing import errors, text
from tests.conftest import PASSWORD

pytestmark = pytest.mark.mariadb

PROFILE = "/accounts/profile/"


def save(client: Client, **changes: str) -> Any:
    return client.post(PROFILE, {"email": "mia@example.com", "language": "", **changes}, REMOTE_ADDR="192.0.2.1")


def test_the_profile_shows_name_and_e_mail(owner_client: Client) -> None:
    page = text(owner_client.get(PROFILE))
    assert "<strong>Mia</strong>" in page
    assert 'value="mia@example.com"' in page
    for name in ("password_change", "delete"):
        assert f'href="{reverse(f"accounts:{name}")}"' in page


def test_the_e_mail_address_is_changed_with_the_password(owner: User, owner_client: Client) -> None:
    assert save(owner_client, email="New@Example.com", password=PASSWORD)["Location"] == PROFILE
    owner.refresh_from_db()
    assert owner.email == "new@example.com"
    assert "Your profile was saved." in text(owner_client.get(PROFILE))


@pytest.mark.parametrize("password", ["", "wrong"])
def test_without_the_password_the_e_mail_address_stays(owner: User, owner_client: Client, password: str) -> None:
    assert list(errors(save(owner_client, email="new@example.com", password=password))) == ["password"]
    owner.refresh_from_db()
    assert owner.email == "mia@example.com"


def test_guessing_the_password_here_locks_like_at_the_log_in(owner_client: Client) -> None:
    answers = [save(owner_client, email="new@example.com", password="guess").status_code for _time in range(5)]
    assert answers == [200, 200, 200, 200, 429]


def test_the_profile_does_not_tell_who_has_an_e_mail_address(owner: User, owner_client: Client, other: User) -> None:
    assert save(owner_client, email="NOAH@example.com", password=PASSWORD)["Location"] == PROFILE
    owner.refresh_from_db(), other.refresh_from_db()
    assert (owner.email, other.email) == ("mia@example.com", "noah@example.com")
    assert 'value="noah@example.com"' in text(owner_client.get(PROFILE))
    save(owner_client, email="new@example.com", password=PASSWORD)
    owner.refresh_from_db()
    assert (owner.email, owner.pending_email) == ("new@example.com", "")


def test_a_refused_profile_changes_nothing(owner: User, owner_client: Client) -> None:
    assert list(errors(save(owner_client, email="nonsense", language="zh-hans"))) == ["email"]
    owner.refresh_from_db()
    assert (owner.email, owner.language) == ("mia@example.com", "")


def test_the_name_cannot_be_changed_by_a_made_up_form(owner: User, owner_client: Client) -> None:
    save(owner_client, username="root", is_staff="on", is_superuser="on")
    owner.refresh_from_db()
    assert (owner.username, owner.is_staff, owner.is_superuser) == ("Mia", False, False)


def test_the_language_changes_the_page_and_stays(owner: User, owner_client: Client) -> None:
    save(owner_client, language="zh-hans")
    page = owner_client.get(PROFILE, headers={"Accept-Language": "en"})
    assert page["Content-Language"] == "zh-hans"
    assert '<html lang="zh-hans">' in text(page)
    elsewhere = Client()
    elsewhere.force_login(owner)
    assert elsewhere.get(PROFILE)["Content-Language"] == "zh-hans"


def test_the_language_chosen_in_the_profile_stays_after_logging_out(owner_client: Client) -> None:
    save(owner_client, language="zh-hans")
    owner_client.post(reverse("accounts:logout"))
    assert owner_client.get("/accounts/login/")["Content-Language"] == "zh-hans"


def test_leaving_the_language_to_the_browser_forgets_the_earlier_choice(owner_client: Client) -> None:
    save(owner_client, language="zh-hans")
    save(owner_client, language="")
    assert owner_client.get(PROFILE, headers={"Accept-Language": "en"})["Content-Language"] == "en"
    assert owner_client.get(PROFILE, headers={"Accept-Language": "zh-CN"})["Content-Language"] == "zh-hans"


def test_mail_about_decisions_is_asked_for_and_turned_off_again(owner: User, owner_client: Client) -> None:
    save(owner_client, wants_mail="on")
    owner.refresh_from_db()
    assert owner.wants_mail
    assert re.search(r'name="wants_mail"[^>]* checked', text(owner_client.get(PROFILE)))
    save(owner_client)
    owner.refresh_from_db()
    assert not owner.wants_mail


def test_a_checkbox_stands_before_its_label_and_other_fields_after_theirs(owner_client: Client) -> None:
    page = text(owner_client.get(PROFILE))
    assert page.index('name="wants_mail"') < page.index('for="id_wants_mail"')
    assert page.index('for="id_email"') < page.index('name="email"')


def test_languages_are_offered_in_their_own_names(owner_client: Client) -> None:
    page = text(owner_client.get(PROFILE))
    assert "简体中文" in page
    assert ">English<" in page


def test_a_language_that_is_not_offered_is_refused(owner_client: Client) -> None:
    assert list(errors(save(owner_client, language="fr"))) == ["language"]
