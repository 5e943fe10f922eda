"""What the lists of works and of videos' conversions have in common: what of them is submitted to the gallery.

What their owners have not submitted, staff see the data of, but not the pictures.
"""

from typing import Any

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from gallery.models import ExhibitState
from gallery.moderation.admin.deleting import DeleteWithReasonAdmin
from gallery.moderation.admin.moderation import ModerationAdmin
from gallery.moderation.admin.pictures import LARGE, before_after_html, list_cell_html, submitted_exhibit


class PublishableAdmin(DeleteWithReasonAdmin, ModerationAdmin):
    """Rows that may have an exhibit each."""

    actions: tuple[str, ...] = ("publish", "reject", "hide", "delete_selected")
    for_moderators = ("pictures", "large_pictures")

    @admin.display(description=_("before and after"))
    def pictures(self, row: Any) -> SafeString:
        return list_cell_html(submitted_exhibit(row))

    @admin.display(description=_("before and after"))
    def large_pictures(self, row: Any) -> SafeString:
        return before_after_html(submitted_exhibit(row), LARGE)

    @admin.display(description=_("gallery status"))
    def shown(self, row: Any) -> str:
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
