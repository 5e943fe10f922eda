"""Logging in and out."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator

from accounts.forms.session import LoginForm
from accounts.responses import wait_page


class Login(LoginView):
    form_class = LoginForm
    template_name = "accounts/login.html"
    redirect_authenticated_user = True
    extra_context = {"site_name": settings.SITE_NAME}  # Django would put the host name

    def get_redirect_url(self, *args: Any) -> str:
        url = super().get_redirect_url(*args)
        # Back to the log-in page would be a loop, which Django answers with an error.
        return "" if url.split("?")[0] == self.request.path else url


# Also for people whose session has ended meanwhile: they would come back to it by GET, which it refuses.
@method_decorator(login_not_required, name="dispatch")
class Logout(LogoutView):
    pass


def locked_out(request: HttpRequest, response: HttpResponse | None, credentials: dict[str, Any] | None) -> HttpResponse:
    """What axes answers with while a name is locked for an address."""
    return wait_page(request, "accounts/locked.html", wait=settings.AXES_COOLOFF_TIME)
