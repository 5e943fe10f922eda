"""Reports of visitors. Deciding about a work resolves all reports of it."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from gallery.models import Exhibit, ExhibitState, Report
from gallery.moderation.admin.actions import ModerationAdmin
from gallery.moderation.admin.base import user_link
from gallery.moderation.admin.filters import ResolvedFilter
from gallery.moderation.admin.widgets import (
    HIDE,
    KEEP_PUBLISHED,
    PUBLISH,
    before_after_html,
    decision_buttons,
    list_cell_html,
    seen_versions_input,
)


@admin.register(Report)
class ReportAdmin(ModerationAdmin):
    list_display = ("review", "report", "text", "reporter_link", "state", "is_resolved", "created")
    list_display_links = ("report",)
    list_filter = (ResolvedFilter, "reason", "created")
    renamed_fields = {"complaint": "reason"}
    list_select_related = ("exhibit__job__video", "reporter")
    search_fields = ("exhibit__title", "text", "reporter__username", "reporter__email")
    search_help_text = _("Title, text, username or email address")
    ordering = ("is_resolved", "-created")
    actions = ("publish", "hide")
    moderator_fields = ("review", "pictures", "decide")
    fields = ("pictures", "decide", "report", "kind", "text", "reporter_link", "state", "is_resolved", "created")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Report]:
        return super().get_queryset(request).select_related(*self.list_select_related)

    def exhibits_of(self, rows: QuerySet) -> QuerySet[Exhibit]:
        return Exhibit.objects.filter(pk__in=rows.order_by().values("exhibit"))

    def count_works(self, rows: QuerySet) -> int:
        return rows.order_by().values("exhibit").distinct().count()

    @admin.action(description=_("Keep published and resolve the reports"), permissions=["moderate"])
    def publish(self, request: HttpRequest, queryset: QuerySet) -> None:
        super().publish(request, queryset)

    @admin.display(description=_("before and after"))
    def review(self, report: Report) -> SafeString:
        return list_cell_html(report.exhibit) + self._buttons(report, in_list=True)

    @admin.display(description=_("before and after"))
    def pictures(self, report: Report) -> SafeString:
        return before_after_html(report.exhibit)

    @admin.display(description=_("gallery section"))
    def kind(self, report: Report) -> str:
        return report.exhibit.get_kind_display()

    @admin.display(description=_("report"), ordering="reason")
    def report(self, report: Report) -> str:
        return str(report)

    @admin.display(description=_("reporter"), ordering="reporter__username_key")
    def reporter_link(self, report: Report) -> SafeString:
        return user_link(report.reporter)

    @admin.display(description=_("state"), ordering="exhibit__state")
    def state(self, report: Report) -> str:
        return report.exhibit.get_state_display()

    @admin.display(description=_("actions"))
    def decide(self, report: Report) -> SafeString:
        return seen_versions_input([report.exhibit]) + self._buttons(report, in_list=False)

    def _buttons(self, report: Report, *, in_list: bool) -> SafeString:
        state = report.exhibit.state
        buttons = (KEEP_PUBLISHED if state == ExhibitState.PUBLISHED else PUBLISH, HIDE)
        is_open = not report.is_resolved and state != ExhibitState.WITHDRAWN
        return decision_buttons(report, report.exhibit, buttons if is_open else (), in_list=in_list)
