from django import forms
from django.contrib.auth.forms import BaseUserCreationForm, UsernameField
from django.utils.translation import gettext_lazy as _

from accounts.forms.focus import FocusFirstField
from accounts.models import User


class SignUpForm(FocusFirstField, BaseUserCreationForm):
    class Meta:
        model = User
        fields = ("username", "email")
        field_classes = {"username": UsernameField}
        widgets = {"email": forms.EmailInput(attrs={"autocomplete": "email"})}
        help_texts = {
            "username": _("Letters, digits and . + - _, up to 60 characters."),
            "email": _(
                "For logging in, for a new password when you forget yours, and for notices if you ask for them."
            ),
        }
