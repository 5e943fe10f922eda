"""How much a person stores, and how much they may."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Aggregate, Count, Model, Sum

from accounts.models import User
from gallery.models import Photo, Video, VideoJob, VideoUpload, Work

MEGABYTE = 2**20
WHOLE_MEGABYTES_FROM = 10  # megabytes; above this no decimals are shown


class QuotaExceeded(Exception):
    """One more work would be more than its owner may store: of works, or of megabytes where `in_megabytes`."""

    def __init__(self, limit: int, *, in_megabytes: bool) -> None:
        super().__init__(limit, in_megabytes)
        self.limit, self.in_megabytes = limit, in_megabytes


@dataclass(frozen=True)
class Quota:
    """What a person stores, and the most they may store; a limit of 0 is none."""

    works: int
    bytes: int
    max_works: int
    max_megabytes: int

    @property
    def megabytes(self) -> float:
        return self.bytes / MEGABYTE

    @property
    def megabytes_format(self) -> str:
        """The argument of `floatformat`: one decimal of little, so that the first works do not show as nothing."""
        return "1g" if 0 < self.megabytes < WHOLE_MEGABYTES_FROM else "0g"

    @property
    def max_bytes(self) -> int:
        return self.max_megabytes * MEGABYTE

    def check(self, *, more_bytes: int, more_works: int = 1) -> None:
        """Raise QuotaExceeded if so much more would be too much."""
        if more_works and self.max_works and self.works + more_works > self.max_works:
            raise QuotaExceeded(self.max_works, in_megabytes=False)
        if self.max_bytes and self.bytes + more_bytes > self.max_bytes:
            raise QuotaExceeded(self.max_megabytes, in_megabytes=True)


def get_quota(user: User) -> Quota:
    """Return what a person stores: photos, videos and works with all their files, and unfinished uploads in full."""
    works, jobs = (_aggregate(model, user, count=Count("pk"), bytes=Sum("bytes")) for model in (Work, VideoJob))
    photos, videos = (_aggregate(model, user, bytes=Sum("bytes")) for model in (Photo, Video))
    uploads = _aggregate(VideoUpload, user, bytes=Sum("size"))
    return Quota(
        works=works["count"] + jobs["count"],
        bytes=sum(sums["bytes"] or 0 for sums in (works, jobs, photos, videos, uploads)),
        max_works=user.max_works,
        max_megabytes=user.max_megabytes,
    )


def _aggregate(model: type[Model], user: User, **sums: Aggregate) -> dict[str, Any]:
    return model._default_manager.filter(owner_id=user.pk).aggregate(**sums)
