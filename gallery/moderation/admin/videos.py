"""Videos that people uploaded. Staff see the data of them, and of what was made of them what its owner submitted."""

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from gallery.models import Video
from gallery.moderation.admin.deleting import DeleteWithReasonAdmin
from gallery.moderation.admin.filters import SizeFilter
from gallery.moderation.admin.pictures import before_after_html, submitted_exhibit
from gallery.templatetags.lengths import clock


@admin.register(Video)
class VideoAdmin(DeleteWithReasonAdmin):
    list_display = ("name", "owner_link", "length", "dimensions", "size", "conversions", "created")
    list_filter = ("created", SizeFilter)
    list_select_related = ("owner",)
    search_fields = ("owner__username", "owner__email", "name")
    search_help_text = _("Username, email address or file name")
    ordering = ("-created",)
    actions = ("delete_selected",)
    fields = (
        *("name", "owner_link", "length", "dimensions", "size", "conversions", "created"),
        *("rate", "has_sound", "id"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Video]:
        return super().get_queryset(request).annotate(jobs_count=Count("jobs"))

    def name_and_pictures(self, row: Video) -> tuple[str, SafeString]:
        jobs = row.jobs.select_related("video", "exhibit")
        shown = [(before_after_html(exhibit),) for job in jobs if (exhibit := submitted_exhibit(job))]
        return row.name, format_html_join("", "{}", shown or [(before_after_html(None),)])

    def deleted(self, count: int) -> str:
        text = ngettext("%(count)s video is deleted.", "%(count)s videos are deleted.", count)
        return text % {"count": count}

    @admin.display(description=_("length"), ordering="seconds")
    def length(self, video: Video) -> str:
        return clock(video.seconds)

    @admin.display(description=_("conversions"), ordering="jobs_count")
    def conversions(self, video: Video) -> SafeString:
        address = reverse("admin:gallery_videojob_changelist", query={"video__id__exact": video.pk})
        return format_html('<a href="{}">{}</a>', address, video.jobs_count)  # type: ignore[attr-defined]
