"""Everything that changes studies. Each transaction locks the study's owner first, and the voter with them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import IO
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from gallery import conversion_log
from gallery.comparisons.queries import list_missing_results
from gallery.comparisons.voters import Voter
from gallery.locks import ObjectDeleted, lock_user, lock_users
from gallery.models import DetailLevel, Study, StudyPhoto, StudyResult, StudyVote, VoteOutcome
from gallery.models.studies import make_pair
from gallery.photos.conversion import ConversionOptions, EncodedImage, convert_image, make_preview
from gallery.photos.renditions import reencode_result
from gallery.photos.uploads import ReceivedFile, receive_file
from gallery.storage import media
from gallery.storage.cleaning import clean_up_storage
from gallery.storage.deletion import delete_on_commit
from imaging.encode import EXTENSIONS
from imaging.errors import BadImage
from imaging.formats import IMAGE_SUFFIXES

RESULT_PX, RESULT_FORMAT = 2000, "WEBP"  # as large as the preview of the photo beside it
# Results say that they were made by AI, and not by which style: people who compare them can read metadata, too.
BLIND_STYLE = "not named during a comparison"


class StudyClosed(Exception):
    """A vote came after the study was closed."""


@dataclass(frozen=True)
class RefusedPhoto:
    """A file that is no usable photo, and why."""

    name: str
    error: BadImage


@dataclass(frozen=True)
class _ReadPhoto:
    name: str
    file: ReceivedFile
    preview: EncodedImage
    size: tuple[int, int]


def create_study(
    *, owner: User, name: str, styles: Sequence[str], photos: Iterable[tuple[str, IO[bytes]]]
) -> tuple[Study | None, list[RefusedPhoto]]:
    """Create a study of the photos, given by name and content, that can be used; return it with the others.

    Without any usable photo there is no study. Raise EngineBusy, StorageError, and ObjectDeleted where the owner is.
    """
    clean_up_storage()
    usable, refused = _read_photos(photos)
    if not usable:
        return None, refused
    with media.new_files() as new:
        files = [_write_photo(photo, new) for photo in usable]
        with transaction.atomic():
            lock_user(owner.pk)
            study = Study.objects.create(owner=owner, name=name, styles=list(styles))
            for number, photo in enumerate(files):
                photo.study, photo.number = study, number
            StudyPhoto.objects.bulk_create(files)
    return study, refused


def _read_photos(photos: Iterable[tuple[str, IO[bytes]]]) -> tuple[list[_ReadPhoto], list[RefusedPhoto]]:
    usable, refused = [], []
    for name, stream in photos:
        try:
            file = receive_file(stream)
            usable.append(_ReadPhoto(name, file, *make_preview(file.source)))
        except BadImage as error:
            refused.append(RefusedPhoto(name, error))
    return usable, refused


def _write_photo(photo: _ReadPhoto, new: media.NewFiles) -> StudyPhoto:
    suffix = PurePath(photo.name).suffix.lower()
    return StudyPhoto(
        file=new.write("uploads", suffix[1:] if suffix in IMAGE_SUFFIXES else "bin", photo.file.read()),
        preview=new.write("uploads", photo.preview.extension, photo.preview.data),
        name=PurePath(photo.name).name[-200:] or "photo",
        width=photo.size[0],
        height=photo.size[1],
    )


def make_next_result(*, study: Study) -> bool:
    """Convert one photo of a study in one style that is still missing; return whether there was one.

    Raise what `conversion.convert_image` raises for another reason than the photo, StorageError, and ObjectDeleted.
    """
    missing = next(list_missing_results(study), None)
    if missing is None:
        return False
    photo, style = missing
    data = _convert(photo, style)
    with media.new_files() as new:
        file = new.write("results", EXTENSIONS[RESULT_FORMAT], data) if data else ""
        with transaction.atomic():
            lock_user(study.owner_id)
            if not StudyPhoto.objects.filter(pk=photo.pk).exists():
                raise ObjectDeleted
            _result, is_new = StudyResult.objects.get_or_create(photo=photo, style=style, defaults={"file": file})
            if file and not is_new:  # somebody else had this page open, and was quicker
                delete_on_commit([file])
    return True


def _convert(photo: StudyPhoto, style: str) -> bytes | None:
    """Return the bytes of the result; None where the photo is to blame, which the others shall not wait for."""
    try:
        with conversion_log.log_failures(style):
            options = ConversionOptions(style, DetailLevel.BALANCED)
            result = convert_image(media.media_path(photo.file), options)
    except FileNotFoundError as error:
        raise ObjectDeleted from error
    except BadImage:
        return None
    conversion_log.log_conversion(style=style, seconds=result.seconds)
    return reencode_result(result.result.data, RESULT_FORMAT, BLIND_STYLE, RESULT_PX)


@transaction.atomic
def record_vote(*, study: Study, voter: Voter, left: StudyResult, right: StudyResult, outcome: VoteOutcome) -> bool:
    """Note what a voter said about two results of one photo; return whether it was their first word about these.

    Only the first counts. Raise StudyClosed, and ObjectDeleted where study or voter are gone.
    """
    _lock_study(study, *filter(None, [voter.user_id]))
    if not study.is_open:
        raise StudyClosed
    values = {"left_style": left.style, "right_style": right.style, "outcome": outcome, "user_id": voter.user_id}
    _vote, is_new = StudyVote.objects.get_or_create(
        photo_id=left.photo_id, pair=make_pair(left.style, right.style), voter=voter.key, defaults=values
    )
    return is_new


@transaction.atomic
def set_open(*, study: Study, is_open: bool) -> None:
    """Open a study for votes, or close it. Raise ObjectDeleted."""
    _lock_study(study)
    study.closed = None if is_open else study.closed or timezone.now()
    study.save(update_fields=["closed"])


@transaction.atomic
def renew_invitation(*, study: Study) -> None:
    """Make a new link, which those of before are worth nothing beside. Raise ObjectDeleted."""
    _lock_study(study)
    study.invitation_number += 1
    study.save(update_fields=["invitation_number"])


def _lock_study(study: Study, *user_ids: int) -> None:
    """Lock the owner and other people, and read the study again. Raise ObjectDeleted."""
    lock_users(study.owner_id, *user_ids)
    try:
        study.refresh_from_db()
    except Study.DoesNotExist as error:
        raise ObjectDeleted from error


@transaction.atomic
def delete_studies(*, owner_id: int, study_id: UUID | None = None) -> None:
    """Delete one study of a person, or all, with photos, results, votes and files. Raise ObjectDeleted for a person."""
    lock_user(owner_id)
    studies = Study.objects.filter(owner_id=owner_id, **({"pk": study_id} if study_id else {}))
    files = [name for photo in StudyPhoto.objects.filter(study__in=studies) for name in photo.files]
    files += [name for result in StudyResult.objects.filter(photo__study__in=studies) for name in result.files]
    studies.delete()
    delete_on_commit(files)
