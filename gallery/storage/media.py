"""Files below MEDIA_ROOT: named by random id, whole or absent, gone when their row is gone.

A file is written before the row that names it: a row must never name a file that is not there. Where the row then
never comes, because the process was killed or the database went away, the file would be left over. So its name is
written to a journal first: a file below JOURNAL_FOLDER, one for each `new_files` block, on which its writer holds
an advisory lock (flock) while it lives. The kernel drops the lock with the process, however that ends.

    begin   the journal is created and locked
    write   the name goes into the journal, then the bytes into a partial file, which is renamed when it is whole
    commit  the block ends well: the rows are there, and the journal is deleted
    error   the block raises: the files are deleted, then the journal; unless they cannot be deleted, or the database
            went away in the middle, when nobody can know whether it has the rows: then both stay
    later   `orphaned_files` finds journals that nobody holds a lock on any more; `orphans.delete_orphaned_files`
            deletes those of their files that no row names

The functions here take and return stored names: paths relative to MEDIA_ROOT, as the rows have them.
"""

import fcntl
import logging
import os
import re
import shutil
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from pathlib import Path, PurePath

from django.conf import settings
from django.db import InterfaceError, OperationalError

from accounts.clock import CLOCK_TOLERANCE
from imaging.files import atomic_write, find_partial_files

logger = logging.getLogger(__name__)

RESULTS_FOLDER = "results"
MEDIA_FOLDERS = ("uploads", RESULTS_FOLDER)
INCOMING_FOLDER = "incoming"  # videos that are still being uploaded
WORKING_FOLDER = "working"  # a folder for each video that is being converted, by the id of its job
JOB_FOLDER = re.compile(f"{WORKING_FOLDER}/[0-9a-f]{{32}}")
JOURNAL_FOLDER = "unsettled"
LABELED_FOLDER = "labeled"  # a folder for each result that there are copies of with other labels
# A database may still commit what a killed process asked for last; after this time it has, or never will.
ORPHANED_AFTER = timedelta(minutes=1)


class StorageError(OSError):
    """The media folder takes no files: its disk is full, or it may not be written to."""


def media_path(name: str) -> Path:
    """Return the path of a stored name on the disk."""
    return Path(settings.MEDIA_ROOT) / name


def labeled_folder(name: str) -> str:
    """Return the folder that has the labeled copies of a stored result; it goes with the result."""
    return f"{LABELED_FOLDER}/{PurePath(name).stem}"


def _write(path: Path, data: bytes) -> None:
    new = os.O_CREAT | os.O_EXCL | os.O_WRONLY
    with atomic_write(path) as part, os.fdopen(os.open(part, new, 0o640), "wb") as file:
        file.write(data)


class _Journal:
    """Names of files that may have no row yet, locked while their writer lives."""

    def __init__(self) -> None:
        self._path = media_path(f"{JOURNAL_FOLDER}/{uuid.uuid4().hex}")
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._path.open("xb", buffering=0)
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def add(self, name: str) -> None:
        self._file.write(f"{name}\n".encode())

    def delete(self) -> None:
        with suppress(OSError):  # else it is read once more, and its files are found to have rows, or to be gone
            self._path.unlink()

    def close(self) -> None:
        self._file.close()


class NewFiles:
    """The files of one `new_files` block, written for rows that do not exist yet."""

    def __init__(self, journal: _Journal) -> None:
        self.names: list[str] = []
        self._journal = journal

    def write(self, folder: str, extension: str, data: bytes) -> str:
        """Write a new file, and return its stored name, which says nothing about owner or content.

        Raise StorageError.
        """
        name = self.reserve(folder, extension)
        with raise_storage_errors():
            _write(media_path(name), data)
        return name

    def reserve(self, folder: str, extension: str) -> str:
        """Return the stored name of a new file that the caller is going to write. Raise StorageError."""
        name = f"{folder}/{uuid.uuid4().hex}.{extension}"
        with raise_storage_errors():
            self._journal.add(name)
            media_path(name).parent.mkdir(parents=True, exist_ok=True)
        self.names.append(name)
        return name


