"""Exhibits by the hundred: rows with names of files that do not exist, as no conversion could make so fast."""

import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from accounts.models import User
from gallery.models import Exhibit, ExhibitKind, ExhibitState, JobState, Photo, Video, VideoJob, Work
from gallery.models.exhibits import build_search_text

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SIZE = {"width": 640, "height": 480}
BLUR = "data:image/webp;base64,UklGRhIAAABXRUJQVlA4TAYAAAAvQWxvAGs="


def unsaved(
    owner: User,
    *,
    title: str = "A work",
    kind: str = ExhibitKind.SCENERY,
    style: str = "comic",
    likes: int = 0,
    published: datetime | None = NOON,
    state: str = ExhibitState.PUBLISHED,
    shows_photo: bool = False,
    is_video: bool = False,
) -> Exhibit:
    """An exhibit with its work and photo, or its conversion and video, for `save`."""
    key = uuid.uuid4().hex
    subject = {"job": _job(owner, key, title)} if is_video else {"work": _work(owner, key, title)}
    for row in subject.values():
        row.style, row.created = style, published or NOON
    return Exhibit(
        **subject, owner=owner, kind=kind, title=title, shows_photo=shows_photo, style=style, state=state, likes=likes,
        submitted=published or NOON, published=published, blur=BLUR,
        search=build_search_text(title, owner.username_key),
        renditions=[[480, f"results/{key}a.webp"], [640, f"results/{key}b.webp"]], card=f"results/{key}c.jpg",
        frame=f"results/{key}f.jpg" if is_video else "",
    )  # fmt: skip


def _work(owner: User, key: str, title: str) -> Work:
    photo = Photo(
        **SIZE, owner=owner, file=f"uploads/{key}.jpg", preview=f"uploads/{key}p.jpg", name=f"{title}.jpg", sha256=key,
        bytes=1000, created=NOON,
    )  # fmt: skip
    return Work(
        **SIZE, owner=owner, photo=photo, detail="balanced", file=f"results/{key}.jpg", bytes=1000,
        thumbnail=f"results/{key}t.webp", seconds=0.5, device="cpu", engine="openvino",
    )  # fmt: skip


def _job(owner: User, key: str, title: str) -> VideoJob:
    video = Video(
        **SIZE, owner=owner, file=f"uploads/{key}.mp4", poster=f"uploads/{key}p.jpg", name=f"{title}.mp4", bytes=1000,
        seconds=7, rate=25, has_sound=False, created=NOON,
    )  # fmt: skip
    return VideoJob(
        **SIZE, owner=owner, video=video, detail="balanced", state=JobState.DONE, bytes=1000,
        file=f"results/{key}.mp4", poster=f"results/{key}p.jpg",
    )  # fmt: skip


def save(exhibits: Sequence[Exhibit], batch: int = 500) -> list[Exhibit]:
    """Write exhibits with what they show; in the order given, which their numbers follow."""
    works = [exhibit.work for exhibit in exhibits if exhibit.work]
    jobs = [exhibit.job for exhibit in exhibits if exhibit.job]
    Photo.objects.bulk_create([work.photo for work in works], batch)
    Work.objects.bulk_create(works, batch)
    Video.objects.bulk_create([job.video for job in jobs], batch)
    VideoJob.objects.bulk_create(jobs, batch)
    return Exhibit.objects.bulk_create(exhibits, batch)


def show(owner: User, **same: Any) -> Exhibit:
    """One published exhibit, or what the keywords of `unsaved` say."""
    return save([unsaved(owner, **same)])[0]


def fill(owner: User, count: int, each: Callable[[int], dict[str, Any]] | None = None, **same: Any) -> list[Exhibit]:
    """Many exhibits, each published a minute after the one before; `each` tells what is special of a number."""
    rows = []
    for number in range(count):
        usual = {"title": f"Work {number}", "published": NOON + timedelta(minutes=number)}
        rows.append(unsaved(owner, **{**usual, **same, **(each(number) if each else {})}))
    return save(rows)
