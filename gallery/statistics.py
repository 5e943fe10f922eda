"""What the operator reads about the site: how conversions went, what is stored, what waits for staff."""

import os
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import ceil
from pathlib import Path
from statistics import median

from django.conf import settings
from django.db.models import Count, Min, Model, Q, QuerySet, Sum
from django.utils import timezone

from accounts.models import User
from gallery.models import (
    ACTIVE_STATES,
    Conversion,
    Exhibit,
    ExhibitState,
    JobState,
    Photo,
    Report,
    Video,
    VideoJob,
    Work,
)
from gallery.storage.deletion import count_failed_deletions
from gallery.storage.media import MEDIA_FOLDERS
from gallery.videos import workers

STATISTICS_DAYS = 30


@dataclass(frozen=True)
class StyleSpeed:
    """How long the conversions of one style took, in seconds."""

    style: str
    count: int
    median: float
    p95: float


@dataclass(frozen=True)
class ConversionStats:
    """`by_day` counts those that went well by style, for every day, the oldest first; `failures` are by reason."""

    by_day: dict[date, Counter[str]]
    speeds: list[StyleSpeed]
    failures: list[tuple[str, int]]

    @property
    def count(self) -> int:
        return sum(speed.count for speed in self.speeds)


def get_conversion_stats(days: int = STATISTICS_DAYS) -> ConversionStats:
    """Return the conversions of the last days, today included.

    The rows are read once and counted here: databases differ in percentiles, and some know no time zones.
    """
    today = timezone.localdate()
    by_day: dict[date, Counter[str]] = {today - timedelta(days=ago): Counter() for ago in reversed(range(days))}
    seconds, failures = defaultdict(list), Counter[str]()
    for at, style, duration, failure in _rows_since(min(by_day)):
        day = timezone.localtime(at).date()
        if failure:
            failures[failure] += 1
        elif day in by_day:  # midnight may pass meanwhile
            by_day[day][style] += 1
            seconds[style].append(duration)
    speeds = [_speed(style, durations) for style, durations in seconds.items()]
    return ConversionStats(
        by_day, sorted(speeds, key=lambda speed: (-speed.count, speed.style)), failures.most_common()
    )


def _rows_since(day: date) -> Iterator[tuple[datetime, str, float, str]]:
    start = timezone.make_aware(datetime.combine(day, time.min))
    rows = Conversion.objects.filter(at__gte=start).order_by("at")
    return rows.values_list("at", "style", "seconds", "failure").iterator()


def _speed(style: str, durations: list[float]) -> StyleSpeed:
    ordered = sorted(durations)
    return StyleSpeed(style, len(ordered), median(ordered), ordered[ceil(0.95 * len(ordered)) - 1])


@dataclass(frozen=True)
class StorageStats:
    """Bytes and files: of `photos`, `results` and `videos`, with all copies, as rows say; the others as the disk."""

    photos: int
    results: int
    videos: int
    files: int
    free: int
    total: int
    failed_deletions: int  # files and folders that were to be deleted, and are tried again


def get_storage_stats() -> StorageStats:
    """Return how much is stored, and how much room is left on the disk."""
    disk = shutil.disk_usage(settings.MEDIA_ROOT)
    return StorageStats(
        photos=_bytes_of(Photo),
        results=_bytes_of(Work),
        videos=_bytes_of(Video) + _bytes_of(VideoJob),
        files=sum(_files_in(Path(settings.MEDIA_ROOT) / folder) for folder in MEDIA_FOLDERS),
        free=disk.free,
        total=disk.total,
        failed_deletions=count_failed_deletions(),
    )


def _bytes_of(model: type[Model]) -> int:
    return model._default_manager.aggregate(sum=Sum("bytes"))["sum"] or 0


def _files_in(folder: Path) -> int:
    # Names alone: asking for each file's size takes seconds where there are many.
    return len(os.listdir(folder)) if folder.is_dir() else 0  # noqa: PTH208


@dataclass(frozen=True)
class Totals:
    """How many rows there are of everything."""

    people: int
    photos: int
    works: int
    videos: int
    exhibits: dict[str, int]  # by state


def get_totals() -> Totals:
    """Return how many rows there are of everything."""
    states = Exhibit.objects.order_by().values_list("state").annotate(count=Count("pk"))
    return Totals(
        people=User.objects.count(),
        photos=Photo.objects.count(),
        works=Work.objects.count(),
        videos=Video.objects.count(),
        exhibits=dict(states),
    )


@dataclass(frozen=True)
class VideoQueueStats:
    """The queue of videos: living workers, jobs by state, and since when the job waits that waits longest."""

    workers: int
    jobs: dict[str, int]
    waits_since: datetime | None

    @property
    def is_stuck(self) -> bool:
        """Return whether jobs are waiting or running while no worker is alive."""
        return not self.workers and any(self.jobs.get(state) for state in ACTIVE_STATES)


def get_video_queue_stats() -> VideoQueueStats:
    """Return how the queue of videos stands."""
    rows = VideoJob.objects.order_by().values_list("state").annotate(Count("pk"), Min("created"))
    counts, oldest = {state: count for state, count, _ in rows}, {state: first for state, _, first in rows}
    return VideoQueueStats(workers.alive_workers().count(), counts, oldest.get(JobState.WAITING))


def list_open_reports() -> QuerySet[Report]:
    """Return the reports that staff have to look at. Withdrawn exhibits are private, so theirs can wait."""
    return Report.objects.filter(IS_OPEN_REPORT)


IS_OPEN_REPORT = Q(is_resolved=False) & ~Q(exhibit__state=ExhibitState.WITHDRAWN)


def count_waiting_exhibits() -> int:
    """Return how many exhibits wait for review."""
    return Exhibit.objects.filter(state=ExhibitState.WAITING).count()
