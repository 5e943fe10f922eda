"""Forms for accounts: log-in, sign-up, passwords, profile."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.forms import (
    AdminPasswordChangeForm,
    AuthenticationForm,
    BaseUserCreationForm,
    PasswordChangeForm,
    SetPasswordForm,
    UsernameField,
)
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from accounts.mail.outbox import enqueue_mail
from accounts.models import User, normalize_email

MAX_EMAIL_LENGTH = 254


class AutofocusMixin(forms.BaseForm):
    """Puts the focus on the first field of a fresh form; one with errors gives it to the summary of errors."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number, field in enumerate(self.fields.values()):
            field.widget.attrs.pop("autofocus", None)
            if number == 0 and not self.is_bound:
                field.widget.attrs["autofocus"] = True


@sensitive_variables("password")
def is_current_password(request: HttpRequest, password: str) -> bool:
    """Return whether this is the password of who is logged in.

    It goes the way of a log-in, so that guesses here count and lock like those on the log-in page.
    """
    username = request.user.get_username()
    return bool(password) and authenticate(request, username=username, password=password) is not None


class PasswordConfirmationMixin(forms.BaseForm):
    """A form on which people who are logged in type their password again.

    The field has to be called `password`: axes masks that name in what it notes about failures.
    """

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        self.request = request
        super().__init__(*args, **kwargs)

    @sensitive_variables("password")
    def check_password(self, password: str) -> None:
        """Raise ValidationError if `password` is wrong."""
        if not is_current_password(self.request, password):
            raise ValidationError({"password": _("Incorrect password.")}, code="password")


def _current_password_field(**options: Any) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": "current-password"})
    return forms.CharField(label=_("Current password"), strip=False, widget=widget, **options)


# --- Log-in and sign-up ---


class LoginForm(AutofocusMixin, AuthenticationForm):
    username = UsernameField(label=_("Username or email address"), max_length=MAX_EMAIL_LENGTH)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Django puts the length of a user name here, which an e-mail address may exceed.
        self.fields["username"].widget.attrs["maxlength"] = MAX_EMAIL_LENGTH

    def get_invalid_login_error(self) -> ValidationError:
        return ValidationError(_("Incorrect username or password."), code="invalid_login")


def get_email_help_text() -> Any:
    if settings.EMAIL_VERIFICATION:
        return _("Once confirmed: to log in, to reset your password, and for notifications if you turn them on.")
    return _("To log in, unless another account has it, and for notifications if you turn them on.")


class SignUpForm(AutofocusMixin, BaseUserCreationForm):
    class Meta:
        model = User
        fields = ("username", "email")
        field_classes = {"username": UsernameField}
        widgets = {"email": forms.EmailInput(attrs={"autocomplete": "email"})}
        help_texts = {"username": _("Letters, digits and . + - _, up to 60 characters.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].required = True
        self.fields["email"].help_text = get_email_help_text()

    def _get_validation_exclusions(self) -> set[str]:
        """Leave out whether somebody has this address: that is nobody else's business, and comes out by mail."""
        return super()._get_validation_exclusions() | {"email"}  # type: ignore[misc]


# --- Passwords ---


class PasswordNoticeMixin(forms.BaseForm):
    """A form that sets a password, and tells the account's address so: it may have been somebody else."""

    def save(self, commit: bool = True) -> User:
        user: User = super().save(commit)  # type: ignore[misc]
        enqueue_mail("password_changed", recipient=user)
        return user


class ChangePasswordForm(PasswordNoticeMixin, AutofocusMixin, PasswordChangeForm):
    """The old password and a new one, for who is logged in."""

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        self.request = request
        super().__init__(*args, **kwargs)

    @sensitive_variables("old_password")
    def clean_old_password(self) -> str:
        old_password = self.cleaned_data["old_password"]
        if not is_current_password(self.request, old_password):
            raise ValidationError(self.error_messages["password_incorrect"], code="password_incorrect")
        return old_password


class NewPasswordForm(PasswordNoticeMixin, AutofocusMixin, SetPasswordForm):
    """A new password, for who came by the link in the e-mail."""


class StaffPasswordForm(PasswordNoticeMixin, AdminPasswordChangeForm):
    """A new password that a superuser sets for somebody."""


class ResetPasswordForm(AutofocusMixin, forms.Form):
    email = forms.EmailField(
        label=_("Email address"),
        max_length=MAX_EMAIL_LENGTH,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


# --- Profile ---


def _language_choices() -> Iterator[tuple[str, Any]]:
    """Yield each language in its own name, for whoever does not read the one that is on."""
    yield "", _("Use browser language")
    for code, _name in settings.LANGUAGES:
        yield code, get_language_info(code)["name_local"]


class ProfileForm(PasswordConfirmationMixin, forms.ModelForm):
    # Not the model's own field: whether somebody has this address comes out by mail.
    email = forms.EmailField(
        label=_("Email address"),
        max_length=MAX_EMAIL_LENGTH,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    language = forms.ChoiceField(label=_("Language"), choices=_language_choices, required=False)
    password = _current_password_field(required=False, help_text=_("Only needed to change the email address."))

    class Meta:
        model = User
        fields = ("language", "wants_mail")

    field_order = ("email",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].initial = self.instance.shown_email
        self.fields["email"].help_text = get_email_help_text()

    @property
    def has_new_email(self) -> bool:
        return normalize_email(self.cleaned_data["email"]) != self.instance.shown_email

    @sensitive_variables("cleaned")
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        # Whoever can change the address can have a new password sent to it.
        if "email" in cleaned and self.has_new_email:
            self.check_password(cleaned.get("password", ""))
        return cleaned


class DeleteAccountForm(AutofocusMixin, PasswordConfirmationMixin, forms.Form):
    password = _current_password_field()

    @sensitive_variables("cleaned")
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "password" in cleaned:
            self.check_password(cleaned["password"])
        return cleaned
