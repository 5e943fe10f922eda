"""The log of what staff, and the site by itself, decided. Nobody can change it here."""

from uuid import UUID

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gallery.models import Act, Decision
from gallery.moderation.admin.base import LookingAdmin, person_link, style_title


def decided(decision: Decision) -> str:
    """Who decided. The site alone hides without a reason: staff have to give one."""
    if decision.by:
        return str(decision.by)
    if decision.act == Act.HIDE and not decision.reason:
        return _("the site, after reports")
    return _("somebody whose account is gone")


def _link(model: str, key: UUID, name: str, style: str) -> str:
    address = reverse(f"admin:gallery_{model}_change", args=[key])
    return format_html('<a href="{}">{} ({})</a>', address, name, style_title(style))


@admin.register(Decision)
class DecisionAdmin(LookingAdmin):
    list_display = ("at", "act", "work_or_id", "by_link", "reason")
    list_filter = ("act", "at")
    list_select_related = ("work__photo", "job__video", "by")
    search_fields = ("by__username", "reason", "=work_key")
    search_help_text = gettext_lazy("User name of staff, reason or id of the work")
    ordering = ("-at", "-pk")
    fields = ("at", "act", "work_or_id", "work_key", "by_link", "reason")

    @admin.display(description=gettext_lazy("work"))
    def work_or_id(self, decision: Decision) -> str:
        if decision.work:
            return _link("work", decision.work_key, decision.work.photo.name, decision.work.style)
        if decision.job:
            return _link("videojob", decision.work_key, decision.job.video.name, decision.job.style)
        return str(decision.work_key)

    @admin.display(description=gettext_lazy("by"), ordering="by__username_key")
    def by_link(self, decision: Decision) -> str:
        return person_link(decision.by) if decision.by else decided(decision)
