"""Which worker does which step of which job.

A job is done in steps: one plan, its segments in any order and by any number of workers, and one join. No process hands
them out. Each worker reads what is free and claims it by a conditional update:

    UPDATE gallery_videosegment SET worker = me, lease_expires_at = now + lease WHERE id = … AND lease_expires_at <= now

Of two workers that try at the same time, the database lets one change the row; the other's condition no longer holds,
it changes no row, and that is how it knows. So no row stays locked while a frame is converted, nothing has to be
undone when a worker is killed, and every transaction is a single short statement (`mark_planned` has three).

- A lease runs out. Its worker renews it while the step is under way; if the worker was killed, or its machine is gone,
  the step becomes free for others by itself.
- A worker may come back after its lease ran out (it was suspended, or the database was away). Every update of a held
  step is conditional on the worker's own name, so it learns then that the step is another's. What both have written is
  the same file with the same contents, so it does not matter who was first.
- Attempts are counted when a step is claimed, not when it fails: a step that kills its worker each time, by memory for
  example, is given up after MAX_ATTEMPTS all the same.
- The queue carries no steps (see `gallery.tasks`): a job is neither lost nor done twice whatever becomes of the queue.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max, Q, QuerySet
from django.utils import timezone

from accounts.clock import CLOCK_TOLERANCE, is_in_future
from gallery import conversion_log
from gallery.models import ACTIVE_STATES, JobState, VideoJob, VideoSegment

RETRY_DELAY = timedelta(seconds=5)  # before a step that went wrong is tried again
MAX_ATTEMPTS = 3  # of a step that ends in an error, or with its worker
MAX_CANDIDATES = 8  # free segments of a job that a worker tries to claim


class StepKind(Enum):
    PLAN = "plan"
    SEGMENT = "segment"
    JOIN = "join"


# The state that a job has to be in for a step that is claimed on the job's own row.
REQUIRED_STATES = {StepKind.PLAN: JobState.WAITING, StepKind.JOIN: JobState.RUNNING}


@dataclass(frozen=True)
class Step:
    """A part of a job that one worker has claimed. `segment` is there for StepKind.SEGMENT."""

    kind: StepKind
    job: VideoJob
    worker: str
    segment: VideoSegment | None = None


def claim_next_segment(worker: str) -> Step | None:
    """Claim the next segment, or the plan or the join of a job, for a worker.

    The person for whom least is done comes first. Return None where nothing is left that nobody else does.
    """
    now = timezone.now()
    for job in jobs_in_fair_order(now):
        if step := _claim_step_of(job, worker, now):
            VideoJob.objects.filter(pk=job.pk).update(last_claimed=now)
            return step
    return None


def jobs_in_fair_order(now: datetime) -> list[VideoJob]:
    """Return the active jobs: those of owners with the fewest segments under way first, then of the longest waiting."""
    jobs = list(VideoJob.objects.filter(state__in=ACTIVE_STATES).select_related("video").order_by("created"))
    owners = {job.owner_id for job in jobs}
    if len(owners) < 2:
        return jobs
    leased = VideoSegment.objects.filter(job__in=jobs, is_done=False).exclude(_is_free(now)).exclude(worker="")
    under_way = Counter(leased.values_list("job__owner_id", flat=True))
    rows = VideoJob.objects.filter(owner_id__in=owners, last_claimed__isnull=False).order_by().values_list("owner_id")
    last_claimed = dict(rows.annotate(Max("last_claimed")))
    never = datetime.min.replace(tzinfo=now.tzinfo)
    # One whose last claim a clock that was ahead has noted would come last until then: it comes first, once.
    last_claimed = {owner: never if is_in_future(time, now) else time for owner, time in last_claimed.items()}
    return sorted(jobs, key=lambda job: (under_way[job.owner_id], last_claimed.get(job.owner_id, never)))


def _claim_step_of(job: VideoJob, worker: str, now: datetime) -> Step | None:
    if job.state == JobState.WAITING:
        return _claim_job(job, StepKind.PLAN, worker, now)
    unfinished = VideoSegment.objects.filter(job=job, is_done=False)
    for segment in unfinished.filter(_is_free(now)).order_by("index")[:MAX_CANDIDATES]:
        if segment.attempts >= MAX_ATTEMPTS:
            mark_failed(job, "gave_up")
            return None
        if _claim_row(VideoSegment.objects.filter(pk=segment.pk, is_done=False), worker, now):
            return Step(StepKind.SEGMENT, job, worker, segment)
    return None if unfinished.exists() else _claim_job(job, StepKind.JOIN, worker, now)


def _claim_job(job: VideoJob, kind: StepKind, worker: str, now: datetime) -> Step | None:
    if now < job.lease_expires_at <= _latest_end_of_lease(now):
        return None
    if job.attempts >= MAX_ATTEMPTS:
        mark_failed(job, "gave_up")
        return None
    is_claimed = _claim_row(VideoJob.objects.filter(pk=job.pk, state=REQUIRED_STATES[kind]), worker, now)
    return Step(kind, job, worker) if is_claimed else None


def _is_free(now: datetime) -> Q:
    """No lease, or one that has run out; or one longer than any lease, of a clock that was ahead."""
    return Q(lease_expires_at__lte=now) | Q(lease_expires_at__gt=_latest_end_of_lease(now))


def _latest_end_of_lease(now: datetime) -> datetime:
    return max(_end_of_lease(now), now + RETRY_DELAY) + CLOCK_TOLERANCE


def _end_of_lease(start: datetime) -> datetime:
    return start + timedelta(seconds=settings.VIDEO_LEASE_SECONDS)


def _claim_row(rows: QuerySet[VideoJob] | QuerySet[VideoSegment], worker: str, now: datetime) -> bool:
    """Lease the row if it is still free; return whether this worker is the one who got it."""
    free = rows.filter(_is_free(now))
    return bool(free.update(worker=worker, lease_expires_at=_end_of_lease(now), attempts=F("attempts") + 1))


def _held_row(step: Step) -> QuerySet[VideoJob] | QuerySet[VideoSegment]:
    """Return the row of the step as long as its worker holds it; else nothing."""
    return _held_segment(step, step.segment) if step.segment else _held_job(step)


def _held_segment(step: Step, segment: VideoSegment) -> QuerySet[VideoSegment]:
    return VideoSegment.objects.filter(pk=segment.pk, worker=step.worker, is_done=False)


def _held_job(step: Step) -> QuerySet[VideoJob]:
    return VideoJob.objects.filter(pk=step.job.pk, worker=step.worker, state=REQUIRED_STATES[step.kind])


def renew_lease(step: Step, frames_done: int) -> bool:
    """Extend the lease and note the progress; return whether the step is still this worker's, and its job active."""
    progress = {"frames_done": frames_done} if step.segment else {}
    is_held = _held_row(step).update(lease_expires_at=_end_of_lease(timezone.now()), **progress)
    return bool(is_held) and is_job_active(step.job)


