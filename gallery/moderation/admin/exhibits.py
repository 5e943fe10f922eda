"""What was submitted: what waits for review comes first, that which has waited longest at the top."""

from django.contrib import admin
from django.db.models import Case, DateTimeField, F, QuerySet, When
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from gallery.models import Exhibit, ExhibitState
from gallery.moderation.admin.base import history_html
from gallery.moderation.admin.buttons import ACTIONS_BY_STATE, decision_buttons
from gallery.moderation.admin.decisions import decider_name
from gallery.moderation.admin.filters import ExhibitStateFilter, StyleFilter
from gallery.moderation.admin.moderation import ModerationAdmin
from gallery.moderation.admin.pictures import LARGE, before_after_html
from gallery.moderation.admin.seen import seen_versions_input

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
    for_moderators = ("review", "pictures", "decide")
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
        shown = before_after_html(exhibit, LARGE) + seen_versions_input([exhibit])
        return shown + decision_buttons(exhibit, exhibit, ACTIONS_BY_STATE[ExhibitState(exhibit.state)], in_list=True)

    @admin.display(description=_("before and after"))
    def pictures(self, exhibit: Exhibit) -> SafeString:
        return before_after_html(exhibit, LARGE)

    @admin.display(description=_("actions"))
    def decide(self, exhibit: Exhibit) -> SafeString:
        return seen_versions_input([exhibit]) + decision_buttons(
            exhibit, exhibit, ACTIONS_BY_STATE[ExhibitState(exhibit.state)], in_list=False
        )

    @admin.display(description=_("reports"))
    def reports(self, exhibit: Exhibit) -> SafeString:
        rows = exhibit.reports.order_by("-created")
        return history_html((report.created, report.get_reason_display(), report.text) for report in rows)

    @admin.display(description=_("decisions"))
    def history(self, exhibit: Exhibit) -> SafeString:
        decisions = exhibit.subject.decisions.select_related("decided_by").order_by("-created", "-pk")
        return history_html(
            (one.created, f"{one.get_action_display()}, {decider_name(one)}", one.reason) for one in decisions
        )
