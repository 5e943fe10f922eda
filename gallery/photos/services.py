"""Everything that changes photos and works. A change that fails leaves neither row nor file behind.

Each writing transaction begins by locking its owner's row: what one person does at the same time in two
tabs, or while their account is being deleted, happens one after the other. No transaction is open while a
picture is converted.
"""

from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import IO
from uuid import UUID, uuid4

from django.db import transaction

from accounts.models import User
from gallery import conversion_log
from gallery.comparisons.services import delete_studies
from gallery.locks import ObjectDeleted, lock_exhibits, lock_user
from gallery.models import Exhibit, FaceMode, Photo, Work
from gallery.photos import conversion
from gallery.photos.conversion import ConversionOptions, ConversionResult
from gallery.photos.faces import dump_faces, load_faces
from gallery.photos.uploads import ReceivedFile, receive_file
from gallery.showcase.reactions import delete_reactions
from gallery.storage import media
from gallery.storage.cleaning import clean_up_storage
from gallery.storage.deletion import delete_on_commit
from gallery.storage.labels import make_label
from gallery.storage.quotas import get_quota
from gallery.videos.services import delete_all_videos
from imaging.faces import Face
from imaging.formats import IMAGE_SUFFIXES

DELETE_BATCH_SIZE = 200


def convert_upload(*, owner: User, name: str, stream: IO[bytes], options: ConversionOptions) -> tuple[Work, bool]:
    """Convert an uploaded file; return the work, and whether it is new.

    The same file from the same owner is stored once, and a work that exists already is not made again.
    Raise BadImage for what is not a usable picture, all that `conversion.convert_image` raises, QuotaExceeded,
    StorageError, and ObjectDeleted where the owner is deleted meanwhile.
    """
    clean_up_storage()
    with conversion_log.log_failures(options.style):
        file = receive_file(stream)
        photo = Photo.objects.filter(owner=owner, sha256=file.sha256).first()
        if photo and (existing := _find_work(photo, options)):
            return existing, False
        # Early, so that nobody waits for a conversion that cannot be stored; what a result takes shows only then.
        get_quota(owner).check(more_bytes=1 if photo else file.size + 1)
        key = uuid4()
        result = conversion.convert_image(file.source, options, load_faces(photo) if photo else None, make_label(key))
    conversion_log.log_conversion(style=options.style, seconds=result.seconds)
    with media.new_files() as new, transaction.atomic():
        lock_user(owner.pk)
        photo = Photo.objects.filter(owner=owner, sha256=file.sha256).first()
        photo = photo or _create_photo(owner, name, file, result, new)
        return _get_or_create_work(key, photo, result, new)


def convert_photo(*, photo: Photo, options: ConversionOptions) -> tuple[Work, bool]:
    """Convert a photo that is stored already; return the work, and whether it is new.

    Raise what `convert_upload` raises, and ObjectDeleted where the photo is deleted meanwhile.
    """
    try:
        with conversion_log.log_failures(options.style):
            if existing := _find_work(photo, options):
                return existing, False
            get_quota(photo.owner).check(more_bytes=1)
            key = uuid4()
            source = media.media_path(photo.file)
            result = conversion.convert_image(source, options, load_faces(photo), make_label(key))
    except FileNotFoundError as error:
        raise ObjectDeleted from error
    conversion_log.log_conversion(style=options.style, seconds=result.seconds)
    with media.new_files() as new, transaction.atomic():
        lock_user(photo.owner_id)
        return _get_or_create_work(key, _reload_photo(photo), result, new)


def find_faces(*, photo: Photo) -> None:
    """Look for the faces of a photo, unless somebody has.

    Raise what `conversion.find_faces` raises, and ObjectDeleted.
    """
    if photo.faces is not None:
        return
    try:
        faces = conversion.find_faces(media.media_path(photo.preview))
    except FileNotFoundError as error:
        raise ObjectDeleted from error
    with transaction.atomic():
        lock_user(photo.owner_id)
        current = _reload_photo(photo)
        _store_faces(current, faces)
    photo.faces = current.faces


def _find_work(photo: Photo, options: ConversionOptions) -> Work | None:
    """The work that these options would make of a photo, if it is there. Which one that is depends on the faces."""
    if options.faces != FaceMode.OFF:
        find_faces(photo=photo)
    return photo.works.filter(**options.resolve(len(photo.faces or ())).work_fields).first()


def _reload_photo(photo: Photo) -> Photo:
    """Return the photo as it is now. Raise ObjectDeleted if it is gone."""
    current = Photo.objects.select_related("owner").filter(pk=photo.pk).first()
    if current is None:
        raise ObjectDeleted
    return current


