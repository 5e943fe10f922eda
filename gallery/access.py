"""Who may see what. What belongs to another person answers as if it did not exist."""

from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from accounts.models import User

from .models import Photo, Work

Visitor = User | AnonymousUser


def member(request: HttpRequest) -> User:
    """Who is logged in. The gate in the middleware lets nobody else come as far as here."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def works_of(user: Visitor) -> QuerySet[Work]:
    return Work.objects.filter(owner_id=user.pk).select_related("photo")


def photo_or_404(user: Visitor, photo_id: UUID) -> Photo:
    return get_object_or_404(Photo, pk=photo_id, owner_id=user.pk)


def work_or_404(user: Visitor, work_id: UUID) -> Work:
    return get_object_or_404(works_of(user), pk=work_id)
