"""Changing the password, and getting a new one by e-mail."""

from axes.utils import reset as unlock
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views
from django.contrib.auth.forms import PasswordChangeForm, PasswordResetForm, SetPasswordForm
from django.http import HttpResponse
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from accounts.forms.password import ChangeForm, ChooseForm, ResetForm
from accounts.responses import refusal

RESETS_PER_HOUR = 10  # an address; so that nobody's mailbox can be flooded


class Change(views.PasswordChangeView):
    form_class = ChangeForm
    template_name = "accounts/password_change.html"
    success_url = reverse_lazy("accounts:profile")

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        messages.success(self.request, _("Your password is changed."))
        return super().form_valid(form)


class Reset(views.PasswordResetView):
    form_class = ResetForm
    template_name = "accounts/password_reset.html"
    subject_template_name = "accounts/password_reset_subject.txt"
    email_template_name = "accounts/password_reset_email.txt"
    extra_email_context = {"site_name": settings.SITE_NAME}  # Django would put the host name
    success_url = reverse_lazy("accounts:password_reset_done")

    def form_valid(self, form: PasswordResetForm) -> HttpResponse:
        if refused := refusal(self.request, scope="reset", limit=RESETS_PER_HOUR):
            return refused
        return super().form_valid(form)


class ResetDone(views.PasswordResetDoneView):
    template_name = "accounts/password_reset_done.html"


class ResetConfirm(views.PasswordResetConfirmView):
    form_class = ChooseForm
    template_name = "accounts/password_reset_confirm.html"
    success_url = reverse_lazy("accounts:password_reset_complete")

    def form_valid(self, form: SetPasswordForm) -> HttpResponse:
        # The link came by e-mail: this is the owner, whom earlier failures should not keep out.
        unlock(username=form.user.username_key)
        return super().form_valid(form)


class ResetComplete(views.PasswordResetCompleteView):
    template_name = "accounts/password_reset_complete.html"
