"""Everything that changes photos and works. A change that fails leaves neither row nor file behind.

Each writing transaction begins by locking its owner's row: what one person does at the same time in two
tabs, or while their account is being deleted, happens one after the other. No transaction is open while a
picture is converted.
"""

from collections.abc import Iterable
from pathlib import PurePath
from typing import IO

from django.db import transaction

from accounts.models import User
from inference import images

from .. import conversion, files
from ..models import Exhibit, Photo, Work
from ..quotas import quota_of
from ..uploads import Received, receive
from . import statistics
from .locks import Gone, lock_exhibits, lock_person
from .opinions import forget_opinions_of
from .settling import settle

DELETED_AT_ONCE = 200


def convert_upload(*, owner: User, name: str, stream: IO[bytes], style: str, detail: str) -> tuple[Work, bool]:
    """(work, whether it is new) of an uploaded file.

    The same file from the same owner is kept once, and a work that exists already is not made again.
    Raises BadImage for what is not a usable picture, all that `conversion.convert` raises, QuotaReached and Gone.
    """
    settle()
    with statistics.failures_noted(style):
        upload = receive(stream)
    existing = Work.objects.filter(owner=owner, photo__sha256=upload.sha256, style=style, detail=detail).first()
    if existing:
        return existing, False
    is_known = Photo.objects.filter(owner=owner, sha256=upload.sha256).exists()
    quota_of(owner).check(more_bytes=1 if is_known else upload.size + 1)  # a result has at least one
    made = statistics.convert(upload.source, style, detail)
    with files.new_files() as new, transaction.atomic():
        lock_person(owner.pk)
        photo = Photo.objects.filter(owner=owner, sha256=upload.sha256).first()
        photo = photo or _create_photo(owner, name, upload, made, new)
        return _find_or_create_work(photo, style, detail, made, new)


def convert_photo(*, photo: Photo, style: str, detail: str) -> tuple[Work, bool]:
    """(work, whether it is new) of a photo that is here already. Raises what `convert_upload` raises."""
    existing = photo.works.filter(style=style, detail=detail).first()
    if existing:
        return existing, False
    quota_of(photo.owner).check(more_bytes=1)
    try:
        made = statistics.convert(files.path_of(photo.file), style, detail)
    except FileNotFoundError as error:
        raise Gone from error
    with files.new_files() as new, transaction.atomic():
        lock_person(photo.owner_id)
        if not Photo.objects.filter(pk=photo.pk).exists():
            raise Gone
        return _find_or_create_work(photo, style, detail, made, new)


def _create_photo(owner: User, name: str, upload: Received, made: conversion.Converted, new: files.NewFiles) -> Photo:
    return Photo.objects.create(
        owner=owner,
        file=new.write("uploads", _extension(name), upload.read()),
        preview=new.write("uploads", made.preview.extension, made.preview.data),
        name=PurePath(name).name[-200:] or "photo",
        sha256=upload.sha256,
        bytes=upload.size + len(made.preview.data),
        width=made.width,
        height=made.height,
    )


def _extension(name: str) -> str:
    suffix = PurePath(name).suffix.lower()
    return suffix[1:] if suffix in images.SUFFIXES else "bin"


def _find_or_create_work(
    photo: Photo, style: str, detail: str, made: conversion.Converted, new: files.NewFiles
) -> tuple[Work, bool]:
    existing = photo.works.filter(style=style, detail=detail).first()
    if existing:
        return existing, False
    # Once more, now that nobody else of this owner writes: several uploads at once passed the first look together.
    size = len(made.result.data) + len(made.thumbnail.data)
    quota_of(photo.owner).check(more_bytes=size)
    work = Work.objects.create(
        owner_id=photo.owner_id,
        photo=photo,
        style=style,
        detail=detail,
        file=new.write("results", made.result.extension, made.result.data),
        thumbnail=new.write("results", made.thumbnail.extension, made.thumbnail.data),
        width=made.width,
        height=made.height,
        bytes=size,
        seconds=made.seconds,
        device=made.device,
        engine=made.engine,
    )
    return work, True


@transaction.atomic
def delete_works(*, owner: User, works: Iterable[Work]) -> int:
    """Delete works of one owner and their files, and each photo that no work is left of. The number of works."""
    lock_person(owner.pk)
    chosen = list(Work.objects.filter(owner=owner, pk__in=[work.pk for work in works]))
    photo_ids = {work.photo_id for work in chosen}
    # Locked, so that nobody likes or reports one between the look at its likes and its deletion.
    keys = Exhibit.objects.filter(work__in=chosen).values_list("pk", flat=True)
    exhibits = [exhibit for some in lock_exhibits(keys) for exhibit in some]
    files.remove_on_commit([name for exhibit in exhibits for name in exhibit.files])
    files.remove_on_commit(name for work in chosen for name in work.files)
    Work.objects.filter(pk__in=[work.pk for work in chosen]).delete()
    _delete_photos(Photo.objects.filter(pk__in=photo_ids, works__isnull=True))
    return len(chosen)


def _delete_photos(photos: Iterable[Photo]) -> None:
    chosen = list(photos)
    Photo.objects.filter(pk__in=[photo.pk for photo in chosen]).delete()
    files.remove_on_commit(name for photo in chosen for name in photo.files)


@transaction.atomic
def delete_everything_of(*, owner: User) -> None:
    """Delete all photos, works and files of a person, and what they thought of those of others."""
    lock_person(owner.pk)
    _lock_all_that_changes(owner)
    forget_opinions_of(user=owner)
    # Some at a time: databases take only so many values in a query, and works of any number little memory.
    while some := Work.objects.filter(owner=owner).order_by("pk")[:DELETED_AT_ONCE]:
        delete_works(owner=owner, works=some)
    _delete_photos(Photo.objects.filter(owner=owner))


def _lock_all_that_changes(owner: User) -> None:
    """Lock a person's own exhibits and those of their likes and reports, all in one order.

    Their keys are read first. Nothing is added meanwhile: whoever adds to these locks the person before.
    """
    own = Exhibit.objects.filter(owner=owner).values_list("pk", flat=True)
    liked = owner.likings.values_list("exhibit_id", flat=True)
    reported = owner.reports.values_list("exhibit_id", flat=True)
    for _locked in lock_exhibits([*own, *liked, *reported]):
        pass
