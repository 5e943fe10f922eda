"""Videos on their way in, in pieces that may be hours apart.

The row says how much has arrived; bytes of the file beyond that are written again. What comes is written under a lock
of the file, so two requests at the same time are not mixed: the first one that writes goes on. Nobody holds the lock
while they wait for bytes, as a line may hang for ever.
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

from accounts.models import User
from gallery.locks import ObjectDeleted, lock_user
from gallery.models import Video, VideoUpload
from gallery.storage import media
from gallery.storage.orphans import delete_orphaned_files
from gallery.storage.quotas import get_quota
from gallery.videos.services import create_video
from inference.errors import BadVideo
from inference.video_limits import Limits

MAX_UNFINISHED_UPLOADS = 3  # of a person
ABANDONED_AFTER = timedelta(days=1)
COMMON_HEIGHTS = (144, 240, 360, 480, 720, 1080, 1440, 2160, 4320)
READ_BYTES = 256 * 2**10  # bytes that are read at once


class ByteSource(Protocol):
    """What bytes are read from: a request, a form's file."""

    def read(self, size: int, /) -> bytes: ...


class WrongOffset(Exception):
    """The piece does not begin where the last one ended, which is at `expected_offset`."""

    def __init__(self, expected_offset: int) -> None:
        super().__init__(expected_offset)
        self.expected_offset = expected_offset


class TooManyUnfinishedUploads(Exception):
    """This person has begun as many uploads as they may without an end."""


def video_limits() -> Limits:
    """What a video may be."""
    seconds = settings.VIDEO_MAX_SECONDS
    return Limits(
        bytes=settings.VIDEO_MAX_BYTES, pixels=settings.VIDEO_MAX_PIXELS, seconds=seconds + 0.5, frames=seconds * 120
    )


def max_size_label() -> str:
    """What people call the largest pictures that a video may have: `1080p`."""
    most = isqrt(settings.VIDEO_MAX_PIXELS * 9 // 16)  # lines of a picture in 16:9
    return f"{max((lines for lines in COMMON_HEIGHTS if lines <= most), default=most)}p"


def begin_upload(*, owner: User, name: str, size: int) -> VideoUpload:
    """A file of so many bytes is going to come. Room is kept for it.

    Raises BadVideo (`empty`, `too_many_bytes`), QuotaExceeded, TooManyUnfinished and ObjectDeleted.
    """
    delete_orphaned_files()
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
        return VideoUpload.objects.create(owner=owner, file=file, name=_last_part(name), size=size)


def _last_part(name: str) -> str:
    """Some browsers send a whole path."""
    return name.replace("\\", "/").rpartition("/")[2][-200:] or "video"


def receive_chunk(*, upload: VideoUpload, offset: int, source: ByteSource) -> VideoUpload:
    """Append what comes, up to the size that was announced; what arrived before a connection broke is kept.

    Raises WrongOffset, StorageError and ObjectDeleted.
    """
    try:
        file = media.media_path(upload.file).open("r+b", buffering=0)
    except FileNotFoundError as error:
        raise ObjectDeleted from error
    with file:
        _append(upload, file, offset, b"")  # what begins elsewhere is not even read
        while upload.received_bytes < upload.size and (
            piece := source.read(min(READ_BYTES, upload.size - upload.received_bytes))
        ):
            _append(upload, file, upload.received_bytes, piece)
    return upload


def _append(upload: VideoUpload, file: IO[bytes], offset: int, piece: bytes) -> None:
    """Raises WrongOffset, also where another request has written meanwhile, StorageError and ObjectDeleted."""
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
                while piece:  # a disk may take a part of it before it is full
                    piece = piece[file.write(piece) :]
        finally:
            upload.received_bytes = file.tell()
            rows = VideoUpload.objects.filter(pk=upload.pk)
            is_there = rows.update(received_bytes=upload.received_bytes, updated=timezone.now())
    if not is_there:
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
    """Make a video of a file that has arrived whole; whatever comes of it, the upload is over.

    Raises BadVideo, ObjectDeleted and StorageError; after the last the upload is still there and may be finished again.
    """
    try:
        return create_video(upload, video_limits())
    except (BadVideo, ObjectDeleted):
        discard_upload(upload)
        raise


def receive_whole_file(*, owner: User, name: str, size: int, source: ByteSource) -> Video:
    """The same in one piece. Raises what `begin`, `receive` and `finish` raise; then nothing is left."""
    upload = begin_upload(owner=owner, name=name, size=size)
    try:
        return finish_upload(receive_chunk(upload=upload, offset=0, source=source))
    except BaseException:
        discard_upload(upload)
        raise


@transaction.atomic
def discard_upload(upload: VideoUpload) -> None:
    """Forget an upload and its file; one that is gone already is no error."""
    VideoUpload.objects.filter(pk=upload.pk).delete()
    media.delete_files_on_commit(upload.files)


def discard_abandoned_uploads() -> None:
    """Forget the uploads that nothing has come of for a day."""
    for upload in VideoUpload.objects.filter(updated__lt=timezone.now() - ABANDONED_AFTER):
        discard_upload(upload)
