"""Uploads of videos in chunks, which may be hours apart.

The row says how many bytes have been received; those of the file beyond that are written again. Bytes are written under
a lock of the file, so that two requests at the same time are not mixed: the first one that writes goes on. The lock is
not held while a request waits for bytes, as a connection may hang for ever.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from math import isqrt
from typing import IO, Protocol

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.clock import correct_future_times
from accounts.models import User
from gallery.locks import ObjectDeleted, lock_user
from gallery.models import Video, VideoUpload
from gallery.storage import media
from gallery.storage.cleaning import clean_up_storage
from gallery.storage.deletion import delete_on_commit
from gallery.storage.quotas import get_quota
from gallery.videos.services import create_video
from inference.errors import BadVideo
from inference.video_limits import VideoLimits

MAX_UNFINISHED_UPLOADS = 3  # of one person
MAX_UPLOAD_IDLE_TIME = timedelta(days=1)
COMMON_HEIGHTS = (144, 240, 360, 480, 720, 1080, 1440, 2160, 4320)
READ_BYTES = 256 * 2**10  # at once, from a request


class ByteSource(Protocol):
    """What bytes are read from: a request, a form's file."""

    def read(self, size: int, /) -> bytes: ...


class WrongOffset(Exception):
    """The chunk does not begin where the last one ended, which is at `expected_offset`."""

    def __init__(self, expected_offset: int) -> None:
        super().__init__(expected_offset)
        self.expected_offset = expected_offset


class TooManyUnfinishedUploads(Exception):
    """This person has as many unfinished uploads as they may have."""


def video_limits() -> VideoLimits:
    """Return the limits of the settings for one video."""
    return VideoLimits(
        max_bytes=settings.VIDEO_MAX_BYTES,
        max_pixels=settings.VIDEO_MAX_PIXELS,
        max_short_side=settings.VIDEO_MAX_SHORT_SIDE,
        max_seconds=settings.VIDEO_MAX_SECONDS + 0.5,  # some leeway, as the last frame may end a little later
        max_frames=settings.VIDEO_MAX_SECONDS * 120,
    )


def max_size_label() -> str:
    """Return the common name of the largest frames that a video may have, such as `1080p`."""
    max_height = min(settings.VIDEO_MAX_SHORT_SIDE, isqrt(settings.VIDEO_MAX_PIXELS * 9 // 16))  # of a frame in 16:9
    return f"{max((height for height in COMMON_HEIGHTS if height <= max_height), default=max_height)}p"


def max_size_text() -> str:
    """Return that name with the numbers behind it."""
    text = _("%(name)s: %(short_side)s pixels on the short side, and %(megapixels)s megapixels")
    megapixels = f"{settings.VIDEO_MAX_PIXELS / 10**6:.2g}"
    return text % {"name": max_size_label(), "short_side": settings.VIDEO_MAX_SHORT_SIDE, "megapixels": megapixels}


def begin_upload(*, owner: User, name: str, size: int) -> VideoUpload:
    """Create an upload for a file of `size` bytes; they count against the owner's quota from now on.

    Raise BadVideo (`empty`, `too_many_bytes`), QuotaExceeded, TooManyUnfinishedUploads or ObjectDeleted.
    """
    clean_up_storage()
    discard_abandoned_uploads()
    if size <= 0:
        raise BadVideo("empty")
    if size > settings.VIDEO_MAX_BYTES:
        raise BadVideo("too_many_bytes", limit=settings.VIDEO_MAX_BYTES)
    with media.new_files() as new, transaction.atomic():
        lock_user(owner.pk)
        if VideoUpload.objects.filter(owner=owner).count() >= MAX_UNFINISHED_UPLOADS:
            raise TooManyUnfinishedUploads
        get_quota(owner).check(more_bytes=size, more_works=0)
        file = new.reserve(media.INCOMING_FOLDER, "part")
        with media.raise_storage_errors():
            os.close(os.open(media.media_path(file), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o640))
        return VideoUpload.objects.create(owner=owner, file=file, name=_base_name(name), size=size)


def _base_name(name: str) -> str:
    """Return the file's name alone: some browsers send a whole path."""
    return name.replace("\\", "/").rpartition("/")[2][-200:] or "video"


def receive_chunk(*, upload: VideoUpload, offset: int, source: ByteSource) -> VideoUpload:
    """Append the bytes of a source, up to the announced size; those that came before a connection broke are kept.

    Raise WrongOffset, StorageError or ObjectDeleted.
    """
    try:
        file = media.media_path(upload.file).open("r+b", buffering=0)
    except FileNotFoundError as error:
        raise ObjectDeleted from error
    with file:
        _append(upload, file, offset, b"")  # a chunk that begins elsewhere is not even read
        while upload.received_bytes < upload.size and (
            chunk := source.read(min(READ_BYTES, upload.size - upload.received_bytes))
        ):
            _append(upload, file, upload.received_bytes, chunk)
    return upload


def _append(upload: VideoUpload, file: IO[bytes], offset: int, chunk: bytes) -> None:
    """Raise WrongOffset, also where another request has written meanwhile, StorageError or ObjectDeleted."""
    with _locked(file):
        try:
            upload.refresh_from_db(fields=["received_bytes"])
        except VideoUpload.DoesNotExist as error:
            raise ObjectDeleted from error
        if offset != upload.received_bytes:
            raise WrongOffset(upload.received_bytes)
        file.seek(offset)
        try:
            with media.raise_storage_errors():
                while chunk:  # a disk may take a part of it before it is full
                    chunk = chunk[file.write(chunk) :]
        finally:
            upload.received_bytes = file.tell()
            rows = VideoUpload.objects.filter(pk=upload.pk)
            updated = rows.update(received_bytes=upload.received_bytes, updated=timezone.now())
    if not updated:
        raise ObjectDeleted


@contextmanager
def _locked(file: IO[bytes]) -> Iterator[None]:
    with media.raise_storage_errors():
        fcntl.flock(file, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)


def finish_upload(upload: VideoUpload) -> Video:
    """Turn a complete upload into a video. The upload is over then, also where it is no video.

    Raise BadVideo, ObjectDeleted or StorageError; after the last the upload is still there, and may be finished again.
    """
    try:
        return create_video(upload, video_limits())
    except (BadVideo, ObjectDeleted):
        discard_upload(upload)
        raise


def receive_whole_file(*, owner: User, name: str, size: int, source: ByteSource) -> Video:
    """Make a video of a file that comes in one request. Raise what the three steps raise; then nothing is left."""
    upload = begin_upload(owner=owner, name=name, size=size)
    try:
        return finish_upload(receive_chunk(upload=upload, offset=0, source=source))
    except BaseException:
        discard_upload(upload)
        raise


@transaction.atomic
def discard_upload(upload: VideoUpload) -> None:
    """Delete an upload and its file; one that is gone already is no error."""
    VideoUpload.objects.filter(pk=upload.pk).delete()
    delete_on_commit(upload.files)


def discard_abandoned_uploads() -> None:
    """Delete the uploads that have received nothing for a day."""
    now = timezone.now()
    correct_future_times(VideoUpload.objects.all(), "updated", now)
    for upload in VideoUpload.objects.filter(updated__lt=now - MAX_UPLOAD_IDLE_TIME):
        discard_upload(upload)
