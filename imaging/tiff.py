"""The directories of a TIFF file, read without its pixels (TIFF 6.0; BigTIFF; Adobe's PM 6 and DNG for subdirectories).

Cameras' raw files are TIFF files too, of which ordinary readers see the thumbnail alone.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from imaging.files import FileData

MAGICS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
MAX_DIRECTORIES = 64
MAX_ENTRIES = 4096
# Of numbers in one tag. A row of its own for each strip, or small tiles, give a picture of 50 megapixels 200,000.
MAX_NUMBERS = 300_000
MAX_THUMBNAIL_PX = 512  # longer side
# How large a first page that is not marked as a thumbnail is at most, of the page that it may be a thumbnail of.
MAX_THUMBNAIL_SHARE = 0.5

SUBFILE_TYPE, OLD_SUBFILE_TYPE, WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC = 254, 255, 256, 257, 258, 259, 262
ORIENTATION, SUBDIRECTORIES, SAMPLE_FORMAT, DNG_VERSION = 274, 330, 339, 50706
COLOR_FILTER_ARRAY, LINEAR_RAW = 32803, 34892  # photometric: a sensor's own values
RAW_COMPRESSIONS = {32767, 32769, 34713, 65535}  # Sony, Epson, Nikon, Pentax
CIELAB, ICCLAB = 8, 9
REDUCED, MASK = 1, 4  # bits of the subfile type
FLOATING_POINT = 3

_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_INTEGERS = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_TEXTS_AND_BYTES = {1, 2, 6, 7}


class TooManyNumbers(ValueError):
    """The file has been made to keep its readers busy."""


@dataclass(frozen=True)
class TiffDirectory:
    """One picture's description: integers of each tag, the first few of each; `offset` is where it lies."""

    offset: int
    tags: dict[int, tuple[int, ...]]

    def first(self, tag: int, default: int = 0) -> int:
        """Return the first number of a tag."""
        values = self.tags.get(tag)
        return values[0] if values else default

    @property
    def size(self) -> tuple[int, int]:
        """Return (width, height) as stored."""
        return self.first(WIDTH), self.first(HEIGHT)

    @property
    def is_marked_reduced(self) -> bool:
        """Whether the file says that this is a smaller version of another of its pictures, or a mask for one."""
        return bool(self.first(SUBFILE_TYPE) & (REDUCED | MASK)) or self.first(OLD_SUBFILE_TYPE) == 2

    @property
    def is_raw(self) -> bool:
        """Whether this has, or says that it belongs to, a sensor's own values."""
        return (
            DNG_VERSION in self.tags
            or self.first(PHOTOMETRIC) in (COLOR_FILTER_ARRAY, LINEAR_RAW)
            or self.first(COMPRESSION) in RAW_COMPRESSIONS
        )

    @property
    def unsupported_kind(self) -> str:
        """Return a reason of BadImage that names what Pillow cannot read in this."""
        if FLOATING_POINT in self.tags.get(SAMPLE_FORMAT, ()):
            return "tiff_float"
        if self.first(PHOTOMETRIC) in (CIELAB, ICCLAB) and self.first(BITS, 8) > 8:
            return "tiff_lab16"
        return "tiff_unsupported"


class TiffReader:
    """Reads the directories of a file. A broken one ends where it breaks off. Raise TooManyNumbers."""

    def __init__(self, data: FileData) -> None:
        self.data = data
        self.order = "<" if data[:2] == b"II" else ">"
        self.is_big = data[2:4] in (b"+\0", b"\0+")

    def directories(self) -> Iterator[TiffDirectory]:
        """Yield the main directories, in their order."""
        offset = self._number("Q", 8) if self.is_big else self._number("I", 4)
        seen: set[int] = set()
        while offset and offset not in seen and len(seen) < MAX_DIRECTORIES:
            seen.add(offset)
            try:
                directory, offset = self._read_directory(offset)
            except struct.error:
                return
            yield directory

    def subdirectories(self, parent: TiffDirectory) -> Iterator[TiffDirectory]:
        """Yield the directories below another, those below them included."""
        for offset in parent.tags.get(SUBDIRECTORIES, ())[:MAX_DIRECTORIES]:
            try:
                yield self._read_directory(offset)[0]
            except struct.error:
                continue

    def begin_with(self, directory: TiffDirectory) -> bytes:
        """Return the file with another directory as its first."""
        at, code = (8, "Q") if self.is_big else (4, "I")
        offset = struct.pack(self.order + code, directory.offset)
        return bytes(self.data[:at]) + offset + bytes(self.data[at + len(offset) :])

    def _number(self, code: str, offset: int) -> int:
        return int(struct.unpack_from(self.order + code, self.data, offset)[0])

    def _read_directory(self, offset: int) -> tuple[TiffDirectory, int]:
        """Return a directory and the offset of the next, 0 after the last. Raise struct.error where it breaks off."""
        count_code, entry_bytes, value_code, inline = ("Q", 20, "Q", 8) if self.is_big else ("H", 12, "I", 4)
        count = self._number(count_code, offset)
        if count > MAX_ENTRIES:
            raise TooManyNumbers
        start, tags = offset + struct.calcsize("=" + count_code), {}
        for at in range(start, start + count * entry_bytes, entry_bytes):
            tag, kind, length = struct.unpack_from(f"{self.order}HH{value_code}", self.data, at)
            value_at = at + 4 + inline
            if length > MAX_NUMBERS and kind not in _TEXTS_AND_BYTES:
                raise TooManyNumbers
            if length * _BYTES.get(kind, 1) > inline:
                value_at = self._number(value_code, value_at)
            if kind in _INTEGERS:
                code = f"{self.order}{min(length, MAX_DIRECTORIES)}{_INTEGERS[kind]}"
                tags[tag] = struct.unpack_from(code, self.data, value_at)
        after = start + count * entry_bytes
        # Some writers leave the offset of the next directory out after the last one.
        following = self._number(value_code, after) if after + inline <= len(self.data) else 0
        return TiffDirectory(offset, tags), following


def choose_directory(reader: TiffReader) -> TiffDirectory | None:
    """Return the directory of the picture that a person means, or None where that is the first or there is none."""
    first = next(reader.directories(), None)
    if first is None:
        return None
    is_small = max(first.size) <= MAX_THUMBNAIL_PX
    if not first.is_marked_reduced and not is_small:
        return None
    others = [*reader.subdirectories(first), *list(reader.directories())[1:]]
    whole = [other for other in others if not other.is_marked_reduced and min(other.size) > 0]
    if not first.is_marked_reduced:
        whole = [other for other in whole if _may_be_thumbnail(first, other)]
    return max(whole, key=lambda other: other.size[0] * other.size[1], default=None)


def _may_be_thumbnail(first: TiffDirectory, other: TiffDirectory) -> bool:
    """Whether a first page that is not marked has the shape of the other page, and much less of its size."""
    (width, height), (other_width, other_height) = first.size, other.size
    if min(width, height) <= 0 or max(width, height) > MAX_THUMBNAIL_SHARE * max(other_width, other_height):
        return False
    # A rounded side may be off by a pixel of the smaller page.
    is_off_in_height = abs(width * other_height / other_width - height) > 1
    is_off_in_width = abs(height * other_width / other_height - width) > 1
    return not (is_off_in_height and is_off_in_width)


def has_raw(reader: TiffReader) -> bool:
    """Return whether the file is a camera's raw one."""
    for directory in reader.directories():
        if directory.is_raw or any(below.is_raw for below in reader.subdirectories(directory)):
            return True
    return False
