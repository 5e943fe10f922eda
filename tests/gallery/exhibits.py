"""Exhibits by the hundred: rows with names of files that do not exist, as no conversion could make so fast."""

import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from accounts.models import User
from gallery.models import Exhibit, Kind, Photo, State, Work
from gallery.models.exhibits import searchable

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
BLUR = "data:image/webp;base64,UklGRhIAAABXRUJQVlA4TAYAAAAvQWxvAGs="


def unsaved(
    owner: User,
    *,
    title: str = "A work",
    kind: str = Kind.SCENERY,
    style: str = "comic",
    likes: int = 0,
    published: datetime | None = NOON,
    state: str = State.PUBLISHED,
    shows_photo: bool = False,
) -> Exhibit:
    """An exhibit with its work and photo, for `save`."""
    key = uuid.uuid4().hex
    size = {"width": 640, "height": 480}
    photo = Photo(
        **size, owner=owner, file=f"uploads/{key}.jpg", preview=f"uploads/{key}p.jpg", name=f"{title}.jpg", sha256=key,
        bytes=1000, created=NOON,
    )  # fmt: skip
    work = Work(
        **size, owner=owner, photo=photo, style=style, detail="balanced", file=f"results/{key}.jpg", bytes=1000,
        thumbnail=f"results/{key}t.webp", seconds=0.5, device="cpu", engine="openvino", created=published or NOON,
    )  # fmt: skip
    return Exhibit(
        work=work, owner=owner, kind=kind, title=title, shows_photo=shows_photo, style=style, state=state, likes=likes,
        submitted=published or NOON, published=published, search=searchable(title, owner.username_key), blur=BLUR,
        renditions=[[480, f"results/{key}a.webp"], [640, f"results/{key}b.webp"]], card=f"results/{key}c.jpg",
    )  # fmt: skip


def save(exhibits: Sequence[Exhibit], batch: int = 500) -> list[Exhibit]:
    """Write exhibits with their works and photos; in the order given, which their numbers follow."""
    Photo.objects.bulk_create([exhibit.work.photo for exhibit in exhibits], batch)
    Work.objects.bulk_create([exhibit.work for exhibit in exhibits], batch)
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
