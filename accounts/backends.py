"""Logging in by user name or e-mail address."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from accounts.models import User
from accounts.names import email_key, username_key

# Of axes' column; longer names belong to nobody.
LONGEST = 255


class UsernameOrEmailBackend(ModelBackend):
    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        if username is None or password is None:
            return None
        user = User.objects.by_login(username)
        if user is None:
            # Takes as long as checking a password, so that time does not tell which names exist.
            User().set_password(password)
            return None
        return user if user.check_password(password) and self.user_can_authenticate(user) else None


def axes_username(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """What failures are counted under: the same for an account, whichever way it is typed."""
    typed = str((credentials or request.POST).get("username") or "")
    if "@" not in typed:
        return username_key(typed)[:LONGEST]
    user = User.objects.by_login(typed)
    return user.username_key if user else email_key(typed)[:LONGEST]
