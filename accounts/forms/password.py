from typing import Any

from django.contrib.auth.forms import PasswordChangeForm, PasswordResetForm, SetPasswordForm
from django.forms import EmailField, EmailInput
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from accounts.forms.focus import FocusFirstField


class ChangeForm(FocusFirstField, PasswordChangeForm):
    pass


class ChooseForm(FocusFirstField, SetPasswordForm):
    pass


class ResetForm(FocusFirstField, PasswordResetForm):
    email = EmailField(label=_("E-mail address"), max_length=254, widget=EmailInput(attrs={"autocomplete": "email"}))

    def send_mail(
        self, subject_template_name: str, email_template_name: str, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> None:
        """In the language of the profile, where it names one."""
        with translation.override(context["user"].language or translation.get_language()):
            super().send_mail(subject_template_name, email_template_name, context, *args, **kwargs)
