from typing import Any

from django.contrib.auth.forms import AuthenticationForm, UsernameField
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.forms.focus import FocusFirstField

LONGEST_EMAIL = 254


class LoginForm(FocusFirstField, AuthenticationForm):
    username = UsernameField(label=_("User name or e-mail address"), max_length=LONGEST_EMAIL)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Django puts the length of a user name here, which an e-mail address may exceed.
        self.fields["username"].widget.attrs["maxlength"] = LONGEST_EMAIL

    def get_invalid_login_error(self) -> ValidationError:
        return ValidationError(_("There is no account with this name and this password."), code="invalid_login")
