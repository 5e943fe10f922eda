"""A process that converts videos, a few seconds of one at a time, until it is told to stop."""

import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from functools import cache

import numpy as np
from django.db import Error, close_old_connections
from huey.contrib.djhuey import HUEY

from gallery.models import ACTIVE_STATES, JobState, VideoJob
from gallery.storage import media
from gallery.storage.orphans import delete_orphaned_files
from gallery.storage.quotas import QuotaExceeded
from gallery.videos import steps as steps
from gallery.videos.jobs import wake_workers
from gallery.videos.leases import StepLease, hold_lease, report_alive
from gallery.videos.preview import preview_writer
from gallery.videos.results import join_and_store
from gallery.videos.uploads import discard_abandoned_uploads, video_limits
from gallery.videos.workers import prune_stale_workers
from inference.errors import BadVideo, StyleNotDownloaded, UnknownStyle, VideoCanceled
from inference.runtime import get_engine, get_style_registry
from inference.scheduler import Requester, requested_by
from inference.video import Options, Plan, convert_segment, make_plan, read_plan

logger = logging.getLogger(__name__)

POLL_SECONDS = 3.0  # seconds between looks into the database, if nobody wakes it
QUEUE_POLL_SECONDS = 0.3  # between looks into a queue that cannot be waited at
CLEAN_UP_INTERVAL_SECONDS = 3600.0
FAILED_JOB_RETENTION_SECONDS = 24 * 3600.0  # seconds that what is finished of a failed job is kept for another try

stop_requested = threading.Event()


@cache
def worker_name() -> str:
    """Of this process, unlike all others that ever were."""
    return f"{socket.gethostname()[:50]}-{os.getpid()}-{uuid.uuid4().hex[:8]}"


def run_until_stopped(is_orphan: Callable[[], bool] = lambda: False) -> None:
    """Work whenever there is something to do, until `stopping` is set."""
    with report_alive(worker_name()):
        _run(is_orphan)


def _run(is_orphan: Callable[[], bool]) -> None:
    looked = tidied = -CLEAN_UP_INTERVAL_SECONDS
    while not stop_requested.is_set() and not is_orphan():
        close_old_connections()
        try:
            if time.monotonic() - tidied >= CLEAN_UP_INTERVAL_SECONDS:
                tidied = time.monotonic()
                clean_up()
            if _is_woken() or time.monotonic() - looked >= POLL_SECONDS:
                drain_queue()
                looked = time.monotonic()
        except (Error, OSError):
            logger.warning("the database or the media folder does not answer", exc_info=True)
            stop_requested.wait(POLL_SECONDS)


def _is_woken() -> bool:
    """Whether the queue has something; what that asks for is done meanwhile."""
    try:
        task = HUEY.dequeue()
        if task is not None:
            HUEY.execute(task)
            return True
    except Exception:  # of several libraries; jobs are found without the queue, too
        logger.warning("the queue does not answer", exc_info=True)
    stop_requested.wait(QUEUE_POLL_SECONDS)
    return False


def drain_queue() -> None:
    """Do steps until there is none that nobody else does."""
    has_told = False
    while not stop_requested.is_set() and (step := steps.claim_next_segment(worker_name())):
        if not has_told and step.kind is not steps.StepKind.PLAN:  # before it is planned, nobody can share it
            wake_workers()  # the next one, who finds something or sleeps on
            has_told = True
        run_step(step)


def run_step(step: steps.Step) -> None:
    """One step to its end, whatever that is."""
    try:
        with hold_lease(step, stop_requested) as lease, requested_by(Requester(user_id=step.job.owner_id)):
            STEP_RUNNERS[step.kind](step, lease)
    except VideoCanceled:
        steps.release(step)
    except (BadVideo, UnknownStyle, StyleNotDownloaded, QuotaExceeded) as error:
        _fail(step.job, error)
    except Error:
        raise  # without a database nothing can be noted of the step: its lease runs out
    except Exception as error:  # of many libraries, about files of strangers: none of them may end the worker
        if steps.is_job_active(step.job):
            logger.exception("%s of video job %s: %s", step.kind.value, step.job.pk, error)
            steps.reschedule(step)
    if not VideoJob.objects.filter(pk=step.job.pk, state__in=(*ACTIVE_STATES, JobState.FAILED)).exists():
        media.delete_folders([step.job.folder])  # cancelled or deleted while something was written there


def _fail(job: VideoJob, error: Exception) -> None:
    code = error.reason if isinstance(error, BadVideo) else ERROR_CODES[type(error)]
    logger.warning("video job %s failed: %s", job.pk, code)
    steps.mark_failed(job, code)


ERROR_CODES: dict[type[Exception], str] = {
    UnknownStyle: "style_not_available",
    StyleNotDownloaded: "style_not_available",
    QuotaExceeded: "quota",
}


def _plan(step: steps.Step, lease: StepLease) -> None:
    job = step.job
    options = Options(job.detail, job.start, job.length, job.is_rate_halved, job.long_side)
    style = get_style_registry().get_available(job.style)
    plan = make_plan(media.media_path(job.video.file), media.media_path(job.folder), style, options, video_limits())
    frames = [len(plan.frames_of(index)) for index in range(plan.segments)]
    if not steps.mark_planned(step, frames, [plan.is_finished(index) for index in range(plan.segments)]):
        raise VideoCanceled


def _read_plan(step: steps.Step) -> Plan | None:
    """None where it is gone, or another version's: then it is planned again."""
    try:
        return read_plan(media.media_path(step.job.folder))
    except (FileNotFoundError, ValueError):
        steps.discard_plan(step)
        return None


def _convert(step: steps.Step, lease: StepLease) -> None:
    assert step.segment  # noqa: S101 - for the type checker
    if plan := _read_plan(step):
        style, started = get_style_registry().get_available(step.job.style), time.perf_counter()
        show = preview_writer(media.media_path(step.job.preview), style.id)

        def on_frame(done: int, pixels: np.ndarray) -> None:
            lease.frames_done = done
            show(pixels)

        convert_segment(plan, step.segment.index, get_engine(), style, on_frame=on_frame, is_cancelled=lease.is_over)
        steps.mark_segment_done(step, time.perf_counter() - started)


def _join(step: steps.Step, lease: StepLease) -> None:
    if plan := _read_plan(step):
        if plan.unfinished():
            steps.discard_plan(step)
        else:
            join_and_store(step, plan)


STEP_RUNNERS = {steps.StepKind.PLAN: _plan, steps.StepKind.SEGMENT: _convert, steps.StepKind.JOIN: _join}


def clean_up() -> None:
    """Remove what nobody comes back for: uploads, folders of jobs that are over, notes of the queue, dead workers."""
    delete_orphaned_files()
    discard_abandoned_uploads()
    prune_stale_workers()
    latest = time.time() - FAILED_JOB_RETENTION_SECONDS
    for folder in media.media_path(media.WORKING_FOLDER).glob("[0-9a-f]" * 32):
        job = VideoJob.objects.filter(pk=uuid.UUID(folder.name)).first()
        with suppress(FileNotFoundError):  # another worker does the same
            is_old = folder.stat().st_mtime < latest
            if job is None or not (job.is_active or (job.state == JobState.FAILED and not is_old)):
                media.delete_folders([f"{media.WORKING_FOLDER}/{folder.name}"])
    HUEY.storage.flush_results()
