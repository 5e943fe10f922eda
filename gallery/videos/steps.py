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
from gallery.models import ACTIVE, JobState, VideoJob, VideoSegment

PAUSE = timedelta(seconds=5)  # before what went wrong is tried again
MOST_TRIES = 3  # of a step that ends in an error, or with its worker
LOOKED_AT = 8  # free segments of a job that a worker tries to take


class Kind(Enum):
    PLAN = "plan"
    SEGMENT = "segment"
    JOIN = "join"


STATES = {Kind.PLAN: JobState.WAITING, Kind.JOIN: JobState.RUNNING}  # of a job, when this is done with it


@dataclass(frozen=True)
class Step:
    """Something that one worker does for a job. `segment`: for Kind.SEGMENT."""

    kind: Kind
    job: VideoJob
    worker: str
    segment: VideoSegment | None = None


def take(worker: str) -> Step | None:
    """The next step, for the person who is served least; None where there is nothing that nobody else does."""
    now = timezone.now()
    for job in in_turn(now):
        if step := _take_from(job, worker, now):
            VideoJob.objects.filter(pk=job.pk).update(served=now)
            return step
    return None


def in_turn(now: datetime) -> list[VideoJob]:
    """Jobs of those for whom the fewest segments are under way first; then of those who were served longest ago."""
    jobs = list(VideoJob.objects.filter(state__in=ACTIVE).select_related("video").order_by("created"))
    owners = {job.owner_id for job in jobs}
    if len(owners) < 2:
        return jobs
    leased = VideoSegment.objects.filter(job__in=jobs, is_done=False, free_at__gt=now).exclude(worker="")
    under_way = Counter(leased.values_list("job__owner_id", flat=True))
    rows = VideoJob.objects.filter(owner_id__in=owners, served__isnull=False).order_by().values_list("owner_id")
    served = dict(rows.annotate(Max("served")))
    never = datetime.min.replace(tzinfo=now.tzinfo)
    return sorted(jobs, key=lambda job: (under_way[job.owner_id], served.get(job.owner_id, never)))


def _take_from(job: VideoJob, worker: str, now: datetime) -> Step | None:
    if job.state == JobState.WAITING:
        return _take_job(job, Kind.PLAN, worker, now)
    unfinished = VideoSegment.objects.filter(job=job, is_done=False)
    for segment in unfinished.filter(free_at__lte=now).order_by("index")[:LOOKED_AT]:
        if segment.tries >= MOST_TRIES:
            fail(job, "gave_up")
            return None
        if _lease(VideoSegment.objects.filter(pk=segment.pk, is_done=False), worker, now):
            return Step(Kind.SEGMENT, job, worker, segment)
    return None if unfinished.exists() else _take_job(job, Kind.JOIN, worker, now)


def _take_job(job: VideoJob, kind: Kind, worker: str, now: datetime) -> Step | None:
    if job.free_at > now:
        return None
    if job.tries >= MOST_TRIES:
        fail(job, "gave_up")
        return None
    is_mine = _lease(VideoJob.objects.filter(pk=job.pk, state=STATES[kind]), worker, now)
    return Step(kind, job, worker) if is_mine else None


def _lease_time() -> timedelta:
    return timedelta(seconds=settings.VIDEO_LEASE_SECONDS)


def _lease(rows: QuerySet[VideoJob] | QuerySet[VideoSegment], worker: str, now: datetime) -> bool:
    free = rows.filter(free_at__lte=now)
    return bool(free.update(worker=worker, free_at=now + _lease_time(), tries=F("tries") + 1))


def _held(step: Step) -> QuerySet[VideoJob] | QuerySet[VideoSegment]:
    """The row of the step, while it is this worker's."""
    return _held_segment(step, step.segment) if step.segment else _held_job(step)


def _held_segment(step: Step, segment: VideoSegment) -> QuerySet[VideoSegment]:
    return VideoSegment.objects.filter(pk=segment.pk, worker=step.worker, is_done=False)


def _held_job(step: Step) -> QuerySet[VideoJob]:
    return VideoJob.objects.filter(pk=step.job.pk, worker=step.worker, state=STATES[step.kind])


def renew(step: Step, frames_done: int) -> bool:
    """Keep the step for some time more; whether it is still this worker's, and wanted."""
    progress = {"frames_done": frames_done} if step.segment else {}
    is_mine = _held(step).update(free_at=timezone.now() + _lease_time(), **progress)
    return bool(is_mine) and is_wanted(step.job)


def is_wanted(job: VideoJob) -> bool:
    return VideoJob.objects.filter(pk=job.pk, state__in=ACTIVE).exists()


def release(step: Step) -> None:
    """Give it back as if it had not been taken."""
    _held(step).update(worker="", free_at=timezone.now(), tries=F("tries") - 1)


def put_off(step: Step) -> None:
    """Something went wrong that may go well the next time."""
    _held(step).update(worker="", free_at=timezone.now() + PAUSE)


@transaction.atomic
def planned(step: Step, frames: Sequence[int], finished: Sequence[bool]) -> bool:
    """The job has these segments, with so many frames each. Whether it is still this worker's to say so."""
    now = timezone.now()
    is_mine = _held_job(step).update(
        state=JobState.RUNNING, frames=sum(frames), started=now, worker="", free_at=now, tries=0
    )
    if is_mine:
        VideoSegment.objects.filter(job=step.job).delete()
        VideoSegment.objects.bulk_create(
            VideoSegment(job=step.job, index=index, frames=count, is_done=is_done, frames_done=count * is_done)
            for index, (count, is_done) in enumerate(zip(frames, finished, strict=True))
        )
    return bool(is_mine)


def plan_again(step: Step) -> None:
    """What was planned is not there any more."""
    VideoJob.objects.filter(pk=step.job.pk, state=JobState.RUNNING).update(
        state=JobState.WAITING, free_at=timezone.now(), worker="", tries=F("tries") + 1
    )


def segment_finished(step: Step, seconds: float) -> None:
    assert step.segment  # noqa: S101 - for the type checker
    if _held_segment(step, step.segment).update(is_done=True, frames_done=step.segment.frames, worker=""):
        VideoJob.objects.filter(pk=step.job.pk).update(seconds=F("seconds") + seconds)


def fail(job: VideoJob, error: str) -> None:
    """For good, or until its owner wants it tried again; noted, unless nobody wanted it any more."""
    active = VideoJob.objects.filter(pk=job.pk, state__in=ACTIVE)
    if active.update(state=JobState.FAILED, error=error, finished=timezone.now(), worker=""):
        conversion_log.note(
            style=conversion_log.of_video(job.style), seconds=0, failure=f"{conversion_log.VIDEO}{error}"
        )
