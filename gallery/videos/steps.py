"""Who of the workers does what. A step is taken by a conditional update: of two who try, one changes the row.

Leases are renewed while a step is under way. One that has run out, as its worker was killed, may be taken by others.
A worker that comes back after that finds out when it renews or ends the step, and what it made is the same anyway.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max, QuerySet
from django.utils import timezone

from gallery import conversion_log
from gallery.models import ACTIVE_STATES, JobState, VideoJob, VideoSegment

RETRY_DELAY = timedelta(seconds=5)  # before what went wrong is tried again
MAX_ATTEMPTS = 3  # of a step that ends in an error, or with its worker
MAX_CANDIDATES = 8  # free segments of a job that a worker tries to take


class StepKind(Enum):
    PLAN = "plan"
    SEGMENT = "segment"
    JOIN = "join"


REQUIRED_STATES = {
    StepKind.PLAN: JobState.WAITING,
    StepKind.JOIN: JobState.RUNNING,
}  # of a job, when this is done with it


@dataclass(frozen=True)
class Step:
    """Something that one worker does for a job. `segment`: for Kind.SEGMENT."""

    kind: StepKind
    job: VideoJob
    worker: str
    segment: VideoSegment | None = None


def claim_next_segment(worker: str) -> Step | None:
    """The next step, for the person who is served least; None where there is nothing that nobody else does."""
    now = timezone.now()
    for job in jobs_in_fair_order(now):
        if step := _take_from(job, worker, now):
            VideoJob.objects.filter(pk=job.pk).update(last_claimed=now)
            return step
    return None


def jobs_in_fair_order(now: datetime) -> list[VideoJob]:
    """Jobs of those for whom the fewest segments are under way first; then of those who were served longest ago."""
    jobs = list(VideoJob.objects.filter(state__in=ACTIVE_STATES).select_related("video").order_by("created"))
    owners = {job.owner_id for job in jobs}
    if len(owners) < 2:
        return jobs
    leased = VideoSegment.objects.filter(job__in=jobs, is_done=False, lease_expires_at__gt=now).exclude(worker="")
    under_way = Counter(leased.values_list("job__owner_id", flat=True))
    rows = VideoJob.objects.filter(owner_id__in=owners, last_claimed__isnull=False).order_by().values_list("owner_id")
    served = dict(rows.annotate(Max("last_claimed")))
    never = datetime.min.replace(tzinfo=now.tzinfo)
    return sorted(jobs, key=lambda job: (under_way[job.owner_id], served.get(job.owner_id, never)))


def _take_from(job: VideoJob, worker: str, now: datetime) -> Step | None:
    if job.state == JobState.WAITING:
        return _take_job(job, StepKind.PLAN, worker, now)
    unfinished = VideoSegment.objects.filter(job=job, is_done=False)
    for segment in unfinished.filter(lease_expires_at__lte=now).order_by("index")[:MAX_CANDIDATES]:
        if segment.attempts >= MAX_ATTEMPTS:
            mark_failed(job, "gave_up")
            return None
        if _lease(VideoSegment.objects.filter(pk=segment.pk, is_done=False), worker, now):
            return Step(StepKind.SEGMENT, job, worker, segment)
    return None if unfinished.exists() else _take_job(job, StepKind.JOIN, worker, now)


def _take_job(job: VideoJob, kind: StepKind, worker: str, now: datetime) -> Step | None:
    if job.lease_expires_at > now:
        return None
    if job.attempts >= MAX_ATTEMPTS:
        mark_failed(job, "gave_up")
        return None
    is_mine = _lease(VideoJob.objects.filter(pk=job.pk, state=REQUIRED_STATES[kind]), worker, now)
    return Step(kind, job, worker) if is_mine else None


def _lease_time() -> timedelta:
    return timedelta(seconds=settings.VIDEO_LEASE_SECONDS)


def _lease(rows: QuerySet[VideoJob] | QuerySet[VideoSegment], worker: str, now: datetime) -> bool:
    free = rows.filter(lease_expires_at__lte=now)
    return bool(free.update(worker=worker, lease_expires_at=now + _lease_time(), attempts=F("attempts") + 1))


def _held(step: Step) -> QuerySet[VideoJob] | QuerySet[VideoSegment]:
    """The row of the step, while it is this worker's."""
    return _held_segment(step, step.segment) if step.segment else _held_job(step)


def _held_segment(step: Step, segment: VideoSegment) -> QuerySet[VideoSegment]:
    return VideoSegment.objects.filter(pk=segment.pk, worker=step.worker, is_done=False)


def _held_job(step: Step) -> QuerySet[VideoJob]:
    return VideoJob.objects.filter(pk=step.job.pk, worker=step.worker, state=REQUIRED_STATES[step.kind])


def renew_lease(step: Step, frames_done: int) -> bool:
    """Keep the step for some time more; whether it is still this worker's, and wanted."""
    progress = {"frames_done": frames_done} if step.segment else {}
    is_mine = _held(step).update(lease_expires_at=timezone.now() + _lease_time(), **progress)
    return bool(is_mine) and is_job_active(step.job)


def is_job_active(job: VideoJob) -> bool:
    return VideoJob.objects.filter(pk=job.pk, state__in=ACTIVE_STATES).exists()


def release(step: Step) -> None:
    """Give it back as if it had not been taken."""
    _held(step).update(worker="", lease_expires_at=timezone.now(), attempts=F("attempts") - 1)


def reschedule(step: Step) -> None:
    """Something went wrong that may go well the next time."""
    _held(step).update(worker="", lease_expires_at=timezone.now() + RETRY_DELAY)


@transaction.atomic
def mark_planned(step: Step, frames: Sequence[int], finished: Sequence[bool]) -> bool:
    """The job has these segments, with so many frames each. Whether it is still this worker's to say so."""
    now = timezone.now()
    is_mine = _held_job(step).update(
        state=JobState.RUNNING, frames=sum(frames), started=now, worker="", lease_expires_at=now, attempts=0
    )
    if is_mine:
        VideoSegment.objects.filter(job=step.job).delete()
        VideoSegment.objects.bulk_create(
            VideoSegment(job=step.job, index=index, frames=count, is_done=is_done, frames_done=count * is_done)
            for index, (count, is_done) in enumerate(zip(frames, finished, strict=True))
        )
    return bool(is_mine)


def discard_plan(step: Step) -> None:
    """What was planned is not there any more."""
    VideoJob.objects.filter(pk=step.job.pk, state=JobState.RUNNING).update(
        state=JobState.WAITING, lease_expires_at=timezone.now(), worker="", attempts=F("attempts") + 1
    )


def mark_segment_done(step: Step, seconds: float) -> None:
    assert step.segment  # noqa: S101 - for the type checker
    if _held_segment(step, step.segment).update(is_done=True, frames_done=step.segment.frames, worker=""):
        VideoJob.objects.filter(pk=step.job.pk).update(seconds=F("seconds") + seconds)


def mark_failed(job: VideoJob, error: str) -> None:
    """For good, or until its owner wants it tried again; noted, unless nobody wanted it any more."""
    active = VideoJob.objects.filter(pk=job.pk, state__in=ACTIVE_STATES)
    if active.update(state=JobState.FAILED, error=error, finished=timezone.now(), worker=""):
        conversion_log.log_conversion(
            style=conversion_log.video_style(job.style), seconds=0, failure=f"{conversion_log.VIDEO_PREFIX}{error}"
        )