@contextmanager
def raise_storage_errors() -> Iterator[None]:
    """Raise what goes wrong with the disk in the block as StorageError."""
    try:
        yield
    except OSError as error:
        raise StorageError(*error.args) from error


@contextmanager
def new_files() -> Iterator[NewFiles]:
    """Yield a writer of files that stay only if the block ends well. Raise StorageError.

    Put the transaction that creates the rows inside the block, so that it is committed before the journal goes.
    """
    with raise_storage_errors():
        journal = _Journal()
    with closing(journal):
        files = NewFiles(journal)
        try:
            yield files
        except BaseException as error:
            # Where the database went away, nobody knows whether the rows are there: `orphaned_files` sees to it.
            is_known = not (files.names and isinstance(error, OperationalError | InterfaceError))
            if is_known and not delete_files(files.names):
                journal.delete()
            raise
        journal.delete()


def orphaned_files() -> Iterator[list[str]]:
    """Yield, for each journal whose writer is gone, the names of its files, which may have no row.

    The journal is deleted when the loop goes on: the caller has seen to its files by then.
    """
    for path in media_path(JOURNAL_FOLDER).glob("*"):
        with suppress(OSError), path.open("rb") as journal:  # somebody holds it, or deleted it just now
            fcntl.flock(journal, fcntl.LOCK_EX | fcntl.LOCK_NB)
            age_seconds = time.time() - os.fstat(journal.fileno()).st_mtime
            if age_seconds < -CLOCK_TOLERANCE.total_seconds():
                os.utime(path)  # by a clock that was ahead: as if it were of now
            elif age_seconds >= ORPHANED_AFTER.total_seconds():
                yield journal.read().decode().split()
                path.unlink()


def delete_files(names: Iterable[str]) -> dict[str, OSError]:
    """Delete stored files, and folders of jobs with all that is in them; return what could not be deleted, and why.

    What is gone already is no error, unless all of the media is: then its disk may come back. One that cannot be
    deleted stops no other. Who is still writing into a folder gets an error, and gives up.
    """
    failures: dict[str, OSError] = {}
    for name in names:
        try:
            _delete(name)
        except OSError as error:
            logger.error("%s could not be deleted: %s", name, error)
            failures[name] = error
    return failures


def _delete(name: str) -> None:
    if PurePath(name).parent.name == RESULTS_FOLDER:
        with suppress(FileNotFoundError):
            shutil.rmtree(media_path(labeled_folder(name)))
    try:
        if JOB_FOLDER.fullmatch(name):  # and no other folder, whatever a row says
            shutil.rmtree(media_path(name))
        else:
            media_path(name).unlink()
    except FileNotFoundError:
        if not media_path(MEDIA_FOLDERS[0]).is_dir():
            raise


def delete_partial_files(names: Iterable[str]) -> None:
    """Delete the partial files of writers that were killed before the files were whole."""
    for name in names:
        for part in find_partial_files(media_path(name)):
            with suppress(OSError):
                part.unlink()


def list_stored_files(*, older_than: timedelta) -> set[str]:
    """Return the names of the files in the media folders that were last written at least so long ago."""
    root = Path(settings.MEDIA_ROOT)
    latest = time.time() - older_than.total_seconds()
    found = (
        path
        for folder in (*MEDIA_FOLDERS, LABELED_FOLDER, INCOMING_FOLDER, WORKING_FOLDER)
        for path in (root / folder).rglob("*")
    )
    return {path.relative_to(root).as_posix() for path in found if _is_file_since(path, latest)}


def _is_file_since(path: Path, latest: float) -> bool:
    try:
        return path.is_file() and path.stat().st_mtime <= latest
    except FileNotFoundError:  # renamed or deleted since it was listed
        return False
