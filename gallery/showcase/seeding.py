"""A gallery that opens full: photos of the operator become published works."""

import os
import re
import unicodedata
from enum import Enum
from pathlib import Path

from accounts.models import User
from accounts.services import save_account
from gallery.models import Exhibit, ExhibitState, FaceMode, Work
from gallery.photos.conversion import ConversionOptions
from gallery.photos.services import convert_upload
from gallery.showcase.publishing import publish

EXHIBITION_USERNAME = "exhibition"
MAX_TITLE_LENGTH = 100


class SeedOutcome(Enum):
    """What became of one photo in one style."""

    PUBLISHED = "published"
    ALREADY_PUBLISHED = "there already"
    SKIPPED = "left as it is"  # waits for review, or its owner or staff took it back


def get_or_create_exhibition_user() -> User:
    """Return the account that owns seeded works; nobody can log in to it. It is created on the first call.

    Raise UsernameOrEmailTaken where somebody else has its name or address.
    """
    user = User.objects.find_by_login(EXHIBITION_USERNAME)
    if user is None:
        # No limit: what it keeps is the operator's own choice.
        user = User(
            username=EXHIBITION_USERNAME, email=f"{EXHIBITION_USERNAME}@localhost", quota_works=0, quota_megabytes=0
        )
        user.set_unusable_password()
        save_account(user=user)
    return user


def title_from_path(photo: Path) -> str:
    """Return a title: "Sunset beach 02" for `sunset_beach-02.jpg`, and "Portrait 23" for a bare `portrait/023.jpg`."""
    name, folder = _to_words(photo.stem), _to_words(photo.resolve().parent.name)
    if name.isdecimal():
        name = f"{folder} {int(name)}"
    return (name.strip() or folder or photo.suffix)[:MAX_TITLE_LENGTH].strip()


def _to_words(name: str) -> str:
    words = re.sub(r"[\W_]+", " ", unicodedata.normalize("NFC", _decode_file_name(name))).strip()
    return words[:1].upper() + words[1:]


def _decode_file_name(name: str) -> str:
    """Return a file's name as text, also where its bytes are no UTF-8."""
    return os.fsencode(name).decode("utf-8", "replace")


def seed_photo(
    *, photo: Path, owner: User, kind: str, style: str, detail: str, shows_photo: bool, faces: str = FaceMode.OFF
) -> SeedOutcome:
    """Convert a photo and publish the work, unless it has been published before.

    Raise OSError and what `convert_upload` and `publish` raise.
    """
    with photo.open("rb") as stream:
        name = _decode_file_name(photo.name)
        options = ConversionOptions(style, detail, faces)
        work, _is_new = convert_upload(owner=owner, name=name, stream=stream, options=options)
    if outcome := _earlier_outcome(work):
        return outcome
    publish(work=work, kind=kind, title=title_from_path(photo), shows_photo=shows_photo, is_reviewed=True)
    return SeedOutcome.PUBLISHED


def _earlier_outcome(work: Work) -> SeedOutcome | None:
    """Return what became of a work before; None for one that was never published. Later decisions are respected."""
    exhibit = Exhibit.objects.filter(work=work).first()
    if exhibit is None or not exhibit.title:  # an untitled one was interrupted while its pictures were made
        return None
    return SeedOutcome.ALREADY_PUBLISHED if exhibit.state == ExhibitState.PUBLISHED else SeedOutcome.SKIPPED
