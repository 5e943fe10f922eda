"""Who may see what. A request for what belongs to somebody else is answered as if it did not exist: with 404."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404

from accounts.models import User
from gallery.comparisons.invitations import BadInvitation, read_token
from gallery.models import (
    Exhibit,
    ExhibitState,
    JobState,
    Photo,
    Study,
    StudyPhoto,
    StudyResult,
    Video,
    VideoJob,
    VideoUpload,
    Work,
)
from gallery.models.exhibits import subject_filter

AnyUser = User | AnonymousUser


def require_user(request: HttpRequest) -> User:
    """Return who is logged in; `LoginRequiredMiddleware` lets nobody else come this far. Raise PermissionDenied."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def owned_works(user: AnyUser) -> QuerySet[Work]:
    """Return the works of a person, each with its photo."""
    return Work.objects.filter(owner_id=user.pk).select_related("photo")


def get_photo_or_404(user: AnyUser, photo_id: UUID) -> Photo:
    return get_object_or_404(Photo, pk=photo_id, owner_id=user.pk)


def get_work_or_404(user: AnyUser, work_id: UUID) -> Work:
    return get_object_or_404(owned_works(user), pk=work_id)


def get_video_or_404(user: AnyUser, video_id: UUID) -> Video:
    return get_object_or_404(Video, pk=video_id, owner_id=user.pk)


def get_video_job_or_404(user: AnyUser, job_id: UUID) -> VideoJob:
    jobs = VideoJob.objects.select_related("video", "exhibit")
    return get_object_or_404(jobs, pk=job_id, owner_id=user.pk)


def get_finished_job_or_404(user: AnyUser, job_id: UUID) -> VideoJob:
    """Return a conversion that has a result."""
    job = get_video_job_or_404(user, job_id)
    if job.state != JobState.DONE:
        raise Http404
    return job


def get_video_upload_or_404(user: AnyUser, upload_id: UUID) -> VideoUpload:
    return get_object_or_404(VideoUpload, pk=upload_id, owner_id=user.pk)


def can_view_gallery(user: AnyUser) -> bool:
    """Return whether somebody may see the gallery at all."""
    return settings.PUBLIC_GALLERY or user.is_authenticated


def gallery_access_required(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Decorate a view that all may see where the gallery is public; elsewhere only who is logged in."""

    @login_not_required
    @wraps(view)
    def wrapper(request: HttpRequest, **arguments: Any) -> HttpResponseBase:
        if not can_view_gallery(request.user):
            return redirect_to_login(request.get_full_path())
        return view(request, **arguments)

    return wrapper


def is_moderator(user: AnyUser) -> bool:
    """Return whether somebody may decide about exhibits."""
    return user.is_staff and user.has_perm("gallery.change_exhibit")


def visible_exhibits(user: AnyUser) -> QuerySet[Exhibit]:
    """Return what is published, one's own in any state, and for moderators all that is not withdrawn."""
    visible = Q(state=ExhibitState.PUBLISHED)
    if user.is_authenticated:
        visible |= Q(owner_id=user.pk)
    if is_moderator(user):
        visible |= ~Q(state=ExhibitState.WITHDRAWN)
    return Exhibit.objects.filter(visible).select_related("work__photo", "job__video", "owner")


def get_exhibit_or_404(user: AnyUser, work_id: UUID) -> Exhibit:
    """Return the exhibit with this id of its work, or of its video's conversion."""
    return get_object_or_404(visible_exhibits(user), subject_filter(work_id))


def can_download(user: AnyUser, exhibit: Exhibit) -> bool:
    """Return whether somebody may have the file: of works and videos that show people only their owner."""
    return exhibit.is_downloadable or exhibit.owner_id == user.pk


def can_view_original(user: AnyUser, exhibit: Exhibit) -> bool:
    """Return whether somebody may see the photo, or the frame of the video, beside the result."""
    return exhibit.shows_photo or exhibit.owner_id == user.pk


def can_manage_studies(user: AnyUser) -> bool:
    """Return whether somebody may make comparisons of styles, and read what people preferred."""
    return user.is_staff and user.has_perm("gallery.change_study")


def staff_required(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Decorate a view that does not exist for other people; who is not logged in is asked to."""
    return _hide_unless(lambda user: user.is_staff, view)


def study_manager_required(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Decorate a view that does not exist but for `can_manage_studies`."""
    return _hide_unless(can_manage_studies, view)


def _hide_unless(
    is_allowed: Callable[[AnyUser], bool], view: Callable[..., HttpResponseBase]
) -> Callable[..., HttpResponseBase]:
    @wraps(view)
    def wrapper(request: HttpRequest, **arguments: Any) -> HttpResponseBase:
        if not is_allowed(request.user):
            raise Http404
        return view(request, **arguments)

    return wrapper


def get_study_or_404(user: AnyUser, study_id: UUID) -> Study:
    """Return a study, for staff."""
    if not user.is_staff:
        raise Http404
    return get_object_or_404(Study.objects.select_related("owner"), pk=study_id)


def get_invited_study_or_404(token: str) -> Study:
    """Return the study that an invitation is for, for whoever has the link; it may be closed."""
    try:
        study_id, number = read_token(token)
    except BadInvitation:
        raise Http404 from None
    return get_object_or_404(Study, pk=study_id, invitation_number=number)


def get_study_photo_or_404(study: Study, photo_id: UUID) -> StudyPhoto:
    return get_object_or_404(StudyPhoto, pk=photo_id, study=study)


def get_study_result_or_404(study: Study, result_id: UUID) -> StudyResult:
    """Return a result that there is a file of."""
    return get_object_or_404(StudyResult.objects.exclude(file=""), pk=result_id, photo__study=study)
