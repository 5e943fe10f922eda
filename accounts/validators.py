"""Rules for user names and passwords."""

from django.contrib.auth import password_validation
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

# No "@": a name must never read as somebody's e-mail address, as people log in by either.
username_validator = RegexValidator(
    r"^[\w.+-]+\Z", _("A username may only contain letters, digits and the characters . + - _"), code="invalid"
)


class MinimumLengthValidator(password_validation.MinimumLengthValidator):
    """Django's own, with a message that is in our catalog: Django's Chinese one lacks its present wording."""

    def get_error_message(self) -> str:
        text = ngettext(
            "This password is too short: it needs at least %(count)s character.",
            "This password is too short: it needs at least %(count)s characters.",
            self.min_length,
        )
        return text % {"count": self.min_length}
