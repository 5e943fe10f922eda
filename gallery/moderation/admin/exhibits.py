"""What was submitted to the gallery, and the log of what staff, and the site by itself, decided about it."""

from uuid import UUID

from django.contrib import admin
from django.db.models import Case, DateTimeField, F, QuerySet, When
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gallery.models import Decision, Exhibit, ExhibitState, ModerationAction
from gallery.moderation.admin.actions import ModerationAdmin
from gallery.moderation.admin.base import StaffListAdmin, history_html, style_title, user_link
from gallery.moderation.admin.filters import ExhibitStateFilter, StyleFilter
from gallery.moderation.admin.widgets import (
    BUTTONS_BY_STATE,
    LARGE,
    before_after_html,
    decision_buttons,
    seen_versions_input,
)

# What waits for review comes first, what has waited longest at the top.
WAITING_SINCE = Case(When(state=ExhibitState.WAITING, then=F("submitted")), output_field=DateTimeField())


@admin.register(Exhibit)
class ExhibitAdmin(ModerationAdmin):
    list_display = ("review", "title", "state", "owner_link", "kind", "style_title", "submitted", "reason")
    list_display_links = ("title",)
    list_filter = (ExhibitStateFilter, "kind", StyleFilter, "submitted")
    list_select_related = ("owner", "job__video")
    list_per_page = 20
    search_fields = ("title", "owner__username", "owner__email")
    search_help_text = _("Title, username or email address")
    ordering = (WAITING_SINCE.asc(nulls_last=True), "-submitted")
    actions = ("publish", "reject", "hide")
    moderator_fields = ("review", "pictures", "decide")
    fields = (
        *("pictures", "decide", "title", "owner_link", "kind", "style_title", "shows_photo"),
        *("state", "reason", "submitted", "published", "likes", "reports", "history"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Exhibit]:
        return super().get_queryset(request).exclude(state=ExhibitState.WITHDRAWN)

    def exhibits_of(self, rows: QuerySet) -> QuerySet[Exhibit]:
        return rows

    @admin.display(description=_("before and after"))
    def review(self, exhibit: Exhibit) -> SafeString:
        buttons = BUTTONS_BY_STATE[ExhibitState(exhibit.state)]
        images = before_after_html(exhibit, LARGE) + seen_versions_input([exhibit])
        return images + decision_buttons(exhibit, exhibit, buttons, in_list=True)

    @admin.display(description=_("before and after"))
    def pictures(self, exhibit: Exhibit) -> SafeString:
        return before_after_html(exhibit, LARGE)

    @admin.display(description=_("actions"))
    def decide(self, exhibit: Exhibit) -> SafeString:
        buttons = BUTTONS_BY_STATE[ExhibitState(exhibit.state)]
        return seen_versions_input([exhibit]) + decision_buttons(exhibit, exhibit, buttons, in_list=False)

    @admin.display(description=_("reports"))
    def reports(self, exhibit: Exhibit) -> SafeString:
        rows = exhibit.reports.order_by("-created")
        return history_html((report.created, report.get_reason_display(), report.text) for report in rows)

    @admin.display(description=_("decisions"))
    def history(self, exhibit: Exhibit) -> SafeString:
        decisions = exhibit.subject.decisions.select_related("decided_by").order_by("-created", "-pk")
        return history_html(
            (decision.created, f"{decision.get_action_display()}, {decider_name(decision)}", decision.reason)
            for decision in decisions
        )


def decider_name(decision: Decision) -> str:
    """Return who decided. The site alone hides without a reason: staff have to give one."""
    if decision.decided_by:
        return str(decision.decided_by)
    if decision.action == ModerationAction.HIDE and not decision.reason:
        return gettext("the site (after reports)")
    return gettext("a deleted account")


def _work_link(model: str, key: UUID, name: str, style: str) -> str:
    url = reverse(f"admin:gallery_{model}_change", args=[key])
    return format_html('<a href="{}">{} ({})</a>', url, name, style_title(style))


@admin.register(Decision)
class DecisionAdmin(StaffListAdmin):
    list_display = ("created", "action", "work_or_id", "decided_by_link", "reason")
    list_filter = ("action", "created")
    renamed_fields = {"act": "action", "at": "created"}
    list_select_related = ("work__photo", "job__video", "decided_by")
    search_fields = ("decided_by__username", "reason", "=work_key")
    search_help_text = _("Username of a moderator, reason or work ID")
    ordering = ("-created", "-pk")
    fields = ("created", "action", "work_or_id", "work_key", "decided_by_link", "reason")

    @admin.display(description=_("work"))
    def work_or_id(self, decision: Decision) -> str:
        if decision.work:
            return _work_link("work", decision.work_key, decision.work.photo.name, decision.work.style)
        if decision.job:
            return _work_link("videojob", decision.work_key, decision.job.video.name, decision.job.style)
        return str(decision.work_key)

    @admin.display(description=_("by"), ordering="decided_by__username_key")
    def decided_by_link(self, decision: Decision) -> str:
        return user_link(decision.decided_by) if decision.decided_by else decider_name(decision)
