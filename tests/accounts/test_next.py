"""Coming back to the page one wanted, and to no foreign one."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.accounts.browsing import LOGIN, STUDIO, log_in, sign_up, text

UNSAFE = ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "http:///evil.example"]
PROFILE = "/accounts/profile/"


@pytest.mark.parametrize("path", [STUDIO, PROFILE, "/works/?style=comic"])
def test_who_is_not_logged_in_is_asked_to_and_comes_back(anonymous: Client, owner: User, path: str) -> None:
    answer = anonymous.get(path)
    target = urlsplit(answer["Location"])
    assert (answer.status_code, target.path) == (302, LOGIN)
    wanted = parse_qs(target.query)["next"][0]
    page = anonymous.get(answer["Location"])
    assert f'name="next" value="{wanted}"' in text(page)
    assert log_in(anonymous, "Mia", next=wanted)["Location"] == path


@pytest.mark.parametrize("name", ["profile", "password_change", "delete"])
def test_pages_of_an_account_are_for_those_who_are_logged_in(anonymous: Client, name: str) -> None:
    answer = anonymous.get(reverse(f"accounts:{name}"))
    assert answer["Location"].startswith(LOGIN)


@pytest.mark.parametrize("unsafe", UNSAFE)
def test_logging_in_leads_to_no_foreign_site(anonymous: Client, owner: User, unsafe: str) -> None:
    assert unsafe not in text(anonymous.get(LOGIN, {"next": unsafe})).split("<main")[1]
    assert log_in(anonymous, "Mia", next=unsafe)["Location"] == STUDIO


@pytest.mark.parametrize("unsafe", UNSAFE)
def test_signing_up_leads_to_no_foreign_site(anonymous: Client, unsafe: str) -> None:
    assert sign_up(anonymous, next=unsafe)["Location"] == STUDIO


@pytest.mark.parametrize("unsafe", UNSAFE)
def test_the_language_switch_leads_to_no_foreign_site(anonymous: Client, unsafe: str) -> None:
    response = anonymous.post(reverse("accounts:language"), {"language": "en", "next": unsafe})
    assert response["Location"] == reverse("landing")


def test_signing_up_leads_back_too(anonymous: Client) -> None:
    assert sign_up(anonymous, next=PROFILE)["Location"] == PROFILE


def test_the_wanted_page_is_not_lost_between_log_in_and_sign_up(anonymous: Client) -> None:
    assert f'href="/accounts/signup/?next={PROFILE}"' in text(anonymous.get(LOGIN, {"next": PROFILE}))
    assert f'href="{LOGIN}?next={PROFILE}"' in text(anonymous.get("/accounts/signup/", {"next": PROFILE}))


@pytest.mark.parametrize("path", [LOGIN, f"{LOGIN}?next={LOGIN}"])
def test_the_log_in_page_does_not_lead_to_itself(owner_client: Client, path: str) -> None:
    assert owner_client.get(LOGIN, {"next": path})["Location"] == STUDIO
