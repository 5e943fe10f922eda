"""Folders of pictures: which of their files are pictures, and what is left out, so that it can be counted and named."""

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from PIL import Image

from imaging.formats import IMAGE_FORMATS, IMAGE_SUFFIXES

# What systems, NAS and cloud clients put among people's files: thumbnails, trash, snapshots, settings. In lower case;
# whatever begins with a dot is left out beside these, which takes care of `._photo.jpg`, `.Trash-1000`, `.thumbnails`.
SYSTEM_NAMES = frozenset(
    (
        *("@eadir", "@tmp", "@recycle", "@recently-snapshot", "@sharebin", "@transcode", "@__thumb"),
        *("#recycle", "#snapshot", "$recycle.bin", "recycler", "recycled", "system volume information"),
        *("__macosx", "network trash folder", "temporary items", "icon\r", "lost+found", "lost.dir", "found.000"),
        *("thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "zbthumbnail.info", "picasa.ini"),
    )
)
# The thumbnails in `@eaDir`, where somebody copied them out of it.
SYSTEM_PREFIXES = (".", "synofile_thumb", "synophoto_thumb", "synoindex_")
UNFINISHED_SUFFIXES = (".part", ".partial", ".crdownload", ".download", ".opdownload", ".tmp")
HEAD_BYTES = 32  # that tell what a file is
BITMAP_HEADER_BYTES = (12, 16, 40, 52, 56, 64, 108, 124)  # which a BMP has; its other two letters are any text's

SYSTEM, UNFINISHED, OTHER_FORMAT = "hidden or of the system", "unfinished", "in another format"
LINKED_FOLDER, SPECIAL, UNREADABLE = "a link to a folder", "not a file", "cannot be read"
MAX_NAMES = 5  # of what is left out for one reason


@dataclass(frozen=True)
class LeftOut:
    """A file or folder that is left out, by its path in the folder that was given, and one of the reasons above."""

    path: Path
    reason: str


@dataclass(frozen=True)
class FolderContents:
    """The pictures of a folder, sorted, and what else is there."""

    pictures: list[Path]
    left_out: list[LeftOut]


def is_system_name(name: str) -> bool:
    """Return whether a file or folder of this name is hidden, or one that systems make for themselves."""
    name = name.lower()
    return name in SYSTEM_NAMES or name.startswith(SYSTEM_PREFIXES)


def begins_like_picture(head: bytes) -> bool:
    """Return whether a file that begins with these HEAD_BYTES is of a format that `decode_image` reads."""
    Image.init()
    found = {name for name in IMAGE_FORMATS if (accept := Image.OPEN[name][1]) and accept(head[:16]) is True}
    return bool(found) and (found != {"BMP"} or int.from_bytes(head[14:18], "little") in BITMAP_HEADER_BYTES)


def _find_reason(path: Path) -> str | None:
    """Return why a file is left out, or None for a picture.

    What has a picture's suffix is taken for one: where it is none, whoever reads it says so, by its name.
    """
    if is_system_name(path.name):
        return SYSTEM
    if path.suffix.lower() in UNFINISHED_SUFFIXES:
        return UNFINISHED
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # of a pipe, the first bytes may never come
            return SPECIAL
        if path.suffix.lower() in IMAGE_SUFFIXES:
            return None
        with path.open("rb") as file:
            return None if begins_like_picture(file.read(HEAD_BYTES)) else OTHER_FORMAT
    except OSError:
        return UNREADABLE


def find_pictures(folder: Path, *, is_recursive: bool = True, excluded: Path | None = None) -> FolderContents:
    """Return the pictures in a folder and, unless told otherwise, in those below it. Links to folders are not followed.

    Pictures are told by their content, or by their suffix. What is in the folder `excluded` is not mentioned. Return
    nothing for a folder that is not there.
    """
    excluded = excluded and excluded.resolve()
    pictures: list[Path] = []
    reasons: dict[Path, str] = {}

    def note_error(error: OSError) -> None:
        reasons[Path(error.filename)] = UNREADABLE

    for place, folders, files in os.walk(folder, onerror=note_error):
        for path in [Path(place, name) for name in folders]:
            if is_system_name(path.name):
                reasons[path] = SYSTEM
            elif path.is_symlink():
                reasons[path] = LINKED_FOLDER
            elif is_recursive and path.resolve() != excluded:
                continue
            folders.remove(path.name)
        for path in [Path(place, name) for name in files]:
            if reason := _find_reason(path):
                reasons[path] = reason
            else:
                pictures.append(path)
    if not folder.exists():
        return FolderContents([], [])
    return FolderContents(sorted(pictures), [LeftOut(path.relative_to(folder), reasons[path]) for path in reasons])


def printable_path(path: Path) -> str:
    """Return a path as text for people, also where its bytes are no UTF-8, or hold a line's end."""
    text = os.fsencode(path).decode("utf-8", "replace")
    return "".join(char if char.isprintable() else "?" for char in text)


def describe_left_out(left_out: Iterable[LeftOut]) -> str:
    """Return a line that counts what is left out and names some of it, by reason; empty where there is nothing."""
    found = sorted(left_out, key=lambda item: (item.reason, item.path))
    parts = []
    for reason, group in groupby(found, key=lambda item: item.reason):
        names = [printable_path(item.path) for item in group]
        more = [f"and {len(names) - MAX_NAMES} more"] if len(names) > MAX_NAMES else []
        parts.append(f"{len(names)} {reason} ({', '.join([*names[:MAX_NAMES], *more])})")
    return f"{len(found)} left out: {'; '.join(parts)}" if parts else ""
