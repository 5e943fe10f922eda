"""What was submitted: what waits for review comes first, that which has waited longest at the top."""

from django.contrib import admin
from django.db.models import Case, DateTimeField, F, QuerySet, When
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from gallery.models import Exhibit, State
from gallery.moderation.admin.base import lines
from gallery.moderation.admin.buttons import ACTS, buttons
from gallery.moderation.admin.decisions import decided
from gallery.moderation.admin.filters import ExhibitStateFilter, StyleFilter
from gallery.moderation.admin.moderation import DecidingAdmin
from gallery.moderation.admin.pictures import LARGE, pair
from gallery.moderation.admin.seen import seen_field

WAITING_SINCE = Case(When(state=State.WAITING, then=F("submitted")), output_field=DateTimeField())


@admin.register(Exhibit)
class ExhibitAdmin(DecidingAdmin):
    list_display = ("review", "title", "state", "owner_link", "kind", "style_title", "submitted", "reason")
    list_display_links = ("title",)
    list_filter = (ExhibitStateFilter, "kind", StyleFilter, "submitted")
    list_select_related = ("owner", "job__video")
    list_per_page = 20
    search_fields = ("title", "owner__username", "owner__email")
    search_help_text = _("Title, user name or e-mail address")
    ordering = (WAITING_SINCE.asc(nulls_last=True), "-submitted")
    actions = ("publish", "reject", "hide")
    for_moderators = ("review", "pictures", "decide")
    fields = (
        *("pictures", "decide", "title", "owner_link", "kind", "style_title", "shows_photo"),
        *("state", "reason", "submitted", "published", "likes", "complaints", "history"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Exhibit]:
        return super().get_queryset(request).exclude(state=State.WITHDRAWN)

    def exhibits_of(self, rows: QuerySet) -> QuerySet[Exhibit]:
        return rows

    @admin.display(description=_("before and after"))
    def review(self, exhibit: Exhibit) -> SafeString:
        shown = pair(exhibit, LARGE) + seen_field([exhibit])
        return shown + buttons(exhibit, exhibit, ACTS[State(exhibit.state)], in_list=True)

    @admin.display(description=_("before and after"))
    def pictures(self, exhibit: Exhibit) -> SafeString:
        return pair(exhibit, LARGE)

    @admin.display(description=_("decide"))
    def decide(self, exhibit: Exhibit) -> SafeString:
        return seen_field([exhibit]) + buttons(exhibit, exhibit, ACTS[State(exhibit.state)], in_list=False)

    @admin.display(description=_("reports"))
    def complaints(self, exhibit: Exhibit) -> SafeString:
        reports = exhibit.reports.order_by("-created")
        return lines((report.created, report.get_complaint_display(), report.text) for report in reports)

    @admin.display(description=_("decisions"))
    def history(self, exhibit: Exhibit) -> SafeString:
        decisions = exhibit.subject.decisions.select_related("by").order_by("-at", "-pk")
        return lines((one.at, f"{one.get_act_display()}, {decided(one)}", one.reason) for one in decisions)
