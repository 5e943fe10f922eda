"""Reads for the pages of videos."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Prefetch, QuerySet, Sum
from django.utils import timezone

from ..access import Visitor
from ..models import JobState, Video, VideoJob, VideoUpload
from ..problems import video_text


def my_videos(user: Visitor) -> QuerySet[Video]:
    """Newest first, each with its jobs in `listed_jobs`, the latest first."""
    jobs = Prefetch("jobs", VideoJob.objects.order_by("-created"), to_attr="listed_jobs")
    return Video.objects.filter(owner_id=user.pk).order_by("-created", "-pk").prefetch_related(jobs)


def my_uploads(user: Visitor) -> QuerySet[VideoUpload]:
    """Those that are not finished, the latest first."""
    return VideoUpload.objects.filter(owner_id=user.pk).order_by("-touched")


def jobs_of(video: Video) -> QuerySet[VideoJob]:
    return video.jobs.select_related("video", "exhibit").order_by("-created")


def described(jobs: Iterable[VideoJob], titles: dict[str, str]) -> list[VideoJob]:
    """The jobs with what a page says about them: `style_title`, `percent`, `minutes_left` and `problem`."""
    listed = list(jobs)
    done = _frames_done([job for job in listed if job.state == JobState.RUNNING])
    now = timezone.now()
    for job in listed:
        share = min(1.0, done.get(job.pk, 0) / job.frames) if job.frames else 0.0
        job.style_title = titles.get(job.style, job.style)  # type: ignore[attr-defined]
        job.percent = int(100 * share)  # type: ignore[attr-defined]
        job.minutes_left = _minutes_left(job, share, now)  # type: ignore[attr-defined]
        job.problem = video_text(job.error) if job.error else ""  # type: ignore[attr-defined]
    return listed


def _frames_done(jobs: list[VideoJob]) -> dict[object, int]:
    if not jobs:
        return {}
    rows = VideoJob.objects.filter(pk__in=[job.pk for job in jobs]).order_by().values_list("pk")
    return {key: frames or 0 for key, frames in rows.annotate(Sum("segments__frames_done"))}


def _minutes_left(job: VideoJob, share: float, now: datetime) -> int | None:
    """As it went until now; None while nobody can know."""
    if job.state != JobState.RUNNING or not job.started or share < 0.02:
        return None
    passed = (now - job.started).total_seconds()
    return max(1, round(passed * (1 - share) / share / 60))
