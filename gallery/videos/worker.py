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

from gallery.models import ACTIVE, JobState, VideoJob
from gallery.storage import media
from gallery.storage.orphans import delete_orphaned_files
from gallery.storage.quotas import QuotaReached
from gallery.videos import steps as steps
from gallery.videos.jobs import wake_workers
from gallery.videos.leases import Lease, leased, present
from gallery.videos.preview import preview_writer
from gallery.videos.results import store
from gallery.videos.uploads import drop_abandoned, limits
from gallery.videos.workers import forget_silent
from inference.errors import BadVideo, StyleNotDownloaded, UnknownStyle, VideoCanceled
from inference.runtime import get_engine, get_style_registry
from inference.scheduler import Requester, requested_by
from inference.video import Options, Plan, convert_segment, make_plan, read_plan

logger = logging.getLogger(__name__)

LOOK_EVERY = 3.0  # seconds between looks into the database, if nobody wakes it
NAP = 0.3  # between looks into a queue that cannot be waited at
TIDY_EVERY = 3600.0
KEPT_FAILED = 24 * 3600.0  # seconds that what is finished of a failed job is kept for another try

stopping = threading.Event()


@cache
def name() -> str:
    """Of this process, unlike all others that ever were."""
    return f"{socket.gethostname()[:50]}-{os.getpid()}-{uuid.uuid4().hex[:8]}"


def run(is_orphan: Callable[[], bool] = lambda: False) -> None:
    """Work whenever there is something to do, until `stopping` is set."""
    with present(name()):
        _run(is_orphan)


def _run(is_orphan: Callable[[], bool]) -> None:
    looked = tidied = -TIDY_EVERY
    while not stopping.is_set() and not is_orphan():
        close_old_connections()
        try:
            if time.monotonic() - tidied >= TIDY_EVERY:
                tidied = time.monotonic()
                tidy()
            if _is_woken() or time.monotonic() - looked >= LOOK_EVERY:
                work()
                looked = time.monotonic()
        except (Error, OSError):
            logger.warning("the database or the media folder does not answer", exc_info=True)
            stopping.wait(LOOK_EVERY)


def _is_woken() -> bool:
    """Whether the queue has something; what that asks for is done meanwhile."""
    try:
        task = HUEY.dequeue()
        if task is not None:
            HUEY.execute(task)
            return True
    except Exception:  # of several libraries; jobs are found without the queue, too
        logger.warning("the queue does not answer", exc_info=True)
    stopping.wait(NAP)
    return False


def work() -> None:
    """Do steps until there is none that nobody else does."""
    has_told = False
    while not stopping.is_set() and (step := steps.take(name())):
        if not has_told and step.kind is not steps.Kind.PLAN:  # before it is planned, nobody can share it
            wake_workers()  # the next one, who finds something or sleeps on
            has_told = True
        do(step)


def do(step: steps.Step) -> None:
    """One step to its end, whatever that is."""
    try:
        with leased(step, stopping) as lease, requested_by(Requester(user_id=step.job.owner_id)):
            DO[step.kind](step, lease)
    except VideoCanceled:
        steps.release(step)
    except (BadVideo, UnknownStyle, StyleNotDownloaded, QuotaReached) as error:
        _fail(step.job, error)
    except Error:
        raise  # without a database nothing can be noted of the step: its lease runs out
    except Exception as error:  # of many libraries, about files of strangers: none of them may end the worker
        if steps.is_wanted(step.job):
            logger.exception("%s of video job %s: %s", step.kind.value, step.job.pk, error)
            steps.put_off(step)
    if not VideoJob.objects.filter(pk=step.job.pk, state__in=(*ACTIVE, JobState.FAILED)).exists():
        media.remove_folders([step.job.folder])  # cancelled or deleted while something was written there


def _fail(job: VideoJob, error: Exception) -> None:
    code = error.reason if isinstance(error, BadVideo) else CODES[type(error)]
    logger.warning("video job %s failed: %s", job.pk, code)
    steps.fail(job, code)


CODES: dict[type[Exception], str] = {
    UnknownStyle: "style_not_available",
    StyleNotDownloaded: "style_not_available",
    QuotaReached: "quota",
}


def _plan(step: steps.Step, lease: Lease) -> None:
    job = step.job
    options = Options(job.detail, job.start, job.length, job.is_rate_halved, job.long_side)
    style = get_style_registry().get_available(job.style)
    plan = make_plan(media.path_of(job.video.file), media.path_of(job.folder), style, options, limits())
    frames = [len(plan.frames_of(index)) for index in range(plan.segments)]
    if not steps.planned(step, frames, [plan.is_finished(index) for index in range(plan.segments)]):
        raise VideoCanceled


def _read_plan(step: steps.Step) -> Plan | None:
    """None where it is gone, or another version's: then it is planned again."""
    try:
        return read_plan(media.path_of(step.job.folder))
    except (FileNotFoundError, ValueError):
        steps.plan_again(step)
        return None


def _convert(step: steps.Step, lease: Lease) -> None:
    assert step.segment  # noqa: S101 - for the type checker
    if plan := _read_plan(step):
        style, started = get_style_registry().get_available(step.job.style), time.perf_counter()
        show = preview_writer(media.path_of(step.job.preview), style.id)

        def on_frame(done: int, pixels: np.ndarray) -> None:
            lease.frames_done = done
            show(pixels)

        convert_segment(plan, step.segment.index, get_engine(), style, on_frame=on_frame, is_cancelled=lease.is_over)
        steps.segment_finished(step, time.perf_counter() - started)


def _join(step: steps.Step, lease: Lease) -> None:
    if plan := _read_plan(step):
        if plan.unfinished():
            steps.plan_again(step)
        else:
            store(step, plan)


DO = {steps.Kind.PLAN: _plan, steps.Kind.SEGMENT: _convert, steps.Kind.JOIN: _join}


def tidy() -> None:
    """Remove what nobody comes back for: uploads, folders of jobs that are over, notes of the queue, dead workers."""
    delete_orphaned_files()
    drop_abandoned()
    forget_silent()
    latest = time.time() - KEPT_FAILED
    for folder in media.path_of(media.WORKING).glob("[0-9a-f]" * 32):
        job = VideoJob.objects.filter(pk=uuid.UUID(folder.name)).first()
        with suppress(FileNotFoundError):  # another worker does the same
            is_old = folder.stat().st_mtime < latest
            if job is None or not (job.is_active or (job.state == JobState.FAILED and not is_old)):
                media.remove_folders([f"{media.WORKING}/{folder.name}"])
    HUEY.storage.flush_results()
