"""Reads for the pages."""

from statistics import median
from uuid import UUID

from django.db.models import QuerySet

from gallery.access import Visitor, works_of
from gallery.models import Faces, JobState, VideoJob, Work

HISTORY = 20  # conversions that an estimate looks back on


def my_works(user: Visitor, *, style: str = "") -> QuerySet[Work]:
    """Newest first."""
    works = works_of(user).select_related("exhibit").order_by("-created", "-pk")
    return works.filter(style=style) if style else works


def my_styles(user: Visitor) -> list[str]:
    """The ids of the styles that this person has works in."""
    return sorted(works_of(user).order_by().values_list("style", flat=True).distinct())


def my_video_works(user: Visitor, *, style: str = "") -> QuerySet[VideoJob]:
    """Finished conversions, newest first."""
    jobs = _finished_jobs(user).select_related("video", "exhibit").order_by("-created", "-pk")
    return jobs.filter(style=style) if style else jobs


def my_video_styles(user: Visitor) -> list[str]:
    """The ids of the styles of these."""
    return sorted(_finished_jobs(user).order_by().values_list("style", flat=True).distinct())


def _finished_jobs(user: Visitor) -> QuerySet[VideoJob]:
    return VideoJob.objects.filter(owner_id=user.pk, state=JobState.DONE)


def chosen_works(user: Visitor, ids: list[UUID]) -> list[Work]:
    """Those of the ids that belong to this person."""
    return list(my_works(user).filter(pk__in=ids))


def other_styles_of(work: Work) -> QuerySet[Work]:
    """The other works of the same photo, newest first."""
    return work.photo.works.exclude(pk=work.pk).order_by("-created")


def usual_seconds(styles: list[str], details: list[str]) -> dict[str, float]:
    """Median seconds of this site's latest conversions of whole pictures, by `style/detail`, where there are any."""
    usual = {}
    for style in styles:
        for detail in details:
            history = Work.objects.filter(style=style, detail=detail, faces=Faces.OFF)
            history = history.order_by("-created")[:HISTORY]
            if seconds := list(history.values_list("seconds", flat=True)):
                usual[f"{style}/{detail}"] = round(median(seconds), 2)
    return usual
