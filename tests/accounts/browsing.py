"""What the tests of this folder do in the browser."""

from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from tests.conftest import PASSWORD

STUDIO = "/studio/"
LOGIN = "/accounts/login/"


def log_in(client: Client, username: str, password: str = PASSWORD, *, address: str = "192.0.2.1", **data: Any) -> Any:
    return client.post(
        reverse("accounts:login"), {"username": username, "password": password, **data}, REMOTE_ADDR=address
    )


def sign_up(client: Client, *, address: str = "192.0.2.1", **changes: str) -> Any:
    data = {"username": "Lena", "email": "lena@example.com", "password1": PASSWORD, "password2": PASSWORD}
    return client.post(reverse("accounts:signup"), {**data, **changes}, REMOTE_ADDR=address)


def is_logged_in(client: Client) -> bool:
    return client.get(reverse("accounts:profile")).status_code == 200


def errors(response: Any) -> dict[str, list[str]]:
    """The codes of the errors of the page's form, by field."""
    found = response.context["form"].errors.as_data()
    return {field: [error.code for error in problems] for field, problems in found.items()}


def text(response: HttpResponse) -> str:
    return response.content.decode()
