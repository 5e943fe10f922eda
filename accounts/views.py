"""Pages for accounts: log-in, sign-up, passwords, profile, and the language switch for everybody."""

from http import HTTPStatus
from typing import Any

from axes.utils import reset as unlock_login
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout, views
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import get_language_from_request, override
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST
from django.views.generic import FormView, UpdateView, View

from accounts.absolute_urls import get_origin
from accounts.client_ip import get_client_ip
from accounts.forms import (
    ChangePasswordForm,
    DeleteAccountForm,
    LoginForm,
    NewPasswordForm,
    ProfileForm,
    ResetPasswordForm,
    SignUpForm,
)
from accounts.hashers import TooManyHashes
from accounts.mail.outbox import enqueue_mail
from accounts.models import User, normalize_email
from accounts.rate_limits import RateLimitExceeded, acquire, check_client_rate_limit, render_wait_page
from accounts.redirects import SafeRedirectMixin, get_next_url
from accounts.services import (
    BadEmailLink,
    UsernameOrEmailTaken,
    claim_email,
    create_account,
    delete_account,
    read_email_token,
    verify_email,
)
from accounts.signals import account_deleted

LOGIN_BACKEND = "accounts.backends.UsernameOrEmailBackend"
RESETS_PER_HOUR = 10  # for an IP address; so that nobody's mailbox can be flooded
TAKEN_NAMES_PER_HOUR = 30  # how often an IP address is told that a name is taken
LINKS_PER_HOUR = 5  # to confirm an address, for a person
LANGUAGE_COOKIE_SECONDS = 60 * 60 * 24 * 365


# --- Log-in and sign-up ---


class Login(SafeRedirectMixin, views.LoginView):
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
class Logout(SafeRedirectMixin, views.LogoutView):
    pass


def show_lockout(
    request: HttpRequest, response: HttpResponse | None, credentials: dict[str, Any] | None
) -> HttpResponse:
    """Return what axes answers with while a name is locked for an IP address, or the address for all names."""
    if wait := getattr(request, "login_wait", None):
        return render_wait_page(request, "accounts/too_many.html", wait=wait)
    return render_wait_page(request, "accounts/locked.html", wait=settings.AXES_COOLOFF_TIME)


@method_decorator([login_not_required, sensitive_post_parameters(), never_cache], name="dispatch")
class SignUp(SafeRedirectMixin, FormView):
    form_class = SignUpForm
    template_name = "accounts/signup.html"
    next_page = settings.LOGIN_REDIRECT_URL

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            return HttpResponseRedirect(self.get_success_url())
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: SignUpForm) -> HttpResponse:
        # Counted before the password is hashed, which takes long; not where it could not be.
        try:
            attempt = acquire(scope="signup", key=get_client_ip(self.request) or "", limit=settings.SIGNUPS_PER_HOUR)
        except RateLimitExceeded as error:
            return render_wait_page(self.request, "accounts/too_many.html", wait=error.wait)
        try:
            user = form.save(commit=False)
        except TooManyHashes:
            attempt.delete()
            raise
        try:
            create_account(user=user, base_url=get_origin(self.request))
        except UsernameOrEmailTaken:
            form.add_error(None, _("This username was just taken."))
            return self.form_invalid(form)
        login(self.request, user, backend=LOGIN_BACKEND)
        _say_that_link_was_sent(self.request, user)
        return super().form_valid(form)

    def form_invalid(self, form: SignUpForm) -> HttpResponse:
        """Say what is wrong; whether a name is taken only so often."""
        if form.has_error("username", "unique"):
            refused = check_client_rate_limit(self.request, scope="signup_name", limit=TAKEN_NAMES_PER_HOUR)
            if refused:
                return refused
        return super().form_invalid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(next=self.get_redirect_url(), **kwargs)


# --- Passwords ---


class ChangePassword(views.PasswordChangeView):
    form_class = ChangePasswordForm
    template_name = "accounts/password_change.html"
    success_url = reverse_lazy("accounts:profile")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request}

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        messages.success(self.request, _("Your password was changed."))
        return super().form_valid(form)


