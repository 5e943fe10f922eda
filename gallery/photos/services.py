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
from gallery import conversion_log
from gallery.locks import ObjectDeleted, lock_exhibits, lock_user
from gallery.models import Exhibit, FaceMode, Photo, Work
from gallery.photos import conversion
from gallery.photos.options import ConversionOptions
from gallery.photos.uploads import ReceivedFile, receive_file
from gallery.showcase.reactions import delete_reactions
from gallery.storage import media
from gallery.storage.orphans import delete_orphaned_files
from gallery.storage.quotas import get_quota
from gallery.videos.services import delete_all_videos
from imaging.decode import IMAGE_SUFFIXES
from imaging.faces import FaceDict

DELETE_BATCH_SIZE = 200


def convert_upload(
    *,
    owner: User,
    name: str,
    stream: IO[bytes],
    style: str,
    detail: str,
    faces: str = FaceMode.OFF,
    chosen: tuple[int, ...] | None = None,
) -> tuple[Work, bool]:
    """(work, whether it is new) of an uploaded file.

    The same file from the same owner is kept once, and a work that exists already is not made again.
    Raises BadImage for what is not a usable picture, all that `conversion.convert_image` raises, QuotaExceeded and
    ObjectDeleted.
    """
    delete_orphaned_files()
    choice = ConversionOptions(style, detail, faces, chosen)
    with conversion_log.log_failures(style):
        upload = receive_file(stream)
    photo = Photo.objects.filter(owner=owner, sha256=upload.sha256).first()
    if photo and (existing := _find_work(photo, choice)):
        return existing, False
    get_quota(owner).check(more_bytes=1 if photo else upload.size + 1)  # a result has at least one
    made = conversion_log.convert_and_log(upload.source, choice, photo.faces if photo else None)
    with media.new_files() as new, transaction.atomic():
        lock_user(owner.pk)
        photo = Photo.objects.filter(owner=owner, sha256=upload.sha256).first()
        photo = photo or _create_photo(owner, name, upload, made, new)
        return _find_or_create_work(photo, made, new)


def convert_photo(
    *, photo: Photo, style: str, detail: str, faces: str = FaceMode.OFF, chosen: tuple[int, ...] | None = None
) -> tuple[Work, bool]:
    """(work, whether it is new) of a photo that is here already. Raises what `convert_upload` raises."""
    choice = ConversionOptions(style, detail, faces, chosen)
    if existing := _find_work(photo, choice):
        return existing, False
    get_quota(photo.owner).check(more_bytes=1)
    try:
        made = conversion_log.convert_and_log(media.media_path(photo.file), choice, photo.faces)
    except FileNotFoundError as error:
        raise ObjectDeleted from error
    with media.new_files() as new, transaction.atomic():
        lock_user(photo.owner_id)
        return _find_or_create_work(_reload_photo(photo), made, new)


def find_faces(*, photo: Photo) -> None:
    """Look for the faces of a photo, unless somebody has.

    Raises what `conversion.find_faces` raises, and ObjectDeleted.
    """
    if photo.faces is not None:
        return
    try:
        found = conversion.find_faces(media.media_path(photo.preview))
    except FileNotFoundError as error:
        raise ObjectDeleted from error
    with transaction.atomic():
        lock_user(photo.owner_id)
        now = _reload_photo(photo)
        _store_faces(now, found)
    photo.faces = now.faces


def _find_work(photo: Photo, choice: ConversionOptions) -> Work | None:
    """The work that a choice would make of a photo, if it is there. Which one that is, its faces tell."""
    if choice.faces != FaceMode.OFF:
        with conversion_log.log_failures(choice.style):
            find_faces(photo=photo)
    return photo.works.filter(**choice.among(len(photo.faces or ())).fields).first()


def _reload_photo(photo: Photo) -> Photo:
    """The photo as it is now. Raises ObjectDeleted."""
    now = Photo.objects.select_related("owner").filter(pk=photo.pk).first()
    if now is None:
        raise ObjectDeleted
    return now


