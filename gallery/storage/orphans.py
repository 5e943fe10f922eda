"""Files without a row, and rows without a file: found, and the files deleted."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import PurePath

from gallery.models import (
    Exhibit,
    JobState,
    Photo,
    StudyPhoto,
    StudyResult,
    Video,
    VideoJob,
    VideoUpload,
    Work,
)
from gallery.storage import media
from gallery.storage.deletion import delete_or_note

FileRow = Photo | Work | Exhibit | VideoUpload | Video | VideoJob | StudyPhoto | StudyResult
# The field that names a row's file. Uploads are read before videos, as an upload becomes a video, with its file.
FILE_FIELDS: dict[type[FileRow], str] = {
    Photo: "file",
    Work: "file",
    Exhibit: "card",
    VideoUpload: "file",
    Video: "file",
    VideoJob: "file",
    StudyPhoto: "file",
    StudyResult: "file",
}


def delete_orphaned_files() -> None:
    """Delete the files that were written for rows which never came, as their process or the database went away.

    Uploads begin with this, and workers do it from time to time. It reads the journals of writers that are gone, of
    which there are hardly ever any: it costs one look into an empty folder.
    """
    for names in media.orphaned_files():
        delete_or_note(set(names) - _find_named_files(names))
        media.delete_partial_files(names)


def _find_named_files(names: Iterable[str]) -> set[str]:
    """All files of the rows that name one of these."""
    found = (model._default_manager.filter(**{f"{field}__in": names}) for model, field in FILE_FIELDS.items())
    return {name for rows in found for row in rows for name in row.files}


@dataclass(frozen=True)
class MediaComparison:
    """How the media folders compare with the database, by stored names."""

    file_count: int
    orphaned: list[str]  # files that no row names
    missing: list[str]  # files that rows name and that are not there


def compare_media_with_rows(*, min_age: timedelta) -> MediaComparison:
    """Compare all files with all rows. A file younger than `min_age` is no orphan: its row may be about to come."""
    named = {name for model in FILE_FIELDS for row in model._default_manager.all() for name in row.files}
    stored = media.list_stored_files(older_than=timedelta(0))
    unnamed = media.list_stored_files(older_than=min_age) - named
    # Folders of video jobs that are not over, or may be tried again, have segments that no row names.
    over = (JobState.DONE, JobState.CANCELED)
    working = tuple(f"{job.folder}/" for job in VideoJob.objects.exclude(state__in=over).only("pk"))
    # Labeled copies have no rows of their own.
    folders = {media.labeled_folder(name) for name in named}
    orphaned = sorted(
        name for name in unnamed if not name.startswith(working) and str(PurePath(name).parent) not in folders
    )
    return MediaComparison(len(stored), orphaned, sorted(named - stored))
