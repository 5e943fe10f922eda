"""The log of what staff, and the site by itself, decided. Nobody can change it here."""

from uuid import UUID

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gallery.models import Decision, ModerationAction
from gallery.moderation.admin.base import StaffListAdmin, style_title, user_link


def decider_name(decision: Decision) -> str:
    """Who decided. The site alone hides without a reason: staff have to give one."""
    if decision.decided_by:
        return str(decision.decided_by)
    if decision.action == ModerationAction.HIDE and not decision.reason:
        return _("the site (after reports)")
    return _("a deleted account")


def _link(model: str, key: UUID, name: str, style: str) -> str:
    address = reverse(f"admin:gallery_{model}_change", args=[key])
    return format_html('<a href="{}">{} ({})</a>', address, name, style_title(style))


@admin.register(Decision)
class DecisionAdmin(StaffListAdmin):
    list_display = ("created", "action", "work_or_id", "decided_by_link", "reason")
    list_filter = ("action", "created")
    list_select_related = ("work__photo", "job__video", "decided_by")
    search_fields = ("decided_by__username", "reason", "=work_key")
    search_help_text = gettext_lazy("Username of a moderator, reason or work ID")
    ordering = ("-created", "-pk")
    fields = ("created", "action", "work_or_id", "work_key", "decided_by_link", "reason")

    @admin.display(description=gettext_lazy("work"))
    def work_or_id(self, decision: Decision) -> str:
        if decision.work:
            return _link("work", decision.work_key, decision.work.photo.name, decision.work.style)
        if decision.job:
            return _link("videojob", decision.work_key, decision.job.video.name, decision.job.style)
        return str(decision.work_key)

    @admin.display(description=gettext_lazy("by"), ordering="decided_by__username_key")
    def decided_by_link(self, decision: Decision) -> str:
        return user_link(decision.decided_by) if decision.decided_by else decider_name(decision)
