from collections.abc import Iterator
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from accounts.forms.confirmation import OwnPassword, password_field
from accounts.forms.focus import FocusFirstField
from accounts.models import User
from accounts.names import email_key


def _languages() -> Iterator[tuple[str, Any]]:
    """Each in its own name, for whoever does not read the one that is on."""
    yield "", _("As my browser asks for")
    for code, _name in settings.LANGUAGES:
        yield code, get_language_info(code)["name_local"]


class ProfileForm(OwnPassword, forms.ModelForm):
    language = forms.ChoiceField(label=_("Language"), choices=_languages, required=False)
    password = password_field(required=False, help_text=_("Only needed to change the e-mail address."))

    class Meta:
        model = User
        fields = ("email", "language", "wants_mail")
        widgets = {"email": forms.EmailInput(attrs={"autocomplete": "email"})}

    @sensitive_variables("cleaned")
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        # Whoever can change the address can have a new password sent to it.
        if email_key(cleaned.get("email", self.instance.email)) != self.instance.email:
            self.check_password(cleaned.get("password", ""))
        return cleaned


class DeleteAccountForm(FocusFirstField, OwnPassword, forms.Form):
    password = password_field()

    @sensitive_variables("cleaned")
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "password" in cleaned:
            self.check_password(cleaned["password"])
        return cleaned
