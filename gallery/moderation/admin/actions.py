"""What staff do from a list: publish, reject, hide and delete, for selected rows or with the buttons of one."""

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

from gallery.access import require_user
from gallery.models import Exhibit, ExhibitState, ModerationAction
from gallery.moderation.admin.base import StaffListAdmin
from gallery.moderation.admin.reasons import (
    MAX_WORKS_PER_REASON,
    ReasonPage,
    make_reason_form,
    render_reason_page,
    too_many_works_text,
)
from gallery.moderation.admin.widgets import before_after_html, caption, parse_seen_versions
from gallery.moderation.services import DecisionOutcome, decide, delete_by_staff
from gallery.responses import warn_of_failed_deletions


class ModerationAdmin(StaffListAdmin):
    """Rows that stand for works. Only submitted ones are decided about; the message says how many others there were."""

    def exhibits_of(self, rows: QuerySet) -> QuerySet[Exhibit]:
        """Return the exhibits that the rows stand for, private ones included."""
        raise NotImplementedError

    def count_works(self, rows: QuerySet) -> int:
        """Return how many works the rows stand for."""
        return rows.count()

    @admin.action(description=_("Publish"), permissions=["moderate"])
    def publish(self, request: HttpRequest, queryset: QuerySet) -> None:
        self._decide(request, queryset, ModerationAction.PUBLISH)

    @admin.action(description=_("Reject with a reason"), permissions=["moderate"])
    def reject(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        return self._decide_with_reason(request, queryset, ModerationAction.REJECT)

    @admin.action(description=_("Hide with a reason"), permissions=["moderate"])
    def hide(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        return self._decide_with_reason(request, queryset, ModerationAction.HIDE)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the list; also handle the buttons in its rows, so that its filters stay as they are."""
        if "one" in request.POST:
            return self._press_button(request, request.POST["one"]) or HttpResponseRedirect(request.get_full_path())
        return super().changelist_view(request, extra_context)

    def _press_button(self, request: HttpRequest, value: str) -> HttpResponse | None:
        """Do what the button of one row says: its value is an action, a colon, and the row's key."""
        action, _colon, key = value.partition(":")
        if not self.has_moderate_permission(request):
            raise PermissionDenied
        row = self.find_row(request, key)
        actions = [name for name in self.actions or () if name in ModerationAction.values]
        if action in actions and row.exists():
            return getattr(self, action)(request, row)
        self.warn_that_row_is_gone(request)
        return None

    def _decide_with_reason(
        self, request: HttpRequest, rows: QuerySet, action: ModerationAction
    ) -> HttpResponse | None:
        """Return the page that asks for the reason; once it is given, decide."""
        form = make_reason_form(request, action)
        if form.is_valid():
            self._decide(request, rows, action, form.cleaned_data["reason"])
            return None
        exhibits = list(self._submitted_exhibits(rows)[: MAX_WORKS_PER_REASON + 1])
        if not exhibits:
            self._decide(request, rows, action)  # says why nothing comes of it
            return None
        if len(exhibits) > MAX_WORKS_PER_REASON:
            self.message_user(request, too_many_works_text(MAX_WORKS_PER_REASON), messages.WARNING)
            return None
        page = ReasonPage(
            action=action,
            action_name=str(action),
            works=[(caption(exhibit), before_after_html(exhibit)) for exhibit in exhibits],
            exhibits=exhibits,
            private_count=self.count_works(rows) - len(exhibits),
        )
        return render_reason_page(self, request, rows, form, page)

    def _submitted_exhibits(self, rows: QuerySet) -> QuerySet[Exhibit]:
        return self.exhibits_of(rows).exclude(state=ExhibitState.WITHDRAWN).select_related("job__video").order_by("pk")

    def _decide(self, request: HttpRequest, rows: QuerySet, action: ModerationAction, reason: str = "") -> None:
        total, exhibits = self.count_works(rows), list(self._submitted_exhibits(rows))
        outcome = decide(
            exhibits=exhibits,
            action=action,
            decided_by=require_user(request),
            reason=reason,
            seen_versions=parse_seen_versions(request),
        )
        self._report_outcome(request, action, outcome, len(exhibits), total - len(exhibits))

    def _report_outcome(
        self, request: HttpRequest, action: ModerationAction, outcome: DecisionOutcome, submitted: int, private: int
    ) -> None:
        changed, outdated, unseen = (len(group) for group in (outcome.changed, outcome.outdated, outcome.unseen))
        unchanged = submitted - changed - outdated - unseen
        parts = [
            (changed, _changed_text(action, changed), messages.SUCCESS),
            (
                unchanged,
                ngettext("%(count)s work was not changed.", "%(count)s works were not changed.", unchanged),
                messages.INFO,
            ),
            (
                outdated,
                ngettext(
                    "%(count)s work was changed in the meantime. Please review it again.",
                    "%(count)s works were changed in the meantime. Please review them again.",
                    outdated,
                ),
                messages.WARNING,
            ),
            (
                unseen,
                ngettext(
                    "%(count)s work was not on the page, so it was not changed. Please review it first.",
                    "%(count)s works were not on the page, so they were not changed. Please review them first.",
                    unseen,
                ),
                messages.WARNING,
            ),
            (
                private,
                ngettext("%(count)s private work was skipped.", "%(count)s private works were skipped.", private),
                messages.WARNING,
            ),
        ]
        for count, text, level in parts:
            if count:
                self.message_user(request, text % {"count": count}, level)


def _changed_text(action: ModerationAction, count: int) -> str:
    texts = {
        ModerationAction.PUBLISH: ngettext("%(count)s work is published.", "%(count)s works are published.", count),
        ModerationAction.REJECT: ngettext("%(count)s work is rejected.", "%(count)s works are rejected.", count),
        ModerationAction.HIDE: ngettext("%(count)s work is hidden.", "%(count)s works are hidden.", count),
    }
    return texts[action]


class DeleteWithReasonAdmin(StaffListAdmin):
    """Rows of people, with pixels and bytes, that staff may delete: with a reason, and never without a trace."""

    def name_and_images(self, row: Any) -> tuple[str, SafeString]:
        """Return what the page that asks for the reason shows of a row."""
        raise NotImplementedError

    def deleted_text(self, count: int) -> str:
        """Return the message that so many are deleted."""
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
        form = make_reason_form(request, ModerationAction.DELETE)
        if form.is_valid():
            self._delete(request, queryset, form.cleaned_data["reason"])
            return None
        rows = list(queryset[: MAX_WORKS_PER_REASON + 1])
        if len(rows) > MAX_WORKS_PER_REASON:
            self.message_user(request, too_many_works_text(MAX_WORKS_PER_REASON), messages.WARNING)
            return None
        page = ReasonPage(
            action=ModerationAction.DELETE,
            action_name="delete_selected",
            works=[self.name_and_images(row) for row in rows],
        )
        return render_reason_page(self, request, queryset, form, page)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Delete one row from its own page, in the same way."""
        if not self.has_delete_permission(request):
            raise PermissionDenied
        back = HttpResponseRedirect(reverse(f"admin:gallery_{self.opts.model_name}_changelist"))
        row = self.find_row(request, object_id)
        if not row.exists():
            self.warn_that_row_is_gone(request)
            return back
        return self.delete_selected(request, row) or back

    def _delete(self, request: HttpRequest, rows: QuerySet, reason: str) -> None:
        self.log_deletions(request, rows)
        count = delete_by_staff(works=list(rows), decided_by=require_user(request), reason=reason)
        self.message_user(request, self.deleted_text(count), messages.SUCCESS)
        warn_of_failed_deletions(request)
