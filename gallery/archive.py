"""A zip of works, made while it is sent."""

import io
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import PurePath

from .files import path_of
from .models import Work

CHUNK = 256 * 2**10


class _Buffer(io.RawIOBase):
    """Takes what the zip writer writes, gives it away, forgets it. Not seekable, so the writer streams."""

    def __init__(self) -> None:
        self.pending = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self.pending += data
        return len(data)

    def take(self) -> bytes:
        taken, self.pending = bytes(self.pending), bytearray()
        return taken


def _unique_names(works: Iterable[Work]) -> Iterator[tuple[Work, str]]:
    seen: Counter[str] = Counter()
    for work in works:
        base = f"{PurePath(work.photo.name).stem}_{work.style}_{work.detail}"
        same = base.casefold()  # as Windows and macOS compare names
        seen[same] += 1
        number = f"_{seen[same]}" if seen[same] > 1 else ""
        yield work, f"{base}{number}{PurePath(work.file).suffix}"


def zip_of(works: Iterable[Work]) -> Iterator[bytes]:
    """The bytes of a zip with the result of each work; a file that is gone is left out.

    Pictures are compressed already, so they are stored as they are, and memory stays at one chunk.
    """
    buffer = _Buffer()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for work, name in _unique_names(works):
            try:
                source = path_of(work.file).open("rb")
            except FileNotFoundError:
                continue
            info = zipfile.ZipInfo(name, work.created.timetuple()[:6])
            with source, archive.open(info, "w", force_zip64=True) as target:
                while chunk := source.read(CHUNK):
                    target.write(chunk)
                    yield buffer.take()
    yield buffer.take()
