"""Videos that have arrived: kept, and deleted with all that was made of them.

Writing transactions begin as in `works.py`: with the owner's lock.
"""

import os
from collections.abc import Iterable

from django.db import transaction

from accounts.models import User
from gallery.locks import ObjectDeleted, lock_exhibits, lock_user
from gallery.models import Exhibit, Video, VideoJob, VideoUpload
from gallery.storage import media
from gallery.videos.probing import ProbedVideo, probe_and_write_poster
from inference.video_limits import Limits


def create_video(upload: VideoUpload, limits: Limits) -> Video:
    """The video of an upload that is complete, which gets its key: who asks for the upload once more finds it.

    Raises BadVideo, StorageError and ObjectDeleted; then nothing has changed.
    """
    source = media.media_path(upload.file)
    with media.new_files() as new:
        poster = new.reserve("uploads", "jpg")
        with media.raise_storage_errors():
            try:
                facts = probe_and_write_poster(source, media.media_path(poster), limits)
                file = new.reserve("uploads", facts.extension)
                os.link(source, media.media_path(file))  # the upload has it, too, until its row is gone
            except FileNotFoundError as error:
                raise ObjectDeleted from error
        with transaction.atomic():
            return _create(upload, file, poster, facts)


def _create(upload: VideoUpload, file: str, poster: str, facts: ProbedVideo) -> Video:
    lock_user(upload.owner_id)
    is_there, _rows = VideoUpload.objects.filter(pk=upload.pk).delete()
    if not is_there:  # somebody has finished or discarded it meanwhile
        raise ObjectDeleted
    media.delete_files_on_commit(upload.files)
    return Video.objects.create(
        pk=upload.pk,
        owner_id=upload.owner_id,
        file=file,
        poster=poster,
        name=upload.name,
        bytes=sum(media.media_path(name).stat().st_size for name in (file, poster)),
        width=facts.width,
        height=facts.height,
        seconds=facts.seconds,
        rate=facts.rate,
        has_sound=facts.has_sound,
    )


@transaction.atomic
def delete_video(video: Video) -> bool:
    """With its results, also published ones, and the conversions that are under way: their workers find out.

    Whether it was there. Raises ObjectDeleted where its owner is.
    """
    lock_user(video.owner_id)
    _delete_jobs(VideoJob.objects.filter(video=video))
    is_there, _rows = Video.objects.filter(pk=video.pk).delete()
    media.delete_files_on_commit(video.files)
    return bool(is_there)


@transaction.atomic
def delete_job(job: VideoJob) -> bool:
    """The same of one conversion."""
    lock_user(job.owner_id)
    return bool(_delete_jobs(VideoJob.objects.filter(pk=job.pk)))


def _delete_jobs(jobs: Iterable[VideoJob]) -> int:
    chosen = list(jobs)
    # Locked as in `works.delete_works`.
    keys = Exhibit.objects.filter(job__in=chosen).values_list("pk", flat=True)
    exhibits = [exhibit for some in lock_exhibits(keys) for exhibit in some]
    VideoJob.objects.filter(pk__in=[job.pk for job in chosen]).delete()
    media.delete_files_on_commit([name for exhibit in exhibits for name in exhibit.files])
    media.delete_files_on_commit(name for job in chosen for name in job.files)
    media.delete_folders_on_commit(job.folder for job in chosen)
    return len(chosen)


def delete_all_videos(owner: User) -> None:
    """All videos and unfinished uploads of a person, whom the caller has locked."""
    for video in Video.objects.filter(owner=owner):
        delete_video(video)
    uploads = list(VideoUpload.objects.filter(owner=owner))
    VideoUpload.objects.filter(owner=owner).delete()
    media.delete_files_on_commit(upload.file for upload in uploads)
