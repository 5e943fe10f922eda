"""Everything that changes photos and works. A change that fails leaves neither row nor file behind."""

from collections.abc import Iterable
from pathlib import PurePath
from typing import IO

from django.db import IntegrityError, transaction

from accounts.models import User
from inference import images

from . import conversion, files
from .models import Photo, Work


def convert_upload(*, owner: User, name: str, stream: IO[bytes], style: str, detail: str) -> tuple[Work, bool]:
    """(work, whether it is new) of an uploaded file.

    The same file from the same owner is kept once, and a work that exists already is not made again.
    Raises BadImage for what is not a usable picture, and all that `conversion.convert` raises.
    """
    data = images.read_limited(stream, conversion.limits())
    photo = Photo.objects.filter(owner=owner, sha256=conversion.digest(data)).first()
    if photo:
        return convert_photo(photo=photo, style=style, detail=detail)
    picture = images.decode(data, conversion.limits())
    converted = conversion.convert(picture, style, detail)
    try:
        with files.new_files() as new, transaction.atomic():
            photo = _create_photo(owner, name, data, picture, new)
            return _create_work(photo, style, detail, converted, new), True
    except IntegrityError:
        # The same file came twice at the same time; the other request was first.
        photo = Photo.objects.get(owner=owner, sha256=conversion.digest(data))
        return convert_photo(photo=photo, style=style, detail=detail)


def convert_photo(*, photo: Photo, style: str, detail: str) -> tuple[Work, bool]:
    """(work, whether it is new) of a photo that is here already. Raises what `convert_upload` raises."""
    existing = photo.works.filter(style=style, detail=detail).first()
    if existing:
        return existing, False
    picture = images.decode(files.path_of(photo.file), conversion.limits())
    converted = conversion.convert(picture, style, detail)
    with files.new_files() as new, transaction.atomic():
        # It may have been deleted while it was being converted; the lock keeps it from now on.
        photo = Photo.objects.select_for_update().get(pk=photo.pk)
        return _create_work(photo, style, detail, converted, new), True


def _create_photo(owner: User, name: str, data: bytes, picture: images.Picture, new: files.NewFiles) -> Photo:
    shown, extension = conversion.preview(picture)
    return Photo.objects.create(
        owner=owner,
        file=new.write("uploads", _extension(name), data),
        preview=new.write("uploads", extension, shown),
        name=PurePath(name).name[-200:] or "photo",
        sha256=conversion.digest(data),
        bytes=len(data),
        width=picture.width,
        height=picture.height,
    )


def _extension(name: str) -> str:
    suffix = PurePath(name).suffix.lower()
    return suffix[1:] if suffix in images.SUFFIXES else "bin"


def _create_work(photo: Photo, style: str, detail: str, made: conversion.Converted, new: files.NewFiles) -> Work:
    return Work.objects.create(
        owner_id=photo.owner_id,
        photo=photo,
        style=style,
        detail=detail,
        file=new.write("results", made.extension, made.result),
        thumbnail=new.write("results", "webp", made.thumbnail),
        width=made.width,
        height=made.height,
        seconds=made.seconds,
        device=made.device,
        engine=made.engine,
    )


@transaction.atomic
def delete_works(*, works: Iterable[Work]) -> int:
    """Delete works and their files, and each photo that no work is left of. The number of works."""
    chosen = list(works)
    photo_ids = {work.photo_id for work in chosen}
    Work.objects.filter(pk__in=[work.pk for work in chosen]).delete()
    files.remove_on_commit(name for work in chosen for name in work.files)
    _delete_photos(Photo.objects.filter(pk__in=photo_ids, works__isnull=True))
    return len(chosen)


def _delete_photos(photos: Iterable[Photo]) -> None:
    chosen = list(photos)
    Photo.objects.filter(pk__in=[photo.pk for photo in chosen]).delete()
    files.remove_on_commit(name for photo in chosen for name in photo.files)


@transaction.atomic
def delete_everything_of(*, owner: User) -> None:
    """Delete all photos, works and files of a person."""
    delete_works(works=Work.objects.filter(owner=owner))
    _delete_photos(Photo.objects.filter(owner=owner))
