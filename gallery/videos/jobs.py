"""What people want of their videos: to be converted, not any more, once more."""

import logging

from django.db import transaction
from django.utils import timezone

from gallery.locks import ObjectDeleted, lock_user
from gallery.models import ACTIVE_STATES, JobState, Video, VideoJob
from gallery.storage import media
from gallery.storage.quotas import get_quota

logger = logging.getLogger(__name__)


@transaction.atomic
def create_job(*, video: Video, **options: object) -> VideoJob:
    """Create a job for a video with `style`, `detail` and the other fields of VideoJob.

    Raises QuotaExceeded and ObjectDeleted.
    """
    lock_user(video.owner_id)
    if not Video.objects.filter(pk=video.pk).exists():
        raise ObjectDeleted
    get_quota(video.owner).check(more_bytes=1)
    job = VideoJob.objects.create(owner_id=video.owner_id, video=video, **options)
    transaction.on_commit(wake_workers)
    return job


def wake_workers() -> None:
    """They would look by themselves, but not at once. So it is no error where the queue cannot be reached."""
    try:
        from gallery.tasks import convert_videos  # which opens the queue

        convert_videos.enqueue()
    except Exception:
        logger.exception("no worker could be woken")


def cancel_job(job: VideoJob) -> bool:
    """From now on nobody works on it: a worker that does hears of it within a second. Whether there was anything."""
    changed = VideoJob.objects.filter(pk=job.pk, state__in=ACTIVE_STATES).update(
        state=JobState.CANCELED, finished=timezone.now(), worker=""
    )
    if changed:
        media.delete_folders([job.folder])
    return bool(changed)


@transaction.atomic
def retry_job(job: VideoJob) -> bool:
    """Once more, with what is finished where it failed. Whether it was over without a result."""
    lock_user(job.owner_id)
    over = (JobState.FAILED, JobState.CANCELED)
    changed = VideoJob.objects.filter(pk=job.pk, state__in=over).update(
        state=JobState.WAITING, error="", attempts=0, worker="", lease_expires_at=timezone.now(), finished=None
    )
    if changed:
        job.segments.all().delete()  # they are found again, the finished ones as finished, by the new plan
        transaction.on_commit(wake_workers)
    return bool(changed)
