"""The loop of a worker process: it converts videos, a few seconds of one at a time, until it is told to stop."""

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

from accounts.mail.sender import send_meanwhile
from gallery.models import ACTIVE_STATES, JobState, VideoJob
from gallery.queue import UnreadableMessage
from gallery.storage import media
from gallery.storage.cleaning import clean_up_storage
from gallery.storage.deletion import retry_deletions
from gallery.storage.quotas import QuotaExceeded
from gallery.styles.downloads import download_meanwhile
from gallery.styles.titles import remember_style_titles
from gallery.videos import steps
from gallery.videos.leases import StepLease, hold_lease, report_alive
from gallery.videos.results import join_and_store, make_preview_writer
from gallery.videos.uploads import discard_abandoned_uploads, video_limits
from gallery.videos.workers import prune_stale_workers, wake_workers
from imaging.errors import ImagingError
from inference.errors import BadVideo, NonFiniteResult, StyleNotDownloaded, UnknownStyle, VideoCanceled
from inference.runtime import get_engine, get_style_registry
from inference.scheduler import Requester, requested_by
from inference.styles import Style
from inference.video import VideoOptions, VideoPlan, convert_segment, plan_video, probe_in_process, read_plan

logger = logging.getLogger(__name__)

POLL_SECONDS = 3.0  # between looks into the database, if nothing wakes the worker
QUEUE_POLL_SECONDS = 0.3  # between looks into the queue: SqliteHuey has no blocking read
CLEAN_UP_INTERVAL_SECONDS = 3600.0
DELETION_RETRY_SECONDS = 60.0  # where a disk is away or read-only, it is so for minutes at least
FAILED_JOB_RETENTION_SECONDS = 24 * 3600.0  # for so long a retry finds what a failed job had finished

# What `VideoJob.error` says of these; of BadVideo it is the reason.
ERROR_CODES: dict[type[Exception], str] = {
    UnknownStyle: "style_not_available",
    StyleNotDownloaded: "style_not_available",
    QuotaExceeded: "quota",
    NonFiniteResult: "not_finite",
}

stop_requested = threading.Event()


@cache
def worker_name() -> str:
    """Return the name of this process, which no other ever has."""
    return f"{socket.gethostname()[:50]}-{os.getpid()}-{uuid.uuid4().hex[:8]}"


def run_until_stopped(is_orphan: Callable[[], bool] = lambda: False) -> None:
    """Run the steps that come up until `stop_requested` is set, or `is_orphan` says that the parent process is gone."""
    with report_alive(worker_name()), send_meanwhile(), download_meanwhile(worker_name()):  # videos take hours
        _poll(is_orphan)


def _poll(is_orphan: Callable[[], bool]) -> None:
    polled_at = retried_at = cleaned_up_at = -CLEAN_UP_INTERVAL_SECONDS
    while not stop_requested.is_set() and not is_orphan():
        close_old_connections()
        try:
            if time.monotonic() - cleaned_up_at >= CLEAN_UP_INTERVAL_SECONDS:
                cleaned_up_at = time.monotonic()
                clean_up()
            if time.monotonic() - retried_at >= DELETION_RETRY_SECONDS:
                retried_at = time.monotonic()
                retry_deletions()
            if _run_queued_task() or time.monotonic() - polled_at >= POLL_SECONDS:
                drain_queue()
                polled_at = time.monotonic()
        except (Error, OSError):
            logger.warning("the database or the media folder does not answer", exc_info=True)
            stop_requested.wait(POLL_SECONDS)


def _run_queued_task() -> bool:
    """Run a task of the queue; return whether there was one, readable or not. Wait a moment if there was none."""
    try:
        task = HUEY.dequeue()
        if task is not None:
            HUEY.execute(task)
            return True
    except UnreadableMessage:
        logger.warning("a message of another version, or of a stranger, was dropped from the queue")
        return True  # it may have been meant to wake workers
    except Exception:  # of several libraries; jobs are found without the queue, too
        logger.warning("the queue does not answer", exc_info=True)
    stop_requested.wait(QUEUE_POLL_SECONDS)
    return False


def drain_queue() -> None:
    """Run steps until there is none left that no other worker runs."""
    has_woken_others = False
    while not stop_requested.is_set() and (step := steps.claim_next_segment(worker_name())):
        if not has_woken_others and step.kind is not steps.StepKind.PLAN:  # a job without a plan cannot be shared
            wake_workers()  # one more, which wakes the next one if it finds a step
            has_woken_others = True
        run_step(step)


