from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables


class OwnPassword(forms.BaseForm):
    """A form on which people who are logged in type their password again.

    The field has to be called `password`: axes masks that name in what it notes about failures.
    """

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        self.request = request
        super().__init__(*args, **kwargs)

    @sensitive_variables("password")
    def check_password(self, password: str) -> None:
        """Goes the way of a log-in, so that guesses here count and lock like those on the log-in page."""
        username = self.request.user.get_username()
        if not password or authenticate(self.request, username=username, password=password) is None:
            raise ValidationError({"password": _("This is not your password.")}, code="password")


def password_field(**options: Any) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": "current-password"})
    return forms.CharField(label=_("Your password"), strip=False, widget=widget, **options)
