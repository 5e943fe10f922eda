"""Private files that are needed for one request alone: uploads above the size that is kept in memory, and frames.

They lie in a folder of the site's own, FILE_UPLOAD_TEMP_DIR, that nobody else can read, and each is locked (flock) by
the process that needs it. A process that is killed deletes nothing; but the kernel drops its locks, so what nobody
holds a lock on is left over, and `storage.cleaning` deletes it.
"""

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings

UNLOCKED_SECONDS = 60.0  # a file is locked a moment after it was created; on a busy machine it is a long moment


def lock_temporary_file(handle: int) -> None:
    """Lock an open file of the folder until it is closed, however that happens."""
    with suppress(OSError):  # a file system without locks: the file is deleted at its end all the same
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Yield a folder that is deleted after the block, or after the process that needed it was killed."""
    with TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR) as name:
        handle = os.open(name, os.O_RDONLY)
        try:
            lock_temporary_file(handle)
            yield Path(name)
        finally:
            os.close(handle)


def delete_abandoned_temporary_files() -> None:
    """Delete what processes that are gone have left in the folder."""
    for path in Path(settings.FILE_UPLOAD_TEMP_DIR).glob("*"):
        with suppress(OSError):  # somebody holds it, or has deleted it just now
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
            try:
                # A time in the future, of a clock that was wrong, is no reason to keep it.
                if abs(time.time() - os.fstat(handle).st_mtime) > UNLOCKED_SECONDS:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    _delete(path)
            finally:
                os.close(handle)


def _delete(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink()
