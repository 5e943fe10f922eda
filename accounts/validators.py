"""Rules for user names and passwords."""

from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.usernames import has_invisible_characters, has_mixed_scripts

# No "@": a name must never read as somebody's e-mail address, as people log in by either.
username_validator = RegexValidator(
    r"^[\w.+-]+\Z", _("A username may only contain letters, digits and the characters . + - _"), code="invalid"
)


def validate_new_username(username: str) -> None:
    """Raise ValidationError for a name that can be taken for another one. Names of before are not asked."""
    if has_invisible_characters(username):
        raise ValidationError(_("A username may not contain invisible characters."), code="invisible")
    if has_mixed_scripts(username):
        text = _("A username may only mix letters of one script, or Latin letters with Chinese, Japanese or Korean.")
        raise ValidationError(text, code="mixed_scripts")


class MinimumLengthValidator(password_validation.MinimumLengthValidator):
    """Django's own, with a message that is in our catalog: Django's Chinese one lacks its present wording."""

    def get_error_message(self) -> str:
        text = ngettext(
            "This password is too short: it needs at least %(count)s character.",
            "This password is too short: it needs at least %(count)s characters.",
            self.min_length,
        )
        return text % {"count": self.min_length}
