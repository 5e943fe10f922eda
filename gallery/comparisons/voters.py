"""Who votes: an account, or a guest whose session has a random name for them."""

import secrets
from dataclasses import dataclass

from django.http import HttpRequest

from accounts.client_ip import get_client_ip
from accounts.models import User

SESSION_KEY = "study_voter"


@dataclass(frozen=True)
class Voter:
    """`key` is what votes of one voter have in common; empty for a guest who has not voted yet."""

    key: str
    user_id: int | None = None


def get_voter(request: HttpRequest) -> Voter:
    """Return who asks, without writing anything."""
    if isinstance(request.user, User):
        return Voter(f"user {request.user.pk}", request.user.pk)
    return Voter(request.session.get(SESSION_KEY, ""))


def get_or_create_voter(request: HttpRequest) -> Voter:
    """Return who votes; a guest gets a name, which their session keeps."""
    voter = get_voter(request)
    if not voter.key:
        request.session[SESSION_KEY] = secrets.token_hex(16)
    return get_voter(request)


def get_limit_key(request: HttpRequest) -> str:
    """Return what votes are counted by: the account, or a guest's IP address, as a session is easily thrown away."""
    return str(request.user.pk) if request.user.is_authenticated else f"ip {get_client_ip(request) or ''}"
