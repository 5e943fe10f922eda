"""Making an account."""

from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import RedirectURLMixin
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView

from accounts.forms.signup import SignUpForm
from accounts.responses import refusal
from accounts.services import Taken, save_account

BACKEND = "accounts.backends.UsernameOrEmailBackend"


@method_decorator([login_not_required, sensitive_post_parameters(), never_cache], name="dispatch")
class SignUp(RedirectURLMixin, FormView):
    form_class = SignUpForm
    template_name = "accounts/signup.html"
    next_page = settings.LOGIN_REDIRECT_URL

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            return redirect(self.get_success_url())
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: SignUpForm) -> HttpResponse:
        if refused := refusal(self.request, scope="signup", limit=settings.SIGNUPS_PER_HOUR):
            return refused
        user = form.save(commit=False)
        try:
            save_account(user=user)
        except Taken:
            form.add_error(None, _("Somebody took this name or this e-mail address just now."))
            return self.form_invalid(form)
        login(self.request, user, backend=BACKEND)
        return super().form_valid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(next=self.get_redirect_url(), **kwargs)
