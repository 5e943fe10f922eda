"""Everything that a person has here, as a zip made while it is sent.

Rows are read in batches, by primary key, so that a slow connection holds neither a transaction nor a cursor open, and
works of any number take no more memory than a batch.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import IO, Any, TypeVar
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model, QuerySet
from django.utils import timezone

from accounts.models import User
from gallery.models import Exhibit, Like, Photo, Report, Video, VideoJob, Work
from gallery.storage import archive
from gallery.storage.labels import get_visible_language

ROWS_PER_QUERY = 200  # read at a time
MAX_BYTES_IN_MEMORY = 2**20  # bytes of data.json, before the rest goes to a temporary file

# What data.json says of each: its key, which is for ever; a field that was renamed since stands beside it.
PROFILE = ("username", "email", "language", "wants_mail", "date_joined")
NAMES = ("first_name", "last_name", "pending_email")  # left out where there are none
PHOTO = ("id", "name", "width", "height", "faces", "bytes", "created")
WORK = (
    "id",
    "photo_id",
    *("style", "is_fast", "detail", "faces", ("chosen", "face_numbers")),
    "width",
    "height",
    "bytes",
    "seconds",
    "created",
)
VIDEO = ("id", "name", "width", "height", "seconds", "bytes", "created")
VIDEO_JOB = (
    *("id", "video_id", "style", "is_fast", "detail", "start", "length", "is_rate_halved", "long_side"),
    *("state", "error", "width", "height", "bytes", "seconds", "created", "finished"),
)
EXHIBIT = ("title", "kind", "shows_photo", "state", "reason", "likes", "submitted", "published")
LIKE = ("created",)
REPORT = (("complaint", "reason"), "text", "created")

AnyRow = TypeVar("AnyRow", bound=Model)


@dataclass(frozen=True)
class _RowFile:
    """The file of a row, and where it goes in the zip; `result_of`: the key of the row whose result it is."""

    stored_name: str
    folder: str
    name: str
    created: datetime
    result_of: UUID | None = None


@dataclass(frozen=True)
class _ExportedRow:
    """What data.json says of a row, and its file, if it has one."""

    values: dict[str, Any]
    file: _RowFile | None = None


def stream_user_export(user: User) -> Iterator[bytes]:
    """Yield the bytes of the zip: `photos/`, `videos/`, `results/`, and `data.json`, which says what is what."""
    return archive.stream_zip(_entries(user, get_visible_language()))


def _entries(user: User, language: str | None) -> Iterator[archive.ZipEntry]:
    """data.json is written while the files go by, and comes last: so it names those, and only those, that came."""
    names = archive.UniqueNames()
    with SpooledTemporaryFile(MAX_BYTES_IN_MEMORY) as data:
        _write(data, f'{{\n"profile": {_json(_profile(user))}')
        for section, rows in _sections(user):
            _write(data, f',\n"{section}": [')
            for number, row in enumerate(rows):
                entry = _open_entry(row.file, names, language) if row.file else None
                if entry:
                    yield entry
                values = {**row.values, "file": entry and entry.name} if row.file else row.values
                _write(data, f"{',' if number else ''}\n{_json(values)}")
            _write(data, "\n]")
        _write(data, "\n}\n")
        data.seek(0)
        yield archive.ZipEntry("data.json", timezone.now(), data)


def _write(data: IO[bytes], text: str) -> None:
    data.write(text.encode())


def _json(values: dict[str, Any]) -> str:
    return json.dumps(values, cls=DjangoJSONEncoder, ensure_ascii=False)


def _open_entry(file: _RowFile, names: archive.UniqueNames, language: str | None) -> archive.ZipEntry | None:
    if file.result_of:
        source = archive.open_result(file.stored_name, file.result_of, language)
    else:
        source = archive.open_stored_file(file.stored_name)
    return archive.ZipEntry(names.reserve(file.name, file.folder), file.created, source) if source else None


def _by_key(rows: QuerySet[AnyRow]) -> Iterator[AnyRow]:
    """All rows, in the order of their primary keys."""
    rows = rows.order_by("pk")
    chunk = list(rows[:ROWS_PER_QUERY])
    while chunk:
        yield from chunk
        chunk = list(rows.filter(pk__gt=chunk[-1].pk)[:ROWS_PER_QUERY])


def _sections(user: User) -> Iterator[tuple[str, Iterator[_ExportedRow]]]:
    owned = {"owner_id": user.pk}
    likes = Like.objects.filter(user_id=user.pk).select_related("exhibit")
    reports = Report.objects.filter(reporter_id=user.pk).select_related("exhibit")
    yield "photos", map(_photo, _by_key(Photo.objects.filter(**owned)))
    yield "works", map(_work, _by_key(Work.objects.filter(**owned).select_related("photo")))
    yield "videos", map(_video, _by_key(Video.objects.filter(**owned)))
    yield "video_conversions", map(_video_job, _by_key(VideoJob.objects.filter(**owned).select_related("video")))
    yield "exhibits", map(_exhibit, _by_key(Exhibit.objects.filter(**owned)))
    yield "likes", map(_like, _by_key(likes))
    yield "reports", map(_report, _by_key(reports))


def _get_values(row: Model, fields: Sequence[str | tuple[str, str]]) -> dict[str, Any]:
    pairs = [(field, field) if isinstance(field, str) else field for field in fields]
    return {key: getattr(row, name) for key, name in pairs}


def _profile(user: User) -> dict[str, Any]:
    names = {field: name for field, name in _get_values(user, NAMES).items() if name}
    return {**names, **_get_values(user, PROFILE)}


def _photo(photo: Photo) -> _ExportedRow:
    return _ExportedRow(_get_values(photo, PHOTO), _RowFile(photo.file, "photos", photo.name, photo.created))


def _work(work: Work) -> _ExportedRow:
    name = archive.build_result_name(work)
    return _ExportedRow(_get_values(work, WORK), _RowFile(work.file, "results", name, work.created, work.pk))


def _video(video: Video) -> _ExportedRow:
    return _ExportedRow(_get_values(video, VIDEO), _RowFile(video.file, "videos", video.name, video.created))


def _video_job(job: VideoJob) -> _ExportedRow:
    result = _RowFile(job.file, "results", job.result_name, job.created, job.pk) if job.file else None
    return _ExportedRow(_get_values(job, VIDEO_JOB), result)


def _exhibit(exhibit: Exhibit) -> _ExportedRow:
    return _ExportedRow({**_get_subject(exhibit), **_get_values(exhibit, EXHIBIT)})


def _get_subject(exhibit: Exhibit) -> dict[str, Any]:
    """Which of the works, or of the video conversions, it is."""
    return {"work_id": exhibit.work_key}


def _like(like: Like) -> _ExportedRow:
    return _ExportedRow({**_describe_exhibit(like.exhibit), **_get_values(like, LIKE)})


def _report(report: Report) -> _ExportedRow:
    return _ExportedRow({**_describe_exhibit(report.exhibit), **_get_values(report, REPORT)})


def _describe_exhibit(exhibit: Exhibit) -> dict[str, Any]:
    """Whose work was liked or reported. What its owner has taken back since keeps its title to itself."""
    return {**_get_subject(exhibit), "title": exhibit.title if exhibit.is_public else None}
