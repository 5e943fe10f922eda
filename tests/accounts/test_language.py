"""The language switch in the head of every page."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.accounts.browsing import LOGIN, log_in, text


def switch(client: Client, language: str, page: str = LOGIN) -> Any:
    return client.post(reverse("accounts:language"), {"language": language, "next": page})


def language_of(client: Client, page: str = LOGIN, *, browser: str = "en") -> str:
    response = client.get(page, headers={"Accept-Language": browser})
    assert f'<html lang="{response["Content-Language"]}">' in text(response)
    return str(response["Content-Language"])


@pytest.mark.parametrize(
    ("browser", "expected"),
    [("zh-CN,zh;q=0.9", "zh-hans"), ("zh-Hans", "zh-hans"), ("en-GB", "en"), ("de-DE,de;q=0.9", "en"), ("", "en")],
)
def test_the_browser_decides_at_first(anonymous: Client, browser: str, expected: str) -> None:
    assert language_of(anonymous, browser=browser) == expected


def test_the_switch_leads_back_to_the_page_in_the_other_language(anonymous: Client) -> None:
    assert switch(anonymous, "zh-hans")["Location"] == LOGIN
    assert language_of(anonymous) == "zh-hans"
    switch(anonymous, "en")
    assert language_of(anonymous, browser="zh-CN") == "en"


def test_the_switch_needs_no_token_as_the_session_stays_at_home_when_other_sites_post(settings: Any) -> None:
    response = switch(Client(enforce_csrf_checks=True), "zh-hans")
    assert response.cookies["django_language"].value == "zh-hans"
    assert settings.SESSION_COOKIE_SAMESITE == "Lax"


def test_the_cookie_is_kept_for_long_and_from_scripts(anonymous: Client) -> None:
    switch(anonymous, "zh-hans")
    cookie = anonymous.cookies["django_language"]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 365 * 24 * 3600)


def test_over_https_the_cookie_is_sent_over_https_only(anonymous: Client, settings: Any) -> None:
    settings.HTTPS = True
    switch(anonymous, "zh-hans")
    assert anonymous.cookies["django_language"]["secure"]


@pytest.mark.parametrize("nonsense", ["", "fr", "xx", "../../etc", "en\x00"])
def test_a_language_that_is_not_offered_changes_nothing(owner: User, owner_client: Client, nonsense: str) -> None:
    switch(owner_client, nonsense)
    owner.refresh_from_db()
    assert owner.language == ""
    assert "django_language" not in owner_client.cookies


def test_the_switch_is_kept_in_the_profile_too(owner: User, owner_client: Client) -> None:
    switch(owner_client, "zh-hans")
    owner.refresh_from_db()
    assert owner.language == "zh-hans"
    elsewhere = Client()
    log_in(elsewhere, "Mia")
    assert language_of(elsewhere, "/accounts/profile/") == "zh-hans"


def test_the_profile_goes_before_a_cookie_of_this_browser(anonymous: Client, owner: User) -> None:
    User.objects.update(language="en")
    switch(anonymous, "zh-hans")
    log_in(anonymous, "Mia")
    assert language_of(anonymous, "/accounts/profile/") == "en"


def test_one_persons_language_does_not_reach_the_next_one(owner_client: Client, other_client: Client) -> None:
    switch(owner_client, "zh-hans")
    assert language_of(owner_client, "/accounts/profile/") == "zh-hans"
    assert language_of(other_client, "/accounts/profile/") == "en"


def test_the_switch_needs_a_post(anonymous: Client) -> None:
    assert anonymous.get(reverse("accounts:language"), {"language": "zh-hans"}).status_code == 405
