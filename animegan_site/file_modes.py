"""Files of the site are for its user, and to read for its group, so that nginx may send them: 0640, folders 0750."""

import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

UMASK = 0o027
VAR_FOLDERS = ("compiled", "mail", "previews", "static", "tmp")
MEDIA_FOLDERS = ("uploads", "results", "incoming", "working", "unsettled")


def restrict_umask() -> None:
    """Make new files of this process and those that it starts private. A umask that allows less stays."""
    os.umask(os.umask(UMASK) | UMASK)


def restrict_existing_files(*, var: Path, media: Path, database: Path | None) -> None:
    """Make private what earlier versions wrote: the folders, and of what is in them all that is the site's.

    Only what belongs to this user is changed. A folder that is private already is not looked into: what is in it was
    written with this umask, or changed before the folder was.
    """
    files = [path for name in ("queue.sqlite3", "secret_key") for path in _with_companions(var / name)]
    files += _with_companions(database) if database else []
    files.append(media / ".gitkeep")  # as git wrote it, where the folder is the one of the checkout
    for path in files:
        _restrict(path)
    for folder in (*(var / name for name in VAR_FOLDERS), *(media / name for name in MEDIA_FOLDERS)):
        if _is_open(folder):
            _restrict_tree(folder)
    for folder in (var, media):
        _restrict(folder)


def _with_companions(database: Path) -> list[Path]:
    """Return a file of SQLite with those that it writes beside it."""
    return [database.with_name(database.name + suffix) for suffix in ("", "-wal", "-shm", "-journal")]


def _restrict_tree(folder: Path) -> None:
    with suppress(OSError):
        entries: Iterable[os.DirEntry[str]] = os.scandir(folder)
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                _restrict_tree(Path(entry.path))
            else:
                _restrict(Path(entry.path))
        _restrict(folder)  # last, so that a start that was interrupted is made up for by the next


def _is_open(path: Path) -> bool:
    """Return whether others may use a file or folder of ours. Folders that everybody shares, as /tmp, are not ours."""
    try:
        status = path.lstat()
    except OSError:
        return False
    is_shared = stat.S_ISLNK(status.st_mode) or status.st_mode & stat.S_ISVTX
    return not is_shared and status.st_uid == os.geteuid() and bool(status.st_mode & UMASK)


def _restrict(path: Path) -> None:
    if _is_open(path):
        with suppress(OSError):
            path.chmod(stat.S_IMODE(path.lstat().st_mode) & ~UMASK)
