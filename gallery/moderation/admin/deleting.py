"""Staff delete what people made here: with a reason, with its files, and never without a trace."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import User
from gallery.models import ModerationAction
from gallery.moderation.admin.base import StaffListAdmin
from gallery.moderation.admin.reasons import MAX_WORKS_PER_REASON, reason_form, reason_page, too_many
from gallery.moderation.services import delete_by_staff


class DeleteWithReasonAdmin(StaffListAdmin):
    """Rows that `services.moderation.delete` takes: somebody's, with pixels and bytes."""

    def name_and_pictures(self, row: Any) -> tuple[str, SafeString]:
        """What the page that asks for the reason shows of a row."""
        raise NotImplementedError

    def deleted(self, count: int) -> str:
        """So many are deleted, in words."""
        text = ngettext("%(count)s work is deleted.", "%(count)s works are deleted.", count)
        return text % {"count": count}

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(f"gallery.delete_{self.opts.model_name}")

    @admin.display(description=_("pixels"))
    def dimensions(self, row: Any) -> str:
        return f"{row.width} × {row.height}"

    @admin.display(description=_("size"), ordering="bytes")
    def size(self, row: Any) -> str:
        return filesizeformat(row.bytes)

    # In place of the admin's own, which would leave the files behind, and nobody would know why.
    @admin.action(description=_("Delete with a reason"), permissions=["delete"])
    def delete_selected(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        form = reason_form(request, ModerationAction.DELETE)
        if form.is_valid():
            self._delete(request, queryset, form.cleaned_data["reason"])
            return None
        chosen = list(queryset[: MAX_WORKS_PER_REASON + 1])
        if len(chosen) > MAX_WORKS_PER_REASON:
            self.message_user(request, too_many(MAX_WORKS_PER_REASON), messages.WARNING)
            return None
        works = [self.name_and_pictures(row) for row in chosen]
        return reason_page(
            self, request, queryset, form, action=ModerationAction.DELETE, action_name="delete_selected", works=works
        )

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The same for one, from its own page."""
        if not self.has_delete_permission(request):
            raise PermissionDenied
        back = HttpResponseRedirect(reverse(f"admin:gallery_{self.opts.model_name}_changelist"))
        rows = self.get_queryset(request)
        row = rows.filter(pk=object_id) if self.is_key(object_id) else rows.none()
        if not row.exists():
            self.tell_that_it_is_gone(request)
            return back
        return self.delete_selected(request, row) or back

    def _delete(self, request: HttpRequest, rows: QuerySet, reason: str) -> None:
        assert isinstance(request.user, User)  # noqa: S101 - staff are logged in
        self.log_deletions(request, rows)
        count = delete_by_staff(works=list(rows), decided_by=request.user, reason=reason)
        self.message_user(request, self.deleted(count), messages.SUCCESS)
