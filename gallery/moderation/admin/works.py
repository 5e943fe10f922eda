"""Works, and what lists of works and of videos' conversions have in common.

Staff see the data of what its owner has not submitted to the gallery, but not the images.
"""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from gallery.models import Exhibit, ExhibitState, Work
from gallery.moderation.admin.actions import DeleteWithReasonAdmin, ModerationAdmin
from gallery.moderation.admin.filters import KindFilter, SizeFilter, StyleFilter, WorkStateFilter
from gallery.moderation.admin.widgets import LARGE, before_after_html, list_cell_html, submitted_exhibit


class PublishableAdmin(DeleteWithReasonAdmin, ModerationAdmin):
    """A list of rows that may have an exhibit each."""

    actions: tuple[str, ...] = ("publish", "reject", "hide", "delete_selected")
    moderator_fields = ("pictures", "large_pictures")

    @admin.display(description=_("before and after"))
    def pictures(self, row: Any) -> SafeString:
        return list_cell_html(submitted_exhibit(row))

    @admin.display(description=_("before and after"))
    def large_pictures(self, row: Any) -> SafeString:
        return before_after_html(submitted_exhibit(row), LARGE)

    @admin.display(description=_("gallery status"))
    def gallery_state(self, row: Any) -> str:
        exhibit = submitted_exhibit(row)
        return exhibit.get_state_display() if exhibit else str(ExhibitState.WITHDRAWN.label)

    @admin.display(description=_("gallery section"), empty_value="")
    def kind(self, row: Any) -> str | None:
        exhibit = submitted_exhibit(row)
        return exhibit.get_kind_display() if exhibit else None

    @admin.display(description=_("title"))
    def title(self, row: Any) -> str | None:
        exhibit = submitted_exhibit(row)
        return exhibit.title if exhibit else None

    @admin.display(description=_("reason"))
    def reason(self, row: Any) -> str | None:
        exhibit = submitted_exhibit(row)
        return exhibit.reason if exhibit else None


@admin.register(Work)
class WorkAdmin(PublishableAdmin):
    list_display = ("pictures", "photo", "owner_link", "style_title", "state", "kind", "size", "created")
    list_display_links = ("photo",)
    list_filter = (WorkStateFilter, KindFilter, StyleFilter, "faces", "created", SizeFilter)
    list_select_related = ("owner", "photo", "exhibit")
    search_fields = ("owner__username", "owner__email", "photo__name")
    search_help_text = _("Username, email address or file name")
    ordering = ("-created",)
    fields = (
        "large_pictures",
        *("photo", "owner_link", "style_title", "detail", "faces", "dimensions", "size", "created"),
        *("state", "kind", "title", "reason"),
        *("seconds", "engine", "device", "id"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Work]:
        return super().get_queryset(request).select_related(*self.list_select_related)

    def exhibits_of(self, rows: QuerySet) -> QuerySet[Exhibit]:
        return Exhibit.objects.filter(work__in=rows.order_by().values("pk"))

    def name_and_images(self, row: Work) -> tuple[str, SafeString]:
        return row.photo.name, before_after_html(submitted_exhibit(row))

    @admin.display(description=_("state"))
    def state(self, work: Work) -> str:
        return self.gallery_state(work)
