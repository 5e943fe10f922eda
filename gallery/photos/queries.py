"""What the pages of the studio and of My works read."""

from statistics import median
from uuid import UUID

from django.db.models import QuerySet

from gallery.access import AnyUser, owned_works
from gallery.models import FaceMode, JobState, VideoJob, Work

HISTORY_LENGTH = 20  # conversions that an estimate is made from


def list_works(user: AnyUser, *, style: str = "") -> QuerySet[Work]:
    """Return a person's works, newest first, of one style or of all."""
    works = owned_works(user).select_related("exhibit").order_by("-created", "-pk")
    return works.filter(style=style) if style else works


def list_work_styles(user: AnyUser) -> list[str]:
    """Return the ids of the styles that a person has works in."""
    return sorted(owned_works(user).order_by().values_list("style", flat=True).distinct())


def list_video_works(user: AnyUser, *, style: str = "") -> QuerySet[VideoJob]:
    """Return a person's finished conversions of videos, newest first, of one style or of all."""
    jobs = _finished_jobs(user).select_related("video", "exhibit").order_by("-created", "-pk")
    return jobs.filter(style=style) if style else jobs


def list_video_work_styles(user: AnyUser) -> list[str]:
    """Return the ids of the styles that a person has converted videos in."""
    return sorted(_finished_jobs(user).order_by().values_list("style", flat=True).distinct())


def _finished_jobs(user: AnyUser) -> QuerySet[VideoJob]:
    return VideoJob.objects.filter(owner_id=user.pk, state=JobState.DONE)


def get_works_by_id(user: AnyUser, ids: list[UUID]) -> list[Work]:
    """Return the works with these ids that belong to a person."""
    return list(list_works(user).filter(pk__in=ids))


def list_sibling_works(work: Work) -> QuerySet[Work]:
    """Return the other works of the same photo, newest first."""
    return work.photo.works.exclude(pk=work.pk).order_by("-created")


def get_typical_seconds(styles: list[str], details: list[str]) -> dict[str, float]:
    """Return the median seconds of the site's latest conversions of whole pictures, by `style/detail`.

    Those of fast variants, and combinations that were never converted, are left out.
    """
    typical = {}
    for style in styles:
        for detail in details:
            history = Work.objects.filter(style=style, is_fast=False, detail=detail, faces=FaceMode.OFF)
            history = history.order_by("-created")[:HISTORY_LENGTH]
            if seconds := list(history.values_list("seconds", flat=True)):
                typical[f"{style}/{detail}"] = round(median(seconds), 2)
    return typical
