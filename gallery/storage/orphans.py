"""Sees to it that no file is left over where a process was killed, or the database went away, in the middle."""

from collections.abc import Iterable

from gallery.models import Exhibit, Photo, Video, VideoJob, VideoUpload, Work
from gallery.storage import media


def delete_orphaned_files() -> None:
    """Delete the files that were written for rows which never came."""
    for names in media.orphaned_files():
        media.delete_files(set(names) - _with_rows(names))
        media.delete_partial_files(names)


def _with_rows(names: Iterable[str]) -> set[str]:
    photos, works = Photo.objects.filter(file__in=names), Work.objects.filter(file__in=names)
    exhibits, uploads = Exhibit.objects.filter(card__in=names), VideoUpload.objects.filter(file__in=names)
    videos, jobs = Video.objects.filter(file__in=names), VideoJob.objects.filter(file__in=names)
    return {name for rows in (photos, works, exhibits, uploads, videos, jobs) for row in rows for name in row.files}
