"""Publishing, rejecting and hiding from a list: for marked rows, or with the buttons of one."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from gallery.models import Exhibit, ExhibitState, ModerationAction
from gallery.moderation.admin.base import StaffListAdmin
from gallery.moderation.admin.pictures import before_after_html, caption
from gallery.moderation.admin.reasons import MAX_WORKS_PER_REASON, reason_form, reason_page, too_many
from gallery.moderation.admin.seen import parse_seen_versions
from gallery.moderation.services import decide_about


class ModerationAdmin(StaffListAdmin):
    """Rows that stand for works. Only submitted ones are decided about; how many others there were is told."""

    def exhibits_of(self, rows: QuerySet) -> QuerySet[Exhibit]:
        """The exhibits that the rows stand for, private ones included."""
        raise NotImplementedError

    def works_in(self, rows: QuerySet) -> int:
        """How many works the rows stand for."""
        return rows.count()

    @admin.action(description=gettext_lazy("Publish"), permissions=["moderate"])
    def publish(self, request: HttpRequest, queryset: QuerySet) -> None:
        self._decide(request, queryset, ModerationAction.PUBLISH)

    @admin.action(description=gettext_lazy("Reject with a reason"), permissions=["moderate"])
    def reject(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        return self._decide_with_reason(request, queryset, ModerationAction.REJECT)

    @admin.action(description=gettext_lazy("Hide with a reason"), permissions=["moderate"])
    def hide(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        return self._decide_with_reason(request, queryset, ModerationAction.HIDE)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list; also what the buttons in its rows send, so that its filters stay as they are."""
        if "one" in request.POST:
            return self._press(request, request.POST["one"]) or HttpResponseRedirect(request.get_full_path())
        return super().changelist_view(request, extra_context)

    def _press(self, request: HttpRequest, button: str) -> HttpResponse | None:
        """What the button of a row does: its action, a colon, and the row's key."""
        action, _colon, key = button.partition(":")
        if not self.has_moderate_permission(request):
            raise PermissionDenied
        row = self.get_queryset(request).filter(pk=key) if self.is_key(key) else self.model._default_manager.none()
        if action in self.button_actions and row.exists():
            return getattr(self, action)(request, row)
        self.tell_that_it_is_gone(request)
        return None

    @property
    def button_actions(self) -> list[str]:
        return [name for name in self.actions or () if name in ModerationAction.values]

    def _decide_with_reason(
        self, request: HttpRequest, rows: QuerySet, action: ModerationAction
    ) -> HttpResponse | None:
        """The page that asks for the reason; once it is given, the deed."""
        form = reason_form(request, action)
        if form.is_valid():
            self._decide(request, rows, action, form.cleaned_data["reason"])
            return None
        chosen = list(self._submitted(rows)[: MAX_WORKS_PER_REASON + 1])
        if not chosen:
            self._decide(request, rows, action)  # says why nothing comes of it
            return None
        if len(chosen) > MAX_WORKS_PER_REASON:
            self.message_user(request, too_many(MAX_WORKS_PER_REASON), messages.WARNING)
            return None
        works = [(caption(exhibit), before_after_html(exhibit)) for exhibit in chosen]
        private = self.works_in(rows) - len(chosen)
        return reason_page(
            self, request, rows, form, action=action, action_name=str(action), works=works, seen=chosen, private=private
        )

    def _submitted(self, rows: QuerySet) -> QuerySet[Exhibit]:
        return self.exhibits_of(rows).exclude(state=ExhibitState.WITHDRAWN).select_related("job__video").order_by("pk")

    def _decide(self, request: HttpRequest, rows: QuerySet, action: ModerationAction, reason: str = "") -> None:
        assert isinstance(request.user, User)  # noqa: S101 - staff are logged in
        total, chosen = self.works_in(rows), list(self._submitted(rows))
        outcome = decide_about(
            exhibits=chosen, action=action, decided_by=request.user, reason=reason, seen=parse_seen_versions(request)
        )
        changed, outdated, unseen = (len(some) for some in (outcome.changed, outcome.outdated, outcome.unseen))
        unchanged, private = len(chosen) - changed - outdated - unseen, total - len(chosen)
        told = [
            (changed, _done(action, changed), messages.SUCCESS),
            (unchanged, _unchanged(unchanged), messages.INFO),
            (outdated, _outdated(outdated), messages.WARNING),
            (unseen, _unseen(unseen), messages.WARNING),
            (private, _passed_over(private), messages.WARNING),
        ]
        for count, text, level in told:
            if count:
                self.message_user(request, text, level)


def _done(action: ModerationAction, count: int) -> str:
    texts = {
        ModerationAction.PUBLISH: ngettext("%(count)s work is published.", "%(count)s works are published.", count),
        ModerationAction.REJECT: ngettext("%(count)s work is rejected.", "%(count)s works are rejected.", count),
        ModerationAction.HIDE: ngettext("%(count)s work is hidden.", "%(count)s works are hidden.", count),
    }
    return texts[action] % {"count": count}


def _unchanged(count: int) -> str:
    text = ngettext("%(count)s work was not changed.", "%(count)s works were not changed.", count)
    return text % {"count": count}


def _outdated(count: int) -> str:
    text = ngettext(
        "%(count)s work was changed in the meantime. Please review it again.",
        "%(count)s works were changed in the meantime. Please review them again.",
        count,
    )
    return text % {"count": count}


def _unseen(count: int) -> str:
    text = ngettext(
        "%(count)s work was not on the page, so it was not changed. Please review it first.",
        "%(count)s works were not on the page, so they were not changed. Please review them first.",
        count,
    )
    return text % {"count": count}


def _passed_over(count: int) -> str:
    text = ngettext("%(count)s private work was skipped.", "%(count)s private works were skipped.", count)
    return text % {"count": count}
