"""How much a person keeps, and how much they may keep."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Aggregate, Count, Model, Sum

from accounts.models import User
from gallery.models import Photo, Video, VideoJob, VideoUpload, Work

MEGABYTE = 2**20
WHOLE_MEGABYTES_FROM = 10  # megabytes, from which on their tenths are not told


class QuotaExceeded(Exception):
    """One more work would be more than its owner may keep: of works, or of megabytes where `in_megabytes`."""

    def __init__(self, limit: int, *, in_megabytes: bool) -> None:
        super().__init__(limit, in_megabytes)
        self.limit, self.in_megabytes = limit, in_megabytes


@dataclass(frozen=True)
class Quota:
    """What is there of a person's photos and works, and the most that may be; a limit of 0 is none."""

    works: int
    bytes: int
    most_works: int
    most_megabytes: int

    @property
    def megabytes(self) -> float:
        return self.bytes / MEGABYTE

    @property
    def megabytes_format(self) -> str:
        """For `floatformat`: one decimal of little, so that the first works are not nothing."""
        return "1g" if 0 < self.megabytes < WHOLE_MEGABYTES_FROM else "0g"

    @property
    def most_bytes(self) -> int:
        return self.most_megabytes * MEGABYTE

    def check(self, *, more_bytes: int, more_works: int = 1) -> None:
        """Whether there is room for so much more. Raises QuotaExceeded."""
        if more_works and self.most_works and self.works + more_works > self.most_works:
            raise QuotaExceeded(self.most_works, in_megabytes=False)
        if self.most_bytes and self.bytes + more_bytes > self.most_bytes:
            raise QuotaExceeded(self.most_megabytes, in_megabytes=True)


def get_quota(user: User) -> Quota:
    """Photos, videos and works are counted with all their files; of an upload under way, all that shall come."""
    works, jobs = (_sums(model, user, count=Count("pk"), bytes=Sum("bytes")) for model in (Work, VideoJob))
    photos, videos = (_sums(model, user, bytes=Sum("bytes")) for model in (Photo, Video))
    uploads = _sums(VideoUpload, user, bytes=Sum("size"))
    return Quota(
        works=works["count"] + jobs["count"],
        bytes=sum(sums["bytes"] or 0 for sums in (works, jobs, photos, videos, uploads)),
        most_works=settings.QUOTA_WORKS if user.quota_works is None else user.quota_works,
        most_megabytes=settings.QUOTA_MEGABYTES if user.quota_megabytes is None else user.quota_megabytes,
    )


def _sums(model: type[Model], user: User, **sums: Aggregate) -> dict[str, Any]:
    return model._default_manager.filter(owner_id=user.pk).aggregate(**sums)
