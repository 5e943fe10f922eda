"""Files that are there whole, or not at all; and files and folders that one process holds."""

import fcntl
import mmap
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from glob import escape
from pathlib import Path

MAX_NAME_BYTES = 255  # of a file, on nearly every disk
# Bytes, or a file that is mapped into memory: slices of both are bytes.
FileData = bytes | mmap.mmap


@contextmanager
def map_file(source: Path | bytes) -> Iterator[FileData]:
    """Give the bytes of a file that is not empty without reading all of it; bytes as they are."""
    if isinstance(source, bytes):
        yield source
        return
    with source.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        yield data


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Give a path beside `path` to write to, of this thread alone; it becomes `path` unless something is raised."""
    name, suffix = path.name, f".{os.getpid()}_{threading.get_native_id()}.part"
    if len(os.fsencode(name + suffix)) > MAX_NAME_BYTES:
        name = os.fsencode(name)[: MAX_NAME_BYTES - len(suffix)].decode(errors="ignore")
    part = path.with_name(name + suffix)
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_atomically(path: Path, data: bytes | str) -> None:
    """Write a whole file (a text in UTF-8): who reads it meanwhile has the old one or the new one."""
    with atomic_write(path) as part:
        part.write_bytes(data.encode() if isinstance(data, str) else data)


def find_partial_files(path: Path) -> list[Path]:
    """Return what writers of `path` that were killed have left beside it, those of earlier versions too."""
    plain = path.with_name(f"{path.name}.part")  # as earlier versions named it
    return [*path.parent.glob(f"{escape(path.name)}.*.part"), *([plain] if plain.exists() else [])]


@contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Hold a folder that is there; the lock ends with the process, however that ends.

    Raise BlockingIOError if it is held.
    """
    with _lock(folder, os.O_RDONLY):
        yield


@contextmanager
def lock_file(path: Path) -> Iterator[None]:
    """Hold a file, which is made if it is not there; also on NFS, where a folder cannot be held.

    The lock ends with the process, however that ends. Raise BlockingIOError if it is held.
    """
    with _lock(path, os.O_RDWR | os.O_CREAT):
        yield


@contextmanager
def _lock(path: Path, flags: int) -> Iterator[None]:
    handle = os.open(path, flags, 0o666)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)
