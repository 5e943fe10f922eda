"""What every page of this part owes to people who use a screen reader or a keyboard, and to the CSP."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.accounts.browsing import log_in, sign_up, text

PUBLIC = ["login", "signup", "password_reset", "password_reset_done", "password_reset_complete"]
PRIVATE = ["profile", "delete", "password_change"]


def main_of(response: Any) -> str:
    return text(response).split("<main", 1)[1].split("</main>")[0]


def title_of(response: Any) -> str:
    found = re.search(r"<title>(.*?)</title>", text(response), re.DOTALL)
    assert found
    return " ".join(found[1].split())


def check(response: Any) -> None:
    main = main_of(response)
    assert main.count("<h1>") == 1
    assert main.count("autofocus") <= 1
    assert not re.search(r"<script|\sstyle=|\son[a-z]+=", main)
    ids = re.findall(r'\sid="([^"]+)"', main)
    assert len(ids) == len(set(ids))
    for names in re.findall(r'aria-(?:describedby|labelledby)="([^"]+)"', main):
        assert set(names.split()) <= set(ids)
    for field in re.findall(r'<(?:input(?! type="hidden")|select)[^>]*\sid="([^"]+)"', main):
        assert f'<label for="{field}">' in main


@pytest.mark.parametrize("name", PUBLIC)
def test_public_pages_are_sound(anonymous: Client, name: str) -> None:
    response = anonymous.get(reverse(f"accounts:{name}"))
    assert response.status_code == 200
    check(response)


@pytest.mark.parametrize("name", PRIVATE)
def test_pages_of_an_account_are_sound(owner_client: Client, name: str) -> None:
    response = owner_client.get(reverse(f"accounts:{name}"))
    assert response.status_code == 200
    check(response)


def test_every_page_has_its_own_title(anonymous: Client, owner_client: Client) -> None:
    titles = {title_of(anonymous.get(reverse(f"accounts:{name}"))) for name in PUBLIC}
    titles |= {title_of(owner_client.get(reverse(f"accounts:{name}"))) for name in PRIVATE}
    assert len(titles) == len(PUBLIC) + len(PRIVATE)
    assert all(title.endswith(" · AnimeGAN Studio") for title in titles)


@pytest.mark.parametrize("name", ["login", "signup", "password_reset"])
def test_a_fresh_form_has_the_focus_on_its_first_field(anonymous: Client, name: str) -> None:
    assert re.search(r"<input[^>]*\sautofocus", main_of(anonymous.get(reverse(f"accounts:{name}"))))


def test_errors_are_in_the_title_in_a_summary_with_the_focus_and_at_their_fields(anonymous: Client) -> None:
    response = sign_up(anonymous, email="nonsense", password2="other")
    check(response)
    main = main_of(response)
    assert title_of(response).startswith("Error: ")
    assert re.search(r'class="form__errors"[^>]*autofocus', main)
    for field in ("id_email", "id_password2"):
        assert f'<a class="link" href="#{field}">' in main
        assert f'class="field__error" id="{field}_error" role="alert"' in main
        assert re.search(rf'<input[^>]*aria-invalid="true"[^>]*{field}_error', main)


def test_what_people_type_is_shown_as_text(anonymous: Client) -> None:
    assert "<script>x" not in text(sign_up(anonymous, username='"><script>x</script>'))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("login", ["username", "current-password"]),
        ("signup", ["username", "email", "new-password", "new-password"]),
        ("password_reset", ["email"]),
        ("profile", ["email", "current-password"]),
        ("delete", ["current-password"]),
        ("password_change", ["current-password", "new-password", "new-password"]),
    ],
)
def test_password_managers_know_every_field(
    anonymous: Client, owner_client: Client, name: str, values: list[str]
) -> None:
    client = owner_client if name in PRIVATE else anonymous
    main = main_of(client.get(reverse(f"accounts:{name}")))
    assert re.findall(r'autocomplete="([^"]+)"', main) == values


def test_passwords_are_never_sent_back(anonymous: Client, owner: User) -> None:
    assert "my wrong guess" not in text(log_in(anonymous, "Mia", "my wrong guess"))
    assert "my weak choice" not in text(sign_up(anonymous, password1="my weak choice", password2="x"))
