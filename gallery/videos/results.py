"""How a job ends well: the segments become one file, which its owner keeps."""

import time

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from gallery import conversion_log
from gallery.locks import ObjectDeleted, lock_user
from gallery.models import JobState, VideoJob
from gallery.storage import media
from gallery.storage.quotas import get_quota
from gallery.videos.steps import Step
from inference.runtime import get_engine
from inference.video import Plan, join, probe, write_poster


def join_and_store(step: Step, plan: Plan) -> None:
    """Join the segments, and store the result.

    Raises what `join` raises, QuotaExceeded, StorageError, and ObjectDeleted where nobody wants it any more or another
    worker was quicker; then nothing is left of it.
    """
    started = time.perf_counter()
    with media.new_files() as new:
        file, poster = new.reserve("results", "mp4"), new.reserve("results", "jpg")
        result, picture = media.media_path(file), media.media_path(poster)
        join(plan, result)
        write_poster(probe(result), picture, style=plan.style)
        for path in (result, picture):
            path.chmod(0o640)
        facts = {
            "file": file,
            "poster": poster,
            "width": plan.width,
            "height": plan.height,
            "bytes": result.stat().st_size + picture.stat().st_size,
            "device": get_engine().backend.device,
            "engine": get_engine().backend.name,
            "seconds": F("seconds") + time.perf_counter() - started,
        }
        _keep(step, facts)
    media.delete_folders([step.job.folder])
    job = VideoJob.objects.filter(pk=step.job.pk).first()
    if job:
        conversion_log.log_conversion(style=conversion_log.video_style(job.style), seconds=job.seconds)


@transaction.atomic
def _keep(step: Step, facts: dict[str, object]) -> None:
    lock_user(step.job.owner_id)
    get_quota(step.job.owner).check(more_bytes=int(str(facts["bytes"])), more_works=0)
    mine = VideoJob.objects.filter(pk=step.job.pk, worker=step.worker, state=JobState.RUNNING)
    if not mine.update(state=JobState.DONE, finished=timezone.now(), worker="", **facts):
        raise ObjectDeleted
    step.job.segments.all().delete()
