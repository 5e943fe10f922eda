"""Pages for accounts: log-in, sign-up, passwords, profile, and the language switch for everybody."""

from typing import Any

from axes.utils import reset as unlock_login
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout, views
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import PasswordChangeForm, PasswordResetForm, SetPasswordForm
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language_from_request, override
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST
from django.views.generic import FormView, UpdateView

from accounts.forms import (
    ChangePasswordForm,
    DeleteAccountForm,
    LoginForm,
    NewPasswordForm,
    ProfileForm,
    ResetPasswordForm,
    SignUpForm,
)
from accounts.models import User
from accounts.rate_limits import check_client_rate_limit, render_wait_page
from accounts.services import UsernameOrEmailTaken, delete_account, save_account
from accounts.signals import account_deleted

LOGIN_BACKEND = "accounts.backends.UsernameOrEmailBackend"
RESETS_PER_HOUR = 10  # for an IP address; so that nobody's mailbox can be flooded
LANGUAGE_COOKIE_SECONDS = 60 * 60 * 24 * 365


# --- Log-in and sign-up ---


class Login(views.LoginView):
    form_class = LoginForm
    template_name = "accounts/login.html"
    redirect_authenticated_user = True
    extra_context = {"site_name": settings.SITE_NAME}  # Django would put the host name

    def get_redirect_url(self, *args: Any) -> str:
        url = super().get_redirect_url(*args)
        # Back to the log-in page would be a loop, which Django answers with an error.
        return "" if url.split("?")[0] == self.request.path else url


# Also for people whose session has ended meanwhile: they would be sent back to it by GET, which it refuses.
@method_decorator(login_not_required, name="dispatch")
class Logout(views.LogoutView):
    pass


def show_lockout(
    request: HttpRequest, response: HttpResponse | None, credentials: dict[str, Any] | None
) -> HttpResponse:
    """Return what axes answers with while a name is locked for an IP address."""
    return render_wait_page(request, "accounts/locked.html", wait=settings.AXES_COOLOFF_TIME)


@method_decorator([login_not_required, sensitive_post_parameters(), never_cache], name="dispatch")
class SignUp(views.RedirectURLMixin, FormView):
    form_class = SignUpForm
    template_name = "accounts/signup.html"
    next_page = settings.LOGIN_REDIRECT_URL

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            return redirect(self.get_success_url())
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: SignUpForm) -> HttpResponse:
        if refused := check_client_rate_limit(self.request, scope="signup", limit=settings.SIGNUPS_PER_HOUR):
            return refused
        user = form.save(commit=False)
        try:
            save_account(user=user)
        except UsernameOrEmailTaken:
            form.add_error(None, _("This username or email address was just taken."))
            return self.form_invalid(form)
        login(self.request, user, backend=LOGIN_BACKEND)
        return super().form_valid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(next=self.get_redirect_url(), **kwargs)


# --- Passwords ---


class ChangePassword(views.PasswordChangeView):
    form_class = ChangePasswordForm
    template_name = "accounts/password_change.html"
    success_url = reverse_lazy("accounts:profile")

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        messages.success(self.request, _("Your password was changed."))
        return super().form_valid(form)


class ResetPassword(views.PasswordResetView):
    form_class = ResetPasswordForm
    template_name = "accounts/password_reset.html"
    subject_template_name = "accounts/password_reset_subject.txt"
    email_template_name = "accounts/password_reset_email.txt"
    extra_email_context = {"site_name": settings.SITE_NAME}  # Django would put the host name
    success_url = reverse_lazy("accounts:password_reset_done")

    def form_valid(self, form: PasswordResetForm) -> HttpResponse:
        if refused := check_client_rate_limit(self.request, scope="reset", limit=RESETS_PER_HOUR):
            return refused
        return super().form_valid(form)


class ResetPasswordDone(views.PasswordResetDoneView):
    template_name = "accounts/password_reset_done.html"


class ResetPasswordConfirm(views.PasswordResetConfirmView):
    form_class = NewPasswordForm
    template_name = "accounts/password_reset_confirm.html"
    success_url = reverse_lazy("accounts:password_reset_complete")

    def form_valid(self, form: SetPasswordForm) -> HttpResponse:
        # The link came by e-mail: this is the owner, whom earlier failures should not keep out.
        unlock_login(username=form.user.username_key)
        return super().form_valid(form)


class ResetPasswordComplete(views.PasswordResetCompleteView):
    template_name = "accounts/password_reset_complete.html"


# --- Profile ---


@method_decorator(sensitive_post_parameters("password"), name="dispatch")
class Profile(UpdateView):
    form_class = ProfileForm
    template_name = "accounts/profile.html"
    success_url = reverse_lazy("accounts:profile")
    context_object_name = "person"  # not `user`: the form changes this one before it is known to be right

    def get_object(self, queryset: Any = None) -> User:
        return User.objects.get_by_natural_key(self.request.user.get_username())

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request}

    def form_valid(self, form: ModelForm) -> HttpResponse:
        try:
            save_account(user=form.instance)
        except UsernameOrEmailTaken:
            form.add_error("email", _("An account with this email address already exists."))
            return self.form_invalid(form)
        response = redirect(self.get_success_url())
        if "language" in form.changed_data:
            _set_language_cookie(response, form.instance.language)
        with override(form.instance.language or get_language_from_request(self.request)):
            messages.success(self.request, _("Your profile was saved."))
        return response


@method_decorator(sensitive_post_parameters("password"), name="dispatch")
class DeleteAccount(FormView):
    form_class = DeleteAccountForm
    template_name = "accounts/delete.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request}

    def form_valid(self, form: DeleteAccountForm) -> HttpResponse:
        delete_account(user=User.objects.get_by_natural_key(self.request.user.get_username()))
        logout(self.request)
        messages.success(self.request, _("Your account and all your pictures were deleted."))
        account_deleted.send(sender=User, request=self.request)
        return redirect("landing")


# --- Language ---


# Without a token, so that a page which everybody sees is the same for everybody and caches may keep it. The session's
# cookie does not come along from other sites, so the worst that these could do is to change a visitor's language.
@csrf_exempt
@login_not_required
@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Keep the language in a cookie, and in the profile of who is logged in; go back to the page `next`."""
    next_url = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(next_url, {request.get_host()}, require_https=request.is_secure()):
        next_url = reverse("landing")
    response = HttpResponseRedirect(next_url)
    code = request.POST.get("language", "")
    if code in dict(settings.LANGUAGES):
        _set_language_cookie(response, code)
        if request.user.is_authenticated:
            request.user.language = code
            request.user.save(update_fields=["language"])
    return response


def _set_language_cookie(response: HttpResponse, code: str) -> None:
    """Set the cookie that decides for people who are not logged in; delete it for "", so that the browser decides."""
    name = settings.LANGUAGE_COOKIE_NAME
    if code:
        response.set_cookie(
            name, code, max_age=LANGUAGE_COOKIE_SECONDS, secure=settings.HTTPS, httponly=True, samesite="Lax"
        )
    else:
        response.delete_cookie(name, samesite="Lax")