def _store_faces(photo: Photo, faces: Sequence[Face] | None) -> None:
    """Once they are stored they stay: works name them by their numbers."""
    if photo.faces is None and faces is not None:
        photo.faces = dump_faces(faces)
        photo.save(update_fields=["faces"])


def _create_photo(owner: User, name: str, file: ReceivedFile, result: ConversionResult, new: media.NewFiles) -> Photo:
    suffix = PurePath(name).suffix.lower()
    return Photo.objects.create(
        owner=owner,
        file=new.write("uploads", suffix[1:] if suffix in IMAGE_SUFFIXES else "bin", file.read()),
        preview=new.write("uploads", result.preview.extension, result.preview.data),
        name=PurePath(name).name[-200:] or "photo",
        sha256=file.sha256,
        bytes=file.size + len(result.preview.data),
        width=result.photo_size[0],
        height=result.photo_size[1],
        faces=dump_faces(result.faces),
    )


def _get_or_create_work(key: UUID, photo: Photo, result: ConversionResult, new: media.NewFiles) -> tuple[Work, bool]:
    """Return the work, and whether it is new; `key` is its primary key then, which the label in its files is of."""
    _store_faces(photo, result.faces)
    existing = photo.works.filter(**result.options.work_fields).first()
    if existing:
        return existing, False
    # Once more, now that nobody else of this owner writes: several uploads at once passed the first check together.
    size = sum(len(image.data) for image in (result.result, result.thumbnail, result.photo_crop) if image)
    get_quota(photo.owner).check(more_bytes=size)
    crop = result.photo_crop
    work = Work.objects.create(
        pk=key,
        **result.options.work_fields,
        owner_id=photo.owner_id,
        photo=photo,
        file=new.write("results", result.result.extension, result.result.data),
        thumbnail=new.write("results", result.thumbnail.extension, result.thumbnail.data),
        photo_crop=new.write("results", crop.extension, crop.data) if crop else "",
        width=result.width,
        height=result.height,
        bytes=size,
        seconds=result.seconds,
        device=result.device,
        engine=result.engine,
    )
    return work, True


@transaction.atomic
def delete_works(*, owner: User, works: Iterable[Work]) -> int:
    """Delete works of one owner and their files, and each photo that no work is left of; return how many works.

    Raise ObjectDeleted where the owner is.
    """
    lock_user(owner.pk)
    found = list(Work.objects.filter(owner=owner, pk__in=[work.pk for work in works]))
    photo_ids = {work.photo_id for work in found}
    # Locked, so that nobody likes or reports one between the look at its likes and its deletion.
    keys = Exhibit.objects.filter(work__in=found).values_list("pk", flat=True)
    exhibits = [exhibit for batch in lock_exhibits(keys) for exhibit in batch]
    delete_on_commit([name for exhibit in exhibits for name in exhibit.files])
    delete_on_commit(name for work in found for name in work.files)
    Work.objects.filter(pk__in=[work.pk for work in found]).delete()
    _delete_photos(Photo.objects.filter(pk__in=photo_ids, works__isnull=True))
    return len(found)


def _delete_photos(photos: Iterable[Photo]) -> None:
    found = list(photos)
    Photo.objects.filter(pk__in=[photo.pk for photo in found]).delete()
    delete_on_commit(name for photo in found for name in photo.files)


@transaction.atomic
def delete_user_data(*, owner: User) -> None:
    """Delete all photos, works, videos, studies and files of a person, and their likes and reports of others' works."""
    lock_user(owner.pk)
    _lock_rows_for_update(owner)
    delete_reactions(user=owner)
    # In batches: databases take only so many values in a query, and works of any number little memory.
    while batch := Work.objects.filter(owner=owner).order_by("pk")[:DELETE_BATCH_SIZE]:
        delete_works(owner=owner, works=batch)
    delete_all_videos(owner)
    delete_studies(owner_id=owner.pk)
    _delete_photos(Photo.objects.filter(owner=owner))


def _lock_rows_for_update(owner: User) -> None:
    """Lock a person's exhibits and those of their likes and reports, all in one order.

    Their keys are read first. Nothing is added meanwhile: whoever adds to these locks the person before.
    """
    owned = Exhibit.objects.filter(owner=owner).values_list("pk", flat=True)
    liked = owner.likings.values_list("exhibit_id", flat=True)
    reported = owner.reports.values_list("exhibit_id", flat=True)
    for _locked in lock_exhibits([*owned, *liked, *reported]):
        pass