@method_decorator(login_not_required, name="dispatch")
class ResetPassword(FormView):
    form_class = ResetPasswordForm
    template_name = "accounts/password_reset.html"
    success_url = reverse_lazy("accounts:password_reset_done")

    def form_valid(self, form: ResetPasswordForm) -> HttpResponse:
        if refused := check_client_rate_limit(self.request, scope="reset", limit=RESETS_PER_HOUR):
            return refused
        # Whose address this is, is looked up when the mail is sent: neither page nor time tell.
        email = normalize_email(form.cleaned_data["email"])
        enqueue_mail("password_reset", email=email, base_url=get_origin(self.request))
        return super().form_valid(form)


class ResetPasswordDone(views.PasswordResetDoneView):
    template_name = "accounts/password_reset_done.html"


class ResetPasswordConfirm(views.PasswordResetConfirmView):
    form_class = NewPasswordForm
    template_name = "accounts/password_reset_confirm.html"
    success_url = reverse_lazy("accounts:password_reset_complete")

    def form_valid(self, form: SetPasswordForm) -> HttpResponse:
        # The link came by e-mail: this is the owner, whom earlier failures should not keep out.
        form.user.email_verified = True
        unlock_login(username=form.user.username_key)
        return super().form_valid(form)


class ResetPasswordComplete(views.PasswordResetCompleteView):
    template_name = "accounts/password_reset_complete.html"


# --- E-mail addresses ---


def _say_that_link_was_sent(request: HttpRequest, user: User) -> None:
    if settings.EMAIL_VERIFICATION:
        text = _("We sent an email to %(email)s. Open the link in it to confirm the address.")
        messages.info(request, text % {"email": user.pending_email or user.email})


@require_POST
def resend_email_link(request: HttpRequest) -> HttpResponse:
    """Send the link to confirm an address again."""
    user = User.objects.get_by_natural_key(request.user.get_username())
    if settings.EMAIL_VERIFICATION and not user.is_email_confirmed:
        try:
            acquire(scope="verify", key=str(user.pk), limit=LINKS_PER_HOUR)
        except RateLimitExceeded as error:
            return render_wait_page(request, "accounts/too_many.html", wait=error.wait)
        email = user.pending_email or user.email
        enqueue_mail("verify_email", recipient=user, email=email, base_url=get_origin(request))
        _say_that_link_was_sent(request, user)
    return redirect("accounts:profile")


# By a button: programs that look into mails follow links, and would confirm an address for somebody else.
@method_decorator([login_not_required, never_cache], name="dispatch")
class VerifyEmail(View):
    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        try:
            user, email = read_email_token(token)
        except BadEmailLink:
            return self._refuse()
        return render(request, "accounts/verify_email.html", {"person": user, "email": email})

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        try:
            verify_email(token=token)
        except BadEmailLink:
            return self._refuse()
        messages.success(request, _("Your email address is confirmed."))
        return redirect("accounts:profile" if request.user.is_authenticated else "accounts:login")

    def _refuse(self) -> HttpResponse:
        return render(self.request, "accounts/verify_email.html", {"email": ""}, status=HTTPStatus.NOT_FOUND)


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

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(verifies_email=settings.EMAIL_VERIFICATION, **kwargs)

    def form_valid(self, form: ProfileForm) -> HttpResponse:  # type: ignore[override]
        form.instance.save(update_fields=["language", "wants_mail"])
        if has_new_email := form.has_new_email:
            email = form.cleaned_data["email"]
            claim_email(user=form.instance, email=email, base_url=get_origin(self.request))
        response = redirect(self.get_success_url())
        if "language" in form.changed_data:
            _set_language_cookie(response, form.instance.language)
        with override(form.instance.language or get_language_from_request(self.request)):
            messages.success(self.request, _("Your profile was saved."))
            if has_new_email:
                _say_that_link_was_sent(self.request, form.instance)
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
    response = HttpResponseRedirect(get_next_url(request) or reverse("landing"))
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
            name,
            code,
            max_age=LANGUAGE_COOKIE_SECONDS,
            path=settings.LANGUAGE_COOKIE_PATH,
            secure=settings.HTTPS,
            httponly=True,
            samesite="Lax",
        )
    else:
        response.delete_cookie(name, path=settings.LANGUAGE_COOKIE_PATH, samesite="Lax")
