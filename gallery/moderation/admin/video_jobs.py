"""Conversions of videos: how each stands, and what became of it in the gallery."""

from django.contrib import admin, messages
from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from gallery.failures import get_video_failure_text
from gallery.models import Exhibit, JobState, VideoJob, VideoSegment
from gallery.moderation.admin.filters import KindFilter, ShownFilter, StyleFilter
from gallery.moderation.admin.pictures import before_after_html, submitted_exhibit
from gallery.moderation.admin.submitted import PublishableAdmin
from gallery.templatetags.lengths import clock
from gallery.videos.services import cancel_job


@admin.register(VideoJob)
class VideoJobAdmin(PublishableAdmin):
    list_display = (
        *("pictures", "video_link", "owner_link", "style_title", "stands", "shown", "lasts", "size", "created"),
    )
    list_display_links = ("stands",)
    list_filter = ("state", ShownFilter, KindFilter, StyleFilter, "created")
    list_select_related = ("owner", "video", "exhibit")
    search_fields = ("owner__username", "owner__email", "video__name")
    search_help_text = _("Username, email address or file name")
    ordering = ("-created",)
    actions = ("cancel", *PublishableAdmin.actions)
    fields = (
        "large_pictures",
        *("video_link", "owner_link", "style_title", "detail", "part", "dimensions", "size", "lasts", "created"),
        *("stands", "started", "finished", "seconds", "engine", "device"),
        *("shown", "kind", "title", "reason", "id"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[VideoJob]:
        segments = VideoSegment.objects.filter(job=OuterRef("pk")).order_by().values("job")
        done = Subquery(segments.annotate(sum=Sum("frames_done")).values("sum"))
        jobs = super().get_queryset(request).annotate(frames_done=done)
        return jobs.select_related(*self.list_select_related)

    def exhibits_of(self, rows: QuerySet) -> QuerySet[Exhibit]:
        return Exhibit.objects.filter(job__in=rows.order_by().values("pk"))

    def name_and_pictures(self, row: VideoJob) -> tuple[str, SafeString]:
        return row.video.name, before_after_html(submitted_exhibit(row))

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("gallery.change_videojob")

    @admin.action(description=_("Cancel"), permissions=["cancel"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[VideoJob]) -> None:
        cancelled = [job for job in queryset if cancel_job(job)]
        for job in cancelled:
            self.log_change(request, job, _now("Cancelled"))
        text = ngettext("%(count)s conversion was canceled.", "%(count)s conversions were canceled.", len(cancelled))
        self.message_user(request, text % {"count": len(cancelled)}, messages.SUCCESS)

    @admin.display(description=_("video"), ordering="video__name")
    def video_link(self, job: VideoJob) -> SafeString:
        address = reverse("admin:gallery_video_change", args=[job.video_id])
        return format_html('<a href="{}">{}</a>', address, job.video.name)

    @admin.display(description=_("conversion"), ordering="state")
    def stands(self, job: VideoJob) -> str:
        """Its state, how far it is, and what went wrong."""
        state = job.get_state_display()
        if job.state == JobState.RUNNING and job.frames:
            return f"{state}, {100 * (job.frames_done or 0) // job.frames} %"  # type: ignore[attr-defined]
        return f"{state}: {get_video_failure_text(job.error)}" if job.error else state

    @admin.display(description=_("length"))
    def lasts(self, job: VideoJob) -> str:
        return clock(job.duration)

    @admin.display(description=_("range"))
    def part(self, job: VideoJob) -> str:
        """Where in the video it begins and ends."""
        return f"{job.start:g} – {job.start + job.duration:g} s"