def is_job_active(job: VideoJob) -> bool:
    return VideoJob.objects.filter(pk=job.pk, state__in=ACTIVE_STATES).exists()


def release_step(step: Step) -> None:
    """Give the step back as if it had not been claimed: the attempt does not count."""
    _held_row(step).update(worker="", lease_expires_at=timezone.now(), attempts=F("attempts") - 1)


def reschedule(step: Step) -> None:
    """Give the step back after something went wrong that may go well the next time: the attempt counts."""
    _held_row(step).update(worker="", lease_expires_at=timezone.now() + RETRY_DELAY)


@transaction.atomic
def mark_planned(step: Step, frames: Sequence[int], finished: Sequence[bool]) -> bool:
    """Create the segments of a planned job, with so many frames each; return whether the step was still this worker's.

    `finished` says which segments an earlier attempt has converted already.
    """
    now = timezone.now()
    is_held = _held_job(step).update(
        state=JobState.RUNNING, frames=sum(frames), started=now, worker="", lease_expires_at=now, attempts=0
    )
    if is_held:
        VideoSegment.objects.filter(job=step.job).delete()
        VideoSegment.objects.bulk_create(
            VideoSegment(job=step.job, index=index, frames=count, is_done=is_done, frames_done=count * is_done)
            for index, (count, is_done) in enumerate(zip(frames, finished, strict=True))
        )
    return bool(is_held)


def discard_plan(step: Step) -> None:
    """Let the job be planned again, as the files of its plan are gone."""
    VideoJob.objects.filter(pk=step.job.pk, state=JobState.RUNNING).update(
        state=JobState.WAITING, lease_expires_at=timezone.now(), worker="", attempts=F("attempts") + 1
    )


def mark_segment_done(step: Step, seconds: float) -> None:
    assert step.segment  # noqa: S101 - for the type checker
    if _held_segment(step, step.segment).update(is_done=True, frames_done=step.segment.frames, worker=""):
        VideoJob.objects.filter(pk=step.job.pk).update(seconds=F("seconds") + seconds)


def mark_failed(job: VideoJob, error: str) -> None:
    """End an active job with an error code, until its owner retries it; log it, unless it was not active any more."""
    active = VideoJob.objects.filter(pk=job.pk, state__in=ACTIVE_STATES)
    if active.update(state=JobState.FAILED, error=error, finished=timezone.now(), worker=""):
        conversion_log.log_conversion(
            style=conversion_log.video_style(job.style), seconds=0, failure=f"{conversion_log.VIDEO_PREFIX}{error}"
        )
