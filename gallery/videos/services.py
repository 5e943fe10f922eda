"""Videos and their conversions: created, canceled, retried and deleted.

Writing transactions begin with the owner's lock, as `gallery.locks` says.
"""

import os
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from gallery.locks import ObjectDeleted, lock_exhibits, lock_user
from gallery.models import ACTIVE_STATES, Exhibit, JobState, Video, VideoJob, VideoUpload
from gallery.storage import media
from gallery.storage.deletion import delete_on_commit
from gallery.storage.quotas import get_quota
from gallery.videos.probing import ProbedVideo, probe_and_write_poster
from gallery.videos.workers import wake_workers
from inference.video_limits import VideoLimits


def create_video(upload: VideoUpload, limits: VideoLimits) -> Video:
    """Turn a complete upload into a video with the same key: a client that asks for the upload again finds the video.

    Raise BadVideo, StorageError or ObjectDeleted; then nothing has changed.
    """
    source = media.media_path(upload.file)
    with media.new_files() as new:
        poster = new.reserve("uploads", "jpg")
        with media.raise_storage_errors():
            try:
                probed = probe_and_write_poster(source, media.media_path(poster), limits)
                file = new.reserve("uploads", probed.extension)
                os.link(source, media.media_path(file))  # the upload has it, too, until its row is gone
            except FileNotFoundError as error:
                raise ObjectDeleted from error
        with transaction.atomic():
            return _replace_upload(upload, file, poster, probed)


def _replace_upload(upload: VideoUpload, file: str, poster: str, probed: ProbedVideo) -> Video:
    lock_user(upload.owner_id)
    deleted, _rows = VideoUpload.objects.filter(pk=upload.pk).delete()
    if not deleted:  # another request has finished or discarded it meanwhile
        raise ObjectDeleted
    delete_on_commit(upload.files)
    return Video.objects.create(
        pk=upload.pk,
        owner_id=upload.owner_id,
        file=file,
        poster=poster,
        name=upload.name,
        bytes=sum(media.media_path(name).stat().st_size for name in (file, poster)),
        width=probed.width,
        height=probed.height,
        seconds=probed.seconds,
        rate=probed.rate,
        has_sound=probed.has_sound,
        is_cut_off=probed.is_cut_off,
        declared_seconds=probed.declared_seconds,
    )


@transaction.atomic
def create_job(
    *,
    video: Video,
    style: str,
    detail: str,
    is_fast: bool = False,
    start: float = 0.0,
    length: float | None = None,
    is_rate_halved: bool = False,
    long_side: int | None = None,
) -> VideoJob:
    """Create a job that converts a video, and wake a worker for it. `start` and `length` are in seconds of the video.

    `is_fast`: with the fast variant of the style, if it has one. `long_side` is the most that the result's longer side
    may have, in pixels. Raise QuotaExceeded or ObjectDeleted.
    """
    lock_user(video.owner_id)
    if not Video.objects.filter(pk=video.pk).exists():
        raise ObjectDeleted
    get_quota(video.owner).check(more_bytes=1)
    job = VideoJob.objects.create(
        owner_id=video.owner_id,
        video=video,
        style=style,
        detail=detail,
        is_fast=is_fast,
        start=start,
        length=length,
        is_rate_halved=is_rate_halved,
        long_side=long_side,
    )
    transaction.on_commit(wake_workers)
    return job


def cancel_job(job: VideoJob) -> bool:
    """Cancel an active job; return whether it was active. A worker that is at it notices within a second."""
    changed = VideoJob.objects.filter(pk=job.pk, state__in=ACTIVE_STATES).update(
        state=JobState.CANCELED, finished=timezone.now(), worker=""
    )
    if changed:
        media.delete_files([job.folder])
    return bool(changed)


@transaction.atomic
def retry_job(job: VideoJob) -> bool:
    """Let a failed or canceled job wait again; return whether it was one. What a failed one has finished is reused."""
    lock_user(job.owner_id)
    changed = VideoJob.objects.filter(pk=job.pk, state__in=(JobState.FAILED, JobState.CANCELED)).update(
        state=JobState.WAITING, error="", attempts=0, worker="", lease_expires_at=timezone.now(), finished=None
    )
    if changed:
        job.segments.all().delete()  # the new plan finds them again, the finished ones as finished
        transaction.on_commit(wake_workers)
    return bool(changed)


@transaction.atomic
def delete_video(video: Video) -> bool:
    """Delete a video with its results, also published ones, and its active jobs, whose workers notice.

    Return whether it existed. Raise ObjectDeleted where its owner does not.
    """
    lock_user(video.owner_id)
    _delete_jobs(VideoJob.objects.filter(video=video))
    deleted, _rows = Video.objects.filter(pk=video.pk).delete()
    delete_on_commit(video.files)
    return bool(deleted)


@transaction.atomic
def delete_job(job: VideoJob) -> bool:
    """Delete one conversion in the same way; return whether it existed."""
    lock_user(job.owner_id)
    return bool(_delete_jobs(VideoJob.objects.filter(pk=job.pk)))


def _delete_jobs(jobs: Iterable[VideoJob]) -> int:
    deleted = list(jobs)
    # The exhibits are locked before the rows go, in the order that `gallery.locks` asks for.
    keys = Exhibit.objects.filter(job__in=deleted).values_list("pk", flat=True)
    exhibits = [exhibit for batch in lock_exhibits(keys) for exhibit in batch]
    VideoJob.objects.filter(pk__in=[job.pk for job in deleted]).delete()
    delete_on_commit([name for exhibit in exhibits for name in exhibit.files])
    delete_on_commit(name for job in deleted for name in job.files)
    delete_on_commit(job.folder for job in deleted)
    return len(deleted)


def delete_all_videos(owner: User) -> None:
    """Delete all videos and unfinished uploads of a person, whom the caller has locked."""
    for video in Video.objects.filter(owner=owner):
        delete_video(video)
    uploads = list(VideoUpload.objects.filter(owner=owner))
    VideoUpload.objects.filter(owner=owner).delete()
    delete_on_commit(upload.file for upload in uploads)
