"""What a worker stores of a job: its newest frame while it runs, and the joined video when all segments are done."""

import logging
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from gallery import conversion_log
from gallery.locks import ObjectDeleted, lock_user
from gallery.models import JobState, VideoJob
from gallery.storage import media
from gallery.storage.labels import make_label
from gallery.storage.quotas import get_quota
from gallery.videos.steps import Step
from inference.runtime import get_engine, get_style_registry
from inference.video import VideoPlan, join_in_process, probe_video, write_poster, write_still

logger = logging.getLogger(__name__)

PREVIEW_INTERVAL_SECONDS = 2.0


def make_preview_writer(path: Path, style: str) -> Callable[[np.ndarray], None]:
    """Return a function that takes every frame, uint8 [H,W,3], and writes one now and then as a JPEG to `path`.

    A conversion does not fail for want of a preview.
    """
    latest = -PREVIEW_INTERVAL_SECONDS

    def write_preview(pixels: np.ndarray) -> None:
        nonlocal latest
        if time.monotonic() - latest >= PREVIEW_INTERVAL_SECONDS:
            latest = time.monotonic()
            try:
                write_still(pixels, path, style=style)
            except OSError as error:  # the disk is full, or the job was canceled and its folder is gone
                logger.info("no preview: %s", error)

    return write_preview


@dataclass(frozen=True)
class _Result:
    """The columns of a job that its result fills."""

    file: str
    poster: str
    width: int
    height: int
    bytes: int
    device: str
    engine: str


def join_and_store(step: Step, plan: VideoPlan, is_canceled: Callable[[], bool]) -> None:
    """Join the segments to one file, and store it as the job's result.

    Raise what `join_in_process` raises, QuotaExceeded, StorageError, and ObjectDeleted where the job was canceled or
    another worker was quicker; then nothing is left of the result.
    """
    started = time.perf_counter()
    with media.new_files() as new:
        file, poster = new.reserve("results", "mp4"), new.reserve("results", "jpg")
        video_path, poster_path = media.media_path(file), media.media_path(poster)
        label = make_label(step.job.pk)
        join_in_process(plan, video_path, is_canceled, label)
        write_poster(probe_video(video_path), poster_path, style=plan.style, label=label)
        for path in (video_path, poster_path):
            path.chmod(0o640)
        backend = get_engine().backend_for(get_style_registry().get(plan.style))
        result = _Result(
            file=file,
            poster=poster,
            width=plan.width,
            height=plan.height,
            bytes=video_path.stat().st_size + poster_path.stat().st_size,
            device=backend.device,
            engine=backend.name,
        )
        _mark_done(step, result, time.perf_counter() - started)
    media.delete_files([step.job.folder])
    job = VideoJob.objects.filter(pk=step.job.pk).first()
    if job:
        conversion_log.log_conversion(style=conversion_log.video_style(job.style), seconds=job.seconds)


@transaction.atomic
def _mark_done(step: Step, result: _Result, seconds: float) -> None:
    lock_user(step.job.owner_id)
    get_quota(step.job.owner).check(more_bytes=result.bytes, more_works=0)
    held = VideoJob.objects.filter(pk=step.job.pk, worker=step.worker, state=JobState.RUNNING)
    finished = {"state": JobState.DONE, "finished": timezone.now(), "worker": "", "seconds": F("seconds") + seconds}
    if not held.update(**finished, **asdict(result)):
        raise ObjectDeleted
    step.job.segments.all().delete()
