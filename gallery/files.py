"""Files below MEDIA_ROOT: named by random id, whole or absent, gone when their row is gone."""

import logging
import os
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

logger = logging.getLogger(__name__)

FOLDERS = ("uploads", "results")


def path_of(name: str) -> Path:
    """Where a stored name lies on the disk."""
    return Path(settings.MEDIA_ROOT) / name


def _write(folder: str, extension: str, data: bytes) -> str:
    name = f"{folder}/{uuid.uuid4().hex}.{extension}"
    path = path_of(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    try:
        with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o640), "wb") as file:
            file.write(data)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return name


class NewFiles:
    """Files written for rows that do not exist yet."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def write(self, folder: str, extension: str, data: bytes) -> str:
        """The name of a new file with these bytes; names say nothing about owner or content."""
        self.names.append(_write(folder, extension, data))
        return self.names[-1]


@contextmanager
def new_files() -> Iterator[NewFiles]:
    """Files that stay only if the block ends well."""
    files = NewFiles()
    try:
        yield files
    except BaseException:
        remove_files(files.names)
        raise


def remove_files(names: Iterable[str]) -> None:
    """Delete stored files; one that is gone already is no error, and one that cannot be deleted keeps no other."""
    for name in names:
        try:
            path_of(name).unlink(missing_ok=True)
        except OSError:
            logger.exception("%s could not be deleted; check_media finds it again", name)


def remove_on_commit(names: Iterable[str]) -> None:
    """Delete files once the rows that name them are surely gone."""
    kept = list(names)
    transaction.on_commit(lambda: remove_files(kept))


def stored_files(*, older_than: timedelta) -> set[str]:
    """The names of the files in the media folders that were last written so long ago."""
    root = Path(settings.MEDIA_ROOT)
    latest = time.time() - older_than.total_seconds()
    found = (path for folder in FOLDERS for path in (root / folder).rglob("*"))
    return {path.relative_to(root).as_posix() for path in found if _is_file_since(path, latest)}


def _is_file_since(path: Path, latest: float) -> bool:
    try:
        return path.is_file() and path.stat().st_mtime <= latest
    except FileNotFoundError:  # renamed or deleted since it was listed
        return False