def _store_faces(photo: Photo, found: list[FaceDict] | None) -> None:
    """Once they are kept they stay: works name them by their numbers."""
    if photo.faces is None and found is not None:
        photo.faces = found
        photo.save(update_fields=["faces"])


def _create_photo(
    owner: User, name: str, upload: ReceivedFile, made: conversion.ConversionResult, new: media.NewFiles
) -> Photo:
    return Photo.objects.create(
        owner=owner,
        file=new.write("uploads", _extension(name), upload.read()),
        preview=new.write("uploads", made.preview.extension, made.preview.data),
        name=PurePath(name).name[-200:] or "photo",
        sha256=upload.sha256,
        bytes=upload.size + len(made.preview.data),
        width=made.photo_size[0],
        height=made.photo_size[1],
        faces=made.faces,
    )


def _extension(name: str) -> str:
    suffix = PurePath(name).suffix.lower()
    return suffix[1:] if suffix in IMAGE_SUFFIXES else "bin"


def _find_or_create_work(photo: Photo, made: conversion.ConversionResult, new: media.NewFiles) -> tuple[Work, bool]:
    _store_faces(photo, made.faces)
    existing = photo.works.filter(**made.choice.fields).first()
    if existing:
        return existing, False
    # Once more, now that nobody else of this owner writes: several uploads at once passed the first look together.
    size = sum(len(picture.data) for picture in (made.result, made.thumbnail, made.cut) if picture)
    get_quota(photo.owner).check(more_bytes=size)
    work = Work.objects.create(
        **made.choice.fields,
        owner_id=photo.owner_id,
        photo=photo,
        file=new.write("results", made.result.extension, made.result.data),
        thumbnail=new.write("results", made.thumbnail.extension, made.thumbnail.data),
        cut=new.write("results", made.cut.extension, made.cut.data) if made.cut else "",
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
    lock_user(owner.pk)
    chosen = list(Work.objects.filter(owner=owner, pk__in=[work.pk for work in works]))
    photo_ids = {work.photo_id for work in chosen}
    # Locked, so that nobody likes or reports one between the look at its likes and its deletion.
    keys = Exhibit.objects.filter(work__in=chosen).values_list("pk", flat=True)
    exhibits = [exhibit for some in lock_exhibits(keys) for exhibit in some]
    media.delete_files_on_commit([name for exhibit in exhibits for name in exhibit.files])
    media.delete_files_on_commit(name for work in chosen for name in work.files)
    Work.objects.filter(pk__in=[work.pk for work in chosen]).delete()
    _delete_photos(Photo.objects.filter(pk__in=photo_ids, works__isnull=True))
    return len(chosen)


def _delete_photos(photos: Iterable[Photo]) -> None:
    chosen = list(photos)
    Photo.objects.filter(pk__in=[photo.pk for photo in chosen]).delete()
    media.delete_files_on_commit(name for photo in chosen for name in photo.files)


@transaction.atomic
def delete_user_data(*, owner: User) -> None:
    """Delete all photos, works, videos and files of a person, and what they thought of those of others."""
    lock_user(owner.pk)
    _lock_rows_for_update(owner)
    delete_reactions(user=owner)
    # Some at a time: databases take only so many values in a query, and works of any number little memory.
    while some := Work.objects.filter(owner=owner).order_by("pk")[:DELETE_BATCH_SIZE]:
        delete_works(owner=owner, works=some)
    delete_all_videos(owner)
    _delete_photos(Photo.objects.filter(owner=owner))


def _lock_rows_for_update(owner: User) -> None:
    """Lock a person's own exhibits and those of their likes and reports, all in one order.

    Their keys are read first. Nothing is added meanwhile: whoever adds to these locks the person before.
    """
    own = Exhibit.objects.filter(owner=owner).values_list("pk", flat=True)
    liked = owner.likings.values_list("exhibit_id", flat=True)
    reported = owner.reports.values_list("exhibit_id", flat=True)
    for _locked in lock_exhibits([*own, *liked, *reported]):
        pass
