"""System checks of the mail settings."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning

SSL_PORT, STARTTLS_PORT = 465, 587


def check_mail_settings(**_kwargs: Any) -> list[CheckMessage]:
    """Warn of a port that is used in another way than its name says: such a server says nothing at all."""
    if settings.EMAIL_BACKEND != "django.core.mail.backends.smtp.EmailBackend":
        return []
    if settings.EMAIL_PORT == SSL_PORT and not settings.EMAIL_USE_SSL:
        return [Warning("EMAIL_PORT=465 needs EMAIL_USE_SSL=true.", id="accounts.W001")]
    if settings.EMAIL_PORT == STARTTLS_PORT and settings.EMAIL_USE_SSL:
        return [Warning("EMAIL_PORT=587 needs EMAIL_USE_TLS=true, not EMAIL_USE_SSL.", id="accounts.W002")]
    return []
