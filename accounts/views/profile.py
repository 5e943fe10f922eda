"""A person's own account."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.forms import ModelForm
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import get_language_from_request, override
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView, UpdateView

from accounts import languages
from accounts.forms.profile import DeleteAccountForm, ProfileForm
from accounts.models import User
from accounts.services import Taken, delete_account, save_account


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
        except Taken:
            form.add_error("email", _("There is an account with this e-mail already."))
            return self.form_invalid(form)
        response = redirect(self.get_success_url())
        if "language" in form.changed_data:
            languages.remember(response, form.instance.language)
        with override(form.instance.language or get_language_from_request(self.request)):
            messages.success(self.request, _("Your profile is saved."))
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
        messages.success(self.request, _("Your account and all your pictures are deleted."))
        return redirect("landing")
