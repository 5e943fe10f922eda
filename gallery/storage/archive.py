"""Zips that are made while they are sent: they take neither disk nor, whatever their size, more memory than a chunk."""

import io
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import IO
from uuid import UUID

from gallery.models import FaceMode, Work
from gallery.storage.labels import get_visible_language, prepare_result_patiently
from gallery.storage.media import media_path

CHUNK_BYTES = 256 * 2**10
MAX_NAME_BYTES = 180  # bytes of a name, without folder and number: most systems take 255
ZipTime = tuple[int, int, int, int, int, int]
FIRST_ZIP_TIME: ZipTime = (1980, 1, 1, 0, 0, 0)
LAST_ZIP_TIME: ZipTime = (2107, 12, 31, 23, 59, 58)
FORBIDDEN_CHARACTERS = frozenset('/\\:*?"<>|')  # on one system or another


class _Buffer(io.RawIOBase):
    """A file that the zip writer writes into, and that is emptied from time to time.

    It is not seekable, so the writer streams: it puts sizes and checksums behind each entry.
    """

    def __init__(self) -> None:
        self.pending = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self.pending += data
        return len(data)

    def drain(self) -> bytes:
        drained, self.pending = bytes(self.pending), bytearray()
        return drained


def sanitize_file_name(name: str) -> str:
    """Return a file name that every system can unpack, and that none takes for a path or a hidden file."""
    printable = "".join("_" if char in FORBIDDEN_CHARACTERS or not char.isprintable() else char for char in name)
    path = PurePath(printable.strip(". ") or "file")
    suffix = path.suffix if len(path.suffix) <= 10 else ""
    stem = path.name.removesuffix(suffix).encode()[: MAX_NAME_BYTES - len(suffix.encode())]
    return stem.decode(errors="ignore").rstrip() + suffix


class UniqueNames:
    """The names in a zip: no two are the same as Windows and macOS compare them, without case and in Unicode NFC."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._uses: Counter[str] = Counter()

    def reserve(self, name: str, folder: str = "") -> str:
        """Return the name, sanitized, and where it is taken with the next free number: `a.jpg`, `a_2.jpg`."""
        path = PurePath(folder, sanitize_file_name(name))
        key = _fold_path(path)
        while True:
            self._uses[key] += 1
            number = f"_{self._uses[key]}" if self._uses[key] > 1 else ""
            numbered = path.with_name(f"{path.stem}{number}{path.suffix}")
            if _fold_path(numbered) not in self._taken:
                self._taken.add(_fold_path(numbered))
                return str(numbered)


def _fold_path(path: PurePath) -> str:
    return unicodedata.normalize("NFC", str(path)).casefold()


@dataclass(frozen=True)
class ZipEntry:
    """One file of a zip."""

    name: str
    created: datetime
    source: IO[bytes]  # closed when it is in the zip


def open_stored_file(file: str) -> IO[bytes] | None:
    """Open a stored file for an entry; return None if it is gone, which is no reason to break off the whole zip."""
    try:
        return media_path(file).open("rb")
    except FileNotFoundError:
        return None


def open_result(file: str, key: UUID, language: str | None) -> IO[bytes] | None:
    """Do the same for a file that a style made, labeled as in `prepare_result`."""
    try:
        return media_path(prepare_result_patiently(file, key, language)).open("rb")
    except FileNotFoundError:
        return None


def to_zip_time(time: datetime) -> ZipTime:
    """Return a time as a zip can hold it: those of a clock that was wrong become the nearest that it can."""
    return max(FIRST_ZIP_TIME, min(LAST_ZIP_TIME, time.timetuple()[:6]))


def stream_zip(entries: Iterable[ZipEntry]) -> Iterator[bytes]:
    """Yield the bytes of a zip. Each entry is asked for when the one before is sent.

    Images and videos are compressed already, so all is stored as it is.
    """
    buffer = _Buffer()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for entry in entries:
            info = zipfile.ZipInfo(entry.name, to_zip_time(entry.created))
            with entry.source, archive.open(info, "w", force_zip64=True) as target:
                while chunk := entry.source.read(CHUNK_BYTES):
                    target.write(chunk)
                    yield buffer.drain()
    yield buffer.drain()


def stream_works_zip(works: Iterable[Work]) -> Iterator[bytes]:
    """Yield the bytes of a zip with the result of each work."""
    return stream_zip(_results(works, get_visible_language()))


def _results(works: Iterable[Work], language: str | None) -> Iterator[ZipEntry]:
    names = UniqueNames()
    for work in works:
        if source := open_result(work.file, work.pk, language):
            yield ZipEntry(names.reserve(build_result_name(work)), work.created, source)


def build_result_name(work: Work) -> str:
    """Return what a result is called: `holiday_comic_balanced.jpg`, `holiday_comic_fast_balanced_portrait.jpg`."""
    faces = "" if work.faces == FaceMode.OFF else f"_{work.faces}"
    fast = "_fast" if work.is_fast else ""
    return f"{PurePath(work.photo.name).stem}_{work.style}{fast}_{work.detail}{faces}{PurePath(work.file).suffix}"
