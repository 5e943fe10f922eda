"""Logging in by user name or e-mail address."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from accounts.hashers import TooManyHashes
from accounts.login_limits import forget_attempt
from accounts.models import User, make_username_key, normalize_email

MAX_USERNAME_LENGTH = 255  # of axes' column; longer names belong to nobody


class UsernameOrEmailBackend(ModelBackend):
    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        if username is None or password is None:
            return None
        try:
            user = self._find_user(username, password)
        except TooManyHashes:
            forget_attempt(request)
            raise
        if user:
            forget_attempt(request)
        return user

    def _find_user(self, username: str, password: str) -> User | None:
        user = User.objects.find_by_login(username)
        if user is None:
            # Takes as long as checking a password, so that time does not tell which names exist.
            User().set_password(password)
            return None
        return user if user.check_password(password) and self.user_can_authenticate(user) else None


def get_axes_username(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """Return the name that failures are counted under: the same for an account, whichever way it is typed."""
    typed = str((credentials or request.POST).get("username") or "")
    if "@" not in typed:
        return make_username_key(typed)[:MAX_USERNAME_LENGTH]
    user = User.objects.find_by_login(typed)
    return user.username_key if user else normalize_email(typed)[:MAX_USERNAME_LENGTH]
