"""Rules for passwords."""

from django.contrib.auth import password_validation
from django.utils.translation import ngettext


class MinimumLengthValidator(password_validation.MinimumLengthValidator):
    """Django's own, with a message that is in our catalogue: Django's Chinese one lacks its present wording."""

    def get_error_message(self) -> str:
        text = ngettext(
            "This password is too short: it needs at least %(count)s character.",
            "This password is too short: it needs at least %(count)s characters.",
            self.min_length,
        )
        return text % {"count": self.min_length}
