"""What the lists of staff have in common: they show, and change nothing by a form."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.readonly_admin import ReadOnlyAdmin
from gallery.access import is_moderator
from gallery.styles import get_style_titles


class StaffListAdmin(ReadOnlyAdmin):
    """Rows come from the site and are changed by its services alone."""

    # Pictures and buttons that other staff would get no answer for.
    for_moderators: Sequence[str] = ()

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        """What actions with `permissions=["moderate"]` ask for."""
        return is_moderator(request.user)

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        names = self._allowed(request, super().get_list_display(request))
        if request.user.has_perm("accounts.view_user"):
            return names
        return [name.removesuffix("_link") for name in names]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return self._allowed(request, super().get_fields(request, obj))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not all(self.is_key(key) for key in request.POST.getlist(ACTION_CHECKBOX_NAME)):
            self.tell_that_it_is_gone(request)
            return HttpResponseRedirect(request.get_full_path())
        return super().changelist_view(request, extra_context)

    def is_key(self, text: str) -> bool:
        """Whether a row may have this key."""
        try:
            self.opts.pk.to_python(text)
        except ValidationError:
            return False
        return True

    def tell_that_it_is_gone(self, request: HttpRequest) -> None:
        text = gettext("It no longer exists, so nothing was changed.")
        self.message_user(request, text, messages.WARNING)

    @admin.display(description=_("style"), ordering="style")
    def style_title(self, row: Any) -> str:
        """For rows that have a style."""
        return style_title(row.style)

    @admin.display(description=_("owner"), ordering="owner__username_key")
    def owner_link(self, row: Any) -> SafeString:
        """For rows that have an owner."""
        return user_link(row.owner)

    def _allowed(self, request: HttpRequest, names: Sequence[Any]) -> list[Any]:
        hidden = () if self.has_moderate_permission(request) else self.for_moderators
        return [name for name in names if name not in hidden]


def style_title(style: str) -> str:
    """In the language of whoever looks; the id of a style that is no longer in the manifest."""
    return get_style_titles(get_language() or "en").get(style, style)


def user_link(user: User) -> SafeString:
    """A name that leads to the person's page."""
    return format_html('<a href="{}">{}</a>', reverse("admin:accounts_user_change", args=[user.pk]), user)


def history_html(told: Iterable[tuple[datetime, str, str]]) -> SafeString:
    """When, what and why, one below the other."""
    rows = ((date_format(timezone.localtime(at), "DATETIME_FORMAT"), what, why) for at, what, why in told)
    return format_html_join("", '<p class="line">{} – {} <q>{}</q></p>', rows)
