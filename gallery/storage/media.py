"""Files below MEDIA_ROOT: named by random id, whole or absent, gone when their row is gone.

Files are written before the rows that name them. So that nothing is left over where the row never comes, as the process
was killed or the database went away, their names are noted first: below JOURNAL_FOLDER, in a note that its writer
holds a lock on while it lives. `orphaned_files` reads those that nobody holds any more.
"""

import fcntl
import logging
import os
import shutil
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction

from imaging.files import atomic_write, find_partial_files

logger = logging.getLogger(__name__)

MEDIA_FOLDERS = ("uploads", "results")
INCOMING_FOLDER = "incoming"  # videos that are still being uploaded
WORKING_FOLDER = "working"  # a folder for each video that is being converted, by the id of its job
JOURNAL_FOLDER = "unsettled"
# By then also a database has forgotten those who were killed, or has done what they asked for last.
ORPHANED_AFTER = timedelta(minutes=1)


class StorageError(OSError):
    """The media folder takes no files: its disk is full, or not for us to write to."""


def media_path(name: str) -> Path:
    """Where a stored name lies on the disk."""
    return Path(settings.MEDIA_ROOT) / name


def _write(name: str, data: bytes) -> None:
    path = media_path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    new = os.O_CREAT | os.O_EXCL | os.O_WRONLY
    with atomic_write(path) as part, os.fdopen(os.open(part, new, 0o640), "wb") as file:
        file.write(data)


class _Note:
    """Names of files that may have no row."""

    def __init__(self) -> None:
        self._path = media_path(f"{JOURNAL_FOLDER}/{uuid.uuid4().hex}")
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._path.open("xb", buffering=0)
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def add(self, name: str) -> None:
        self._file.write(f"{name}\n".encode())

    def forget(self) -> None:
        with suppress(OSError):  # else it is read once more, and nothing comes of it
            self._path.unlink()

    def close(self) -> None:
        self._file.close()


class NewFiles:
    """Files written for rows that do not exist yet."""

    def __init__(self, note: _Note) -> None:
        self.names: list[str] = []
        self._note = note

    def write(self, folder: str, extension: str, data: bytes) -> str:
        """The name of a new file with these bytes; names say nothing about owner or content. Raises StorageError."""
        name = f"{folder}/{uuid.uuid4().hex}.{extension}"
        with raise_storage_errors():
            self._note.add(name)
            _write(name, data)
        self.names.append(name)
        return name

    def reserve(self, folder: str, extension: str) -> str:
        """The name of a file that the caller writes. Raises StorageError."""
        name = f"{folder}/{uuid.uuid4().hex}.{extension}"
        with raise_storage_errors():
            self._note.add(name)
            media_path(name).parent.mkdir(parents=True, exist_ok=True)
        self.names.append(name)
        return name


@contextmanager
def raise_storage_errors() -> Iterator[None]:
    """What goes wrong with the disk in the block is raised as StorageError."""
    try:
        yield
    except OSError as error:
        raise StorageError(*error.args) from error


@contextmanager
def new_files() -> Iterator[NewFiles]:
    """Files that stay only if the block ends well. Raises StorageError."""
    with raise_storage_errors():
        note = _Note()
    with closing(note):
        files = NewFiles(note)
        try:
            yield files
        except BaseException as error:
            # Where the database went away, nobody knows whether the rows are there: that is seen to later.
            if not (files.names and isinstance(error, OperationalError | InterfaceError)):
                delete_files(files.names)
                note.forget()
            raise
        note.forget()


def orphaned_files() -> Iterator[list[str]]:
    """The names of files that may have no row, as their writer is gone; forgotten when the loop goes on."""
    latest = time.time() - ORPHANED_AFTER.total_seconds()
    for path in media_path(JOURNAL_FOLDER).glob("*"):
        with suppress(OSError), path.open("rb") as note:  # somebody holds it, or was here before
            if os.fstat(note.fileno()).st_mtime <= latest:
                fcntl.flock(note, fcntl.LOCK_EX | fcntl.LOCK_NB)
                yield note.read().decode().split()
                path.unlink()


def delete_files(names: Iterable[str]) -> None:
    """Delete stored files; one that is gone already is no error, and one that cannot be deleted keeps no other."""
    for name in names:
        try:
            media_path(name).unlink(missing_ok=True)
        except OSError:
            logger.exception("%s could not be deleted; check_media finds it again", name)


def delete_partial_files(names: Iterable[str]) -> None:
    """Delete what was written of stored files by those who were killed before they were whole."""
    for name in names:
        for part in find_partial_files(media_path(name)):
            with suppress(OSError):
                part.unlink()


def delete_files_on_commit(names: Iterable[str]) -> None:
    """Delete files once the rows that name them are surely gone."""
    kept = list(names)
    transaction.on_commit(lambda: delete_files(kept))


def delete_folders_on_commit(names: Iterable[str]) -> None:
    kept = list(names)
    transaction.on_commit(lambda: delete_folders(kept))


def delete_folders(names: Iterable[str]) -> None:
    """Delete folders with all that is in them; somebody may still be writing there, who then finds out."""
    for name in names:
        shutil.rmtree(media_path(name), ignore_errors=True)


def list_stored_files(*, older_than: timedelta) -> set[str]:
    """The names of the files in the media folders that were last written so long ago."""
    root = Path(settings.MEDIA_ROOT)
    latest = time.time() - older_than.total_seconds()
    found = (
        path for folder in (*MEDIA_FOLDERS, INCOMING_FOLDER, WORKING_FOLDER) for path in (root / folder).rglob("*")
    )
    return {path.relative_to(root).as_posix() for path in found if _is_file_since(path, latest)}


def _is_file_since(path: Path, latest: float) -> bool:
    try:
        return path.is_file() and path.stat().st_mtime <= latest
    except FileNotFoundError:  # renamed or deleted since it was listed
        return False
