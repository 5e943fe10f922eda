"""A gallery that opens full: photos of the operator become published works."""

import os
import re
import unicodedata
from enum import Enum
from pathlib import Path

from accounts.models import User
from accounts.services import save_account
from gallery.models import Exhibit, ExhibitState, FaceMode, Work
from gallery.photos.services import convert_upload
from gallery.showcase.publishing import publish

EXHIBITION_USERNAME = "exhibition"
MAX_TITLE_LENGTH = 100


class SeedOutcome(Enum):
    """What became of one photo in one style."""

    PUBLISHED = "published"
    THERE = "there already"
    LEFT = "left as it is"  # waits for review, or its owner or staff took it back


def get_or_create_exhibition_user() -> User:
    """The account that shows works of nobody in particular; made on the first call. Nobody can log in to it.

    Raises UsernameOrEmailTaken where somebody else has its name or address.
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
    """`sunset_beach-02.jpg` is "Sunset beach 02"; `portrait/023.jpg`, which says nothing alone, "Portrait 23"."""
    name, folder = _words(photo.stem), _words(photo.resolve().parent.name)
    if name.isdecimal():
        name = f"{folder} {int(name)}"
    return (name.strip() or folder or photo.suffix)[:MAX_TITLE_LENGTH].strip()


def _words(name: str) -> str:
    words = re.sub(r"[\W_]+", " ", unicodedata.normalize("NFC", _readable(name))).strip()
    return words[:1].upper() + words[1:]


def _readable(name: str) -> str:
    """A file's name as text, also where its bytes are none."""
    return os.fsencode(name).decode("utf-8", "replace")


def seed_photo(
    *, photo: Path, owner: User, kind: str, style: str, detail: str, shows_photo: bool, faces: str = FaceMode.OFF
) -> SeedOutcome:
    """Convert a photo and publish the work, unless it has been published before.

    Raises OSError and what `convert_upload` and `publish` raise.
    """
    with photo.open("rb") as stream:
        name = _readable(photo.name)
        work, _is_new = convert_upload(owner=owner, name=name, stream=stream, style=style, detail=detail, faces=faces)
    if outcome := _earlier(work):
        return outcome
    publish(work=work, kind=kind, title=title_from_path(photo), shows_photo=shows_photo, reviewed=True)
    return SeedOutcome.PUBLISHED


def _earlier(work: Work) -> SeedOutcome | None:
    """What became of a work before; None for one that was never published. Whoever decided since is respected."""
    exhibit = Exhibit.objects.filter(work=work).first()
    if exhibit is None or not exhibit.title:  # an untitled one was interrupted while its pictures were made
        return None
    return SeedOutcome.THERE if exhibit.state == ExhibitState.PUBLISHED else SeedOutcome.LEFT
