"""What the lists of staff have in common: they show rows, and change nothing by a form."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
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
    """A list of rows that the site writes and only its services change."""

    # Columns of images and buttons, whose URLs refuse staff who do not moderate.
    moderator_fields: Sequence[str] = ()
    # Old names of fields by which the list is filtered, with the new ones: bookmarks may hold the old.
    renamed_fields: Mapping[str, str] = {}

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        """Return whether actions with `permissions=["moderate"]` are offered."""
        return is_moderator(request.user)

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        names = self._visible_fields(request, super().get_list_display(request))
        if request.user.has_perm("accounts.view_user"):
            return names
        return [name.removesuffix("_link") for name in names]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return self._visible_fields(request, super().get_fields(request, obj))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        renamed = [name for name in request.GET if name.partition("__")[0] in self.renamed_fields]
        if renamed:
            query = request.GET.copy()
            for name in renamed:
                field, separator, lookup = name.partition("__")
                query.setlist(f"{self.renamed_fields[field]}{separator}{lookup}", query.pop(name))
            if request.method != "POST":
                return HttpResponseRedirect(f"{request.path}?{query.urlencode()}")
            request.GET = query  # type: ignore[assignment]  # a page of before the renaming, whose action still counts
        if not all(self.is_valid_key(key) for key in request.POST.getlist(ACTION_CHECKBOX_NAME)):
            self.warn_that_row_is_gone(request)
            return HttpResponseRedirect(request.get_full_path())
        return super().changelist_view(request, extra_context)

    def find_row(self, request: HttpRequest, key: str) -> QuerySet:
        """Return the row of that primary key, of those that are listed; none for what is no key."""
        rows = self.get_queryset(request)
        return rows.filter(pk=key) if self.is_valid_key(key) else rows.none()

    def is_valid_key(self, text: str) -> bool:
        """Return whether a row may have this primary key."""
        try:
            self.opts.pk.to_python(text)
        except ValidationError:
            return False
        return True

    def warn_that_row_is_gone(self, request: HttpRequest) -> None:
        text = gettext("It no longer exists, so nothing was changed.")
        self.message_user(request, text, messages.WARNING)

    @admin.display(description=_("style"), ordering="style")
    def style_title(self, row: Any) -> str:
        return style_title(row.style)

    @admin.display(description=_("owner"), ordering="owner__username_key")
    def owner_link(self, row: Any) -> SafeString:
        return user_link(row.owner)

    def _visible_fields(self, request: HttpRequest, names: Sequence[Any]) -> list[Any]:
        hidden = () if self.has_moderate_permission(request) else self.moderator_fields
        return [name for name in names if name not in hidden]


def style_title(style: str) -> str:
    """Return a style's title in the current language, or a readable name where it is no longer in the manifest."""
    return get_style_titles(get_language() or "en")[style]


def user_link(user: User) -> SafeString:
    """Return the name as a link to the person's page."""
    return format_html('<a href="{}">{}</a>', reverse("admin:accounts_user_change", args=[user.pk]), user)


def history_html(events: Iterable[tuple[datetime, str, str]]) -> SafeString:
    """Return (time, event, reason) as lines one below the other."""
    rows = ((date_format(timezone.localtime(time), "DATETIME_FORMAT"), event, reason) for time, event, reason in events)
    return format_html_join("", '<p class="line">{} – {} <q>{}</q></p>', rows)
