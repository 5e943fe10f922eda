"""Coming back to the page one wanted, and to no foreign one."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.accounts.browsing import LOGIN, STUDIO, log_in, sign_up, text
from tests.conftest import PASSWORD

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


# --- What is no URL at all ---

NONSENSE = [
    *("-1", "", " ", "[]", "[", "http://[", "http://[::1", "//[", "studio/", "?x=1", "#x", "accounts:login"),
    *("//evil.example", "///evil.example", "/\\/evil.example", "\\\\evil.example", "\t//evil.example"),
    *("https:evil.example", "HTTPS://evil.example", "javascript:alert(1)", "java\nscript:alert(1)", "data:text/html,x"),
    *("\x00", "/\x00", "/a\r\nX-Evil: 1", "/\u202e", "/" + "a" * 100_000),
    *("http://testserver@evil.example/", "http://user:pass@testserver:99999/"),
]


def is_own(location: str) -> bool:
    parts = urlsplit(location)
    return parts.netloc in ("", "testserver") and location.startswith("/") and not location.startswith("//")


@pytest.mark.parametrize("next_url", NONSENSE, ids=range(len(NONSENSE)))
def test_nonsense_leads_to_the_usual_page(anonymous: Client, owner: User, owner_client: Client, next_url: str) -> None:
    data = {"next": next_url}
    assert is_own(log_in(Client(), "Mia", **data)["Location"])
    assert is_own(sign_up(Client(), **data)["Location"])
    assert is_own(anonymous.post("/accounts/language/", {"language": "en", **data})["Location"])
    for path in ("/accounts/signup/", LOGIN):
        assert anonymous.get(path, data).status_code == 200
        assert owner_client.get(path, data)["Location"] == STUDIO
    assert is_own(owner_client.post("/accounts/logout/", data)["Location"])


@pytest.mark.parametrize("query", ["next=%ff", "next=/%ff", "next=%00", "next", "next=&next=//evil.example", "next=%"])
def test_what_is_no_text_leads_there_too(anonymous: Client, owner_client: Client, query: str) -> None:
    for path in ("/accounts/signup/", LOGIN):
        assert anonymous.get(f"{path}?{query}").status_code == 200
        assert is_own(owner_client.get(f"{path}?{query}")["Location"])


def test_a_whole_url_of_this_site_is_followed(anonymous: Client, owner: User) -> None:
    url = f"http://testserver{PROFILE}"
    assert log_in(anonymous, "Mia", next=url)["Location"] == url


@pytest.mark.parametrize("next_url", ["-1", "[", "//evil.example", "javascript:alert(1)", "\x00", "/" + "a" * 100_000])
def test_the_admin_leads_to_no_foreign_site_either(owner: User, next_url: str) -> None:
    User.objects.update(is_staff=True)
    data = {"username": "Mia", "password": PASSWORD, "next": next_url}
    client = Client()
    assert is_own(client.post("/admin/login/", data)["Location"])
    assert client.get("/admin/login/", {"next": next_url}).status_code == 302
    assert client.post("/admin/logout/", {"next": next_url}).status_code in (200, 302)
