"""Accounts, as moderators of the gallery see them: a deactivated person may still have published works."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.admin import AccountAdmin
from accounts.models import User
from gallery.access import is_moderator, require_user
from gallery.locks import ObjectDeleted, lock_users
from gallery.models import Exhibit, ExhibitState, ModerationAction
from gallery.moderation.services import decide

# Others see works in these states, or would as soon as somebody approves them.
VISIBLE_STATES = (ExhibitState.PUBLISHED, ExhibitState.WAITING)

admin.site.unregister(User)


@admin.register(User)
class GalleryAccountAdmin(AccountAdmin):
    actions = ("deactivate", "deactivate_and_hide", "reactivate")

    def has_hide_permission(self, request: HttpRequest) -> bool:
        return self.has_change_permission(request) and is_moderator(request.user)

    @admin.action(description=gettext_lazy("Deactivate (can no longer log in)"), permissions=["change"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        super().deactivate(request, queryset)
        self._warn_of_published_works(request, self.exclude_protected(request, queryset))

    @admin.action(description=gettext_lazy("Deactivate and hide works"), permissions=["hide"])
    def deactivate_and_hide(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Deactivate accounts and hide their works, also of those that are deactivated already."""
        self.deactivate_users(request, queryset)
        visible = Exhibit.objects.filter(owner__in=self.exclude_protected(request, queryset), state__in=VISIBLE_STATES)
        outcome = decide(
            exhibits=visible,
            action=ModerationAction.HIDE,
            decided_by=require_user(request),
            reason=_("The account is deactivated."),
        )
        text = ngettext("%(count)s work is hidden.", "%(count)s works are hidden.", len(outcome.changed))
        self.message_user(request, text % {"count": len(outcome.changed)}, messages.SUCCESS)

    def save_model(self, request: HttpRequest, obj: User, form: Form, change: bool) -> None:
        if change:
            # Another name changes the exhibits; and the history, which comes after them, names who changed it.
            with suppress(ObjectDeleted):
                lock_users(require_user(request).pk, obj.pk)
        super().save_model(request, obj, form, change)
        if "is_active" in form.changed_data and not obj.is_active:
            self._warn_of_published_works(request, [obj])

    def _warn_of_published_works(self, request: HttpRequest, people: Iterable[Any]) -> None:
        count = Exhibit.objects.filter(owner__in=people, state=ExhibitState.PUBLISHED).count()
        if count:
            text = ngettext(
                "%(count)s of their works is still published.", "%(count)s of their works are still published.", count
            )
            self.message_user(request, text % {"count": count}, messages.WARNING)
