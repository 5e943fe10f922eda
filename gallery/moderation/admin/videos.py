"""Videos that people uploaded, and their conversions: how each job stands, and what became of it in the gallery."""

from django.contrib import admin, messages
from django.db.models import Count, OuterRef, QuerySet, Subquery, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from gallery.failures import get_video_failure_text
from gallery.models import Exhibit, JobState, Video, VideoJob, VideoSegment
from gallery.moderation.admin.actions import DeleteWithReasonAdmin
from gallery.moderation.admin.filters import GalleryStateFilter, KindFilter, SizeFilter, StyleFilter
from gallery.moderation.admin.widgets import before_after_html, submitted_exhibit
from gallery.moderation.admin.works import PublishableAdmin
from gallery.templatetags.lengths import clock
from gallery.videos.services import cancel_job


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

    def name_and_images(self, row: Video) -> tuple[str, SafeString]:
        jobs = row.jobs.select_related("video", "exhibit")
        images = [(before_after_html(exhibit),) for job in jobs if (exhibit := submitted_exhibit(job))]
        return row.name, format_html_join("", "{}", images or [(before_after_html(None),)])

    def deleted_text(self, count: int) -> str:
        text = ngettext("%(count)s video is deleted.", "%(count)s videos are deleted.", count)
        return text % {"count": count}

    @admin.display(description=_("length"), ordering="seconds")
    def length(self, video: Video) -> str:
        return clock(video.seconds)

    @admin.display(description=_("conversions"), ordering="jobs_count")
    def conversions(self, video: Video) -> SafeString:
        url = reverse("admin:gallery_videojob_changelist", query={"video__id__exact": video.pk})
        return format_html('<a href="{}">{}</a>', url, video.jobs_count)  # type: ignore[attr-defined]


@admin.register(VideoJob)
class VideoJobAdmin(PublishableAdmin):
    list_display = (
        *("pictures", "video_link", "owner_link", "style_title", "status", "gallery_state"),
        *("duration", "size", "created"),
    )
    list_display_links = ("status",)
    list_filter = ("state", GalleryStateFilter, KindFilter, StyleFilter, "created")
    list_select_related = ("owner", "video", "exhibit")
    search_fields = ("owner__username", "owner__email", "video__name")
    search_help_text = _("Username, email address or file name")
    ordering = ("-created",)
    actions = ("cancel", *PublishableAdmin.actions)
    fields = (
        "large_pictures",
        *("video_link", "owner_link", "style_title", "detail", "time_range", "dimensions", "size", "duration"),
        "created",
        *("status", "started", "finished", "seconds", "engine", "device"),
        *("gallery_state", "kind", "title", "reason", "id"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[VideoJob]:
        segments = VideoSegment.objects.filter(job=OuterRef("pk")).order_by().values("job")
        done = Subquery(segments.annotate(sum=Sum("frames_done")).values("sum"))
        jobs = super().get_queryset(request).annotate(frames_done=done)
        return jobs.select_related(*self.list_select_related)

    def exhibits_of(self, rows: QuerySet) -> QuerySet[Exhibit]:
        return Exhibit.objects.filter(job__in=rows.order_by().values("pk"))

    def name_and_images(self, row: VideoJob) -> tuple[str, SafeString]:
        return row.video.name, before_after_html(submitted_exhibit(row))

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("gallery.change_videojob")

    @admin.action(description=_("Cancel"), permissions=["cancel"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[VideoJob]) -> None:
        canceled = [job for job in queryset if cancel_job(job)]
        for job in canceled:
            self.log_change(request, job, gettext("Canceled"))
        text = ngettext("%(count)s conversion was canceled.", "%(count)s conversions were canceled.", len(canceled))
        self.message_user(request, text % {"count": len(canceled)}, messages.SUCCESS)

    @admin.display(description=_("video"), ordering="video__name")
    def video_link(self, job: VideoJob) -> SafeString:
        url = reverse("admin:gallery_video_change", args=[job.video_id])
        return format_html('<a href="{}">{}</a>', url, job.video.name)

    @admin.display(description=_("conversion"), ordering="state")
    def status(self, job: VideoJob) -> str:
        """Return its state, with its progress, or with what went wrong."""
        state = job.get_state_display()
        if job.state == JobState.RUNNING and job.frames:
            return f"{state}, {100 * (job.frames_done or 0) // job.frames} %"  # type: ignore[attr-defined]
        return f"{state}: {get_video_failure_text(job.error)}" if job.error else state

    @admin.display(description=_("length"))
    def duration(self, job: VideoJob) -> str:
        return clock(job.duration)

    @admin.display(description=_("range"))
    def time_range(self, job: VideoJob) -> str:
        """Return where in the video it begins and ends."""
        return f"{job.start:g} – {job.start + job.duration:g} s"
