"""How user names and e-mail addresses are compared: what looks the same is the same."""

import unicodedata

from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

# No "@": a name must never read as somebody's e-mail address, as people log in by either.
username_validator = RegexValidator(
    r"^[\w.+-]+\Z", _("Use only letters, digits and the characters . + - _ in a user name."), code="invalid"
)


def username_key(username: str) -> str:
    """What two user names share when they differ only in case or in the width of their characters."""
    return unicodedata.normalize("NFKC", username.strip()).casefold()


def email_key(email: str) -> str:
    return email.strip().lower()
