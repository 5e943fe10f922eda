"""What the first page of staff leads to besides the lists."""

from typing import Any

from django.urls import reverse
from django.utils.translation import ngettext

from gallery.moderation.admin.status import can_view_status
from gallery.statistics import count_waiting_exhibits, list_open_reports


def pending_reviews(user: Any) -> dict[str, Any]:
    """How much waits for somebody to decide, and where, as far as this person may look."""
    waiting = []
    if user.has_perm("gallery.view_exhibit") or user.has_perm("gallery.change_exhibit"):
        count = count_waiting_exhibits()
        text = ngettext("%(count)s work waits for review", "%(count)s works wait for review", count)
        address = reverse("admin:gallery_exhibit_changelist", query={"state": "waiting"})
        waiting.append((text % {"count": count}, address, count))
    if user.has_perm("gallery.view_report") or user.has_perm("gallery.change_report"):
        count = list_open_reports().count()
        text = ngettext("%(count)s report is open", "%(count)s reports are open", count)
        address = reverse("admin:gallery_report_changelist", query={"settled": "open"})
        waiting.append((text % {"count": count}, address, count))
    return {"tasks": waiting, "may_see_status": can_view_status(user)}
