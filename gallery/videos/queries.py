"""Reads for the pages of videos."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet, Sum
from django.utils import timezone

from gallery.access import AnyUser
from gallery.failures import get_video_failure_text
from gallery.models import JobState, Video, VideoJob, VideoUpload
from gallery.storage import media
from gallery.videos import steps

MIN_FRAMES_FOR_SPEED = 5  # fewer say too little about how fast a conversion goes


@dataclass(frozen=True)
class JobProgress:
    """How far an active job is. `frames` is 0 before the job is planned; `frames_per_second` is None until it is known.

    `jobs_ahead` counts the jobs that come before one that waits. `preview_version` changes with the newest frame; 0
    where there is none.
    """

    frames_done: int
    frames: int
    frames_per_second: float | None = None
    jobs_ahead: int = 0
    preview_version: int = 0

    @property
    def percent(self) -> int:
        return min(100, 100 * self.frames_done // self.frames) if self.frames else 0

    @property
    def seconds_left(self) -> int | None:
        """The time left in steps of 5 seconds; None while the speed is not known."""
        if not self.frames_per_second:
            return None
        return 5 * ceil((self.frames - self.frames_done) / self.frames_per_second / 5)

    @property
    def minutes_left(self) -> int | None:
        """The time left in minutes; None for less than one and a half."""
        return round(self.seconds_left / 60) if self.seconds_left and self.seconds_left >= 90 else None


@dataclass(frozen=True)
class JobCard:
    """What a page shows of a conversion. `problem` is a text, empty where nothing went wrong.

    `offset_seconds` is the time in the video of the result's first frame. Only an active job has a `progress`.
    `is_cut_off`: it reaches to the end of a file whose own end is missing.
    """

    job: VideoJob
    style_title: str
    problem: str
    offset_seconds: float
    progress: JobProgress | None
    is_cut_off: bool


def videos_of(user: AnyUser) -> QuerySet[Video]:
    """Return a person's videos, newest first, each with its jobs in `listed_jobs`, the latest first."""
    jobs = Prefetch("jobs", VideoJob.objects.order_by("-created"), to_attr="listed_jobs")
    return Video.objects.filter(owner_id=user.pk).order_by("-created", "-pk").prefetch_related(jobs)


def unfinished_uploads_of(user: AnyUser) -> QuerySet[VideoUpload]:
    """Return a person's unfinished uploads, the latest first."""
    return VideoUpload.objects.filter(owner_id=user.pk).order_by("-updated")


def jobs_of_video(video: Video) -> QuerySet[VideoJob]:
    return video.jobs.select_related("video", "exhibit").order_by("-created")


def build_job_cards(jobs: Iterable[VideoJob], titles: dict[str, str]) -> list[JobCard]:
    """Return the cards of jobs; `titles` are those of the styles by their ids."""
    listed = list(jobs)
    progress = _progress_of(listed)
    return [
        JobCard(
            job=job,
            style_title=titles[job.style],
            problem=get_video_failure_text(job.error) if job.error else "",
            offset_seconds=_first_frame_seconds(job),
            progress=progress.get(job.pk),
            is_cut_off=job.video.is_cut_off and job.start + job.duration >= job.video.seconds,
        )
        for job in listed
    ]


def _first_frame_seconds(job: VideoJob) -> float:
    """Return the time in the video of the result's first frame: the first one at or after the chosen start."""
    rate = job.video.rate
    return ceil(job.start * rate - 0.01) / rate if rate else job.start


def _progress_of(jobs: list[VideoJob]) -> dict[UUID, JobProgress]:
    now = timezone.now()
    waiting = {job.pk: job for job in jobs if job.state == JobState.WAITING}
    running = [job for job in jobs if job.state == JobState.RUNNING]
    return _progress_of_waiting(waiting, now) | _progress_of_running(running, now)


def _progress_of_waiting(jobs: dict[UUID, VideoJob], now: datetime) -> dict[UUID, JobProgress]:
    queue = enumerate(steps.jobs_in_fair_order(now)) if jobs else ()
    return {job.pk: JobProgress(0, job.frames, jobs_ahead=ahead) for ahead, job in queue if job.pk in jobs}


def _progress_of_running(jobs: list[VideoJob], now: datetime) -> dict[UUID, JobProgress]:
    if not jobs:
        return {}
    rows = VideoJob.objects.filter(pk__in=[job.pk for job in jobs]).order_by().values_list("pk")
    # Segments that no worker has claimed since the plan were finished before it, in an earlier attempt.
    earlier = Sum("segments__frames_done", filter=Q(segments__attempts=0))
    summed = rows.annotate(done=Sum("segments__frames_done"), before=earlier)
    counts = {key: (done or 0, before or 0) for key, done, before in summed}
    return {job.pk: _progress_since_plan(job, *counts[job.pk], now) for job in jobs if job.pk in counts}


def _progress_since_plan(job: VideoJob, done: int, earlier: int, now: datetime) -> JobProgress:
    seconds = (now - job.started).total_seconds() if job.started else 0.0
    frames = done - earlier
    speed = frames / seconds if frames >= MIN_FRAMES_FOR_SPEED and seconds > 0 else None
    try:
        preview_version = media.media_path(job.preview).stat().st_mtime_ns
    except OSError:
        preview_version = 0
    return JobProgress(done, job.frames, speed, preview_version=preview_version)