def run_step(step: steps.Step) -> None:
    """Run a claimed step, and write down how it ended."""
    try:
        with hold_lease(step, stop_requested) as lease, requested_by(Requester(user_id=step.job.owner_id)):
            STEP_RUNNERS[step.kind](step, lease)
    except VideoCanceled:
        steps.release_step(step)
    except (BadVideo, NonFiniteResult, UnknownStyle, StyleNotDownloaded, QuotaExceeded) as error:
        code = error.reason if isinstance(error, BadVideo) else ERROR_CODES[type(error)]
        logger.warning("video job %s failed: %s", step.job.pk, code)
        steps.mark_failed(step.job, code)
    except Error:
        raise  # without a database nothing can be written down: the lease runs out
    except Exception as error:  # of many libraries, about strangers' files: none of them may end the worker
        if steps.is_job_active(step.job):
            logger.exception("%s of video job %s: %s", step.kind.value, step.job.pk, error)
            steps.reschedule(step)
    if not VideoJob.objects.filter(pk=step.job.pk, state__in=(*ACTIVE_STATES, JobState.FAILED)).exists():
        media.delete_files([step.job.folder])  # canceled or deleted while something was written there


def _get_style(job: VideoJob) -> Style:
    """Return what converts it. Raise UnknownStyle or StyleNotDownloaded."""
    return get_style_registry().get_available(job.style).variant(is_fast=job.is_fast)


def _plan(step: steps.Step, lease: StepLease) -> None:
    job = step.job
    options = VideoOptions(job.detail, job.start, job.length, job.is_rate_halved, job.long_side)
    style = _get_style(job)
    source = media.media_path(job.video.file)
    info = probe_in_process(source, video_limits(), is_limited=True, is_canceled=lease.is_over)
    plan = plan_video(info, media.media_path(job.folder), style, options)
    frames = [len(plan.segment_frames(index)) for index in range(plan.segment_count)]
    if not steps.mark_planned(step, frames, [plan.is_finished(index) for index in range(plan.segment_count)]):
        raise VideoCanceled


def _read_plan(step: steps.Step) -> VideoPlan | None:
    """Return the job's plan; None where it is gone, or another version's: then the job is planned again."""
    try:
        return read_plan(media.media_path(step.job.folder))
    except (FileNotFoundError, ValueError):
        steps.discard_plan(step)
        return None


def _convert(step: steps.Step, lease: StepLease) -> None:
    assert step.segment  # noqa: S101 - for the type checker
    if plan := _read_plan(step):
        style, started = _get_style(step.job), time.perf_counter()
        write_preview = make_preview_writer(media.media_path(step.job.preview), style.id)

        def on_frame(done: int, pixels: np.ndarray) -> None:
            lease.frames_done = done
            write_preview(pixels)

        convert_segment(
            plan,
            step.segment.index,
            get_engine(),
            style,
            on_frame=on_frame,
            is_canceled=lease.is_over,
            is_limited=True,
        )
        steps.mark_segment_done(step, time.perf_counter() - started)


def _join(step: steps.Step, lease: StepLease) -> None:
    if plan := _read_plan(step):
        if plan.unfinished_segments():
            steps.discard_plan(step)
        else:
            join_and_store(step, plan, lease.is_over)


STEP_RUNNERS = {steps.StepKind.PLAN: _plan, steps.StepKind.SEGMENT: _convert, steps.StepKind.JOIN: _join}


def clean_up() -> None:
    """Remove abandoned uploads, folders of jobs that are over, results of the queue's tasks and stale workers."""
    clean_up_storage()
    discard_abandoned_uploads()
    prune_stale_workers()
    with suppress(ImagingError):  # a manifest that is not usable: conversions tell of it
        remember_style_titles()
    oldest_kept = time.time() - FAILED_JOB_RETENTION_SECONDS
    for folder in media.media_path(media.WORKING_FOLDER).glob("[0-9a-f]" * 32):
        job = VideoJob.objects.filter(pk=uuid.UUID(folder.name)).first()
        with suppress(FileNotFoundError):  # another worker does the same
            is_old = folder.stat().st_mtime < oldest_kept
            if job is None or not (job.is_active or (job.state == JobState.FAILED and not is_old)):
                media.delete_files([f"{media.WORKING_FOLDER}/{folder.name}"])
    HUEY.storage.flush_results()
