"""Everything that a person has here, as a zip made while it is sent.

Rows are read some at a time, by primary key, so that a slow line holds neither a transaction nor a cursor open,
and works of any number take no more memory than a few.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import IO, Any, TypeVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model, QuerySet
from django.utils import timezone

from accounts.models import User
from gallery.models import Exhibit, Like, Photo, Report, Video, VideoJob, Work
from gallery.storage import archive

ROWS_PER_QUERY = 200  # read at a time
MAX_BYTES_IN_MEMORY = 2**20  # bytes of data.json, before the rest goes to a temporary file

# What data.json says of each: the keys are for ever, so fields that were renamed since name their key, too.
PROFILE = ("username", "email", "language", "wants_mail", "date_joined")
NAMES = ("first_name", "last_name")  # which only staff can fill in; left out where they did not
PHOTO = ("id", "name", "width", "height", "faces", "bytes", "created")
WORK = (
    "id",
    "photo_id",
    *("style", "detail", "faces", "face_numbers"),
    "width",
    "height",
    "bytes",
    "seconds",
    "created",
)
VIDEO = ("id", "name", "width", "height", "seconds", "bytes", "created")
VIDEO_JOB = (
    *("id", "video_id", "style", "detail", "start", "length", "is_rate_halved", "long_side", "state", "error"),
    *("width", "height", "bytes", "seconds", "created", "finished"),
)
EXHIBIT = ("title", "kind", "shows_photo", "state", "reason", "likes", "submitted", "published")
LIKE = ("created",)
REPORT = ("text", "created")

KEYS = {"face_numbers": "chosen"}

AnyRow = TypeVar("AnyRow", bound=Model)


@dataclass(frozen=True)
class _Picture:
    """The file of a row, and where it goes in the zip."""

    stored: str
    folder: str
    name: str
    created: datetime


@dataclass(frozen=True)
class _Row:
    facts: dict[str, Any]
    picture: _Picture | None = None


def stream_user_export(user: User) -> Iterator[bytes]:
    """The bytes of the zip: `photos/`, `videos/`, `results/`, and `data.json`, which says what is what."""
    return archive.stream_zip(_entries(user))


def _entries(user: User) -> Iterator[archive.ZipEntry]:
    """data.json is written while the files go by, and comes last: so it names those, and only those, that came."""
    names = archive.UniqueNames()
    with SpooledTemporaryFile(MAX_BYTES_IN_MEMORY) as notes:
        _write(notes, f'{{\n"profile": {_json(_profile(user))}')
        for section, rows in _sections(user):
            _write(notes, f',\n"{section}": [')
            for number, row in enumerate(rows):
                entry = _entry(row.picture, names) if row.picture else None
                if entry:
                    yield entry
                facts = {**row.facts, "file": entry and entry.name} if row.picture else row.facts
                _write(notes, f"{',' if number else ''}\n{_json(facts)}")
            _write(notes, "\n]")
        _write(notes, "\n}\n")
        notes.seek(0)
        yield archive.ZipEntry("data.json", timezone.now(), notes)


def _write(notes: IO[bytes], text: str) -> None:
    notes.write(text.encode())


def _json(facts: dict[str, Any]) -> str:
    return json.dumps(facts, cls=DjangoJSONEncoder, ensure_ascii=False)


def _entry(picture: _Picture, names: archive.UniqueNames) -> archive.ZipEntry | None:
    source = archive.open_stored_file(picture.stored)
    return archive.ZipEntry(names.take(picture.name, picture.folder), picture.created, source) if source else None


def _by_key(rows: QuerySet[AnyRow]) -> Iterator[AnyRow]:
    """All rows, in the order of their primary keys."""
    rows = rows.order_by("pk")
    chunk = list(rows[:ROWS_PER_QUERY])
    while chunk:
        yield from chunk
        chunk = list(rows.filter(pk__gt=chunk[-1].pk)[:ROWS_PER_QUERY])


def _sections(user: User) -> Iterator[tuple[str, Iterator[_Row]]]:
    own = {"owner_id": user.pk}
    likes = Like.objects.filter(user_id=user.pk).select_related("exhibit")
    reports = Report.objects.filter(reporter_id=user.pk).select_related("exhibit")
    yield "photos", map(_photo, _by_key(Photo.objects.filter(**own)))
    yield "works", map(_work, _by_key(Work.objects.filter(**own).select_related("photo")))
    yield "videos", map(_video, _by_key(Video.objects.filter(**own)))
    yield "video_conversions", map(_video_job, _by_key(VideoJob.objects.filter(**own).select_related("video")))
    yield "exhibits", map(_exhibit, _by_key(Exhibit.objects.filter(**own)))
    yield "likes", map(_like, _by_key(likes))
    yield "reports", map(_report, _by_key(reports))


def _facts(row: Model, fields: tuple[str, ...]) -> dict[str, Any]:
    return {KEYS.get(field, field): getattr(row, field) for field in fields}


def _profile(user: User) -> dict[str, Any]:
    names = {field: name for field, name in _facts(user, NAMES).items() if name}
    return {**names, **_facts(user, PROFILE)}


def _photo(photo: Photo) -> _Row:
    return _Row(_facts(photo, PHOTO), _Picture(photo.file, "photos", photo.name, photo.created))


def _work(work: Work) -> _Row:
    return _Row(_facts(work, WORK), _Picture(work.file, "results", archive.build_result_name(work), work.created))


def _video(video: Video) -> _Row:
    return _Row(_facts(video, VIDEO), _Picture(video.file, "videos", video.name, video.created))


def _video_job(job: VideoJob) -> _Row:
    result = _Picture(job.file, "results", job.result_name, job.created) if job.file else None
    return _Row(_facts(job, VIDEO_JOB), result)


def _exhibit(exhibit: Exhibit) -> _Row:
    return _Row({**_shown(exhibit), **_facts(exhibit, EXHIBIT)})


def _shown(exhibit: Exhibit) -> dict[str, Any]:
    """Which of the works, or of the video conversions, it is."""
    return {"work_id": exhibit.work_key}


def _like(like: Like) -> _Row:
    return _Row({**_of_others(like.exhibit), **_facts(like, LIKE)})


def _report(report: Report) -> _Row:
    return _Row({**_of_others(report.exhibit), "complaint": report.reason, **_facts(report, REPORT)})


def _of_others(exhibit: Exhibit) -> dict[str, Any]:
    """Whose work was liked or reported. What its owner has taken back since keeps its title to itself."""
    return {**_shown(exhibit), "title": exhibit.title if exhibit.is_public else None}
